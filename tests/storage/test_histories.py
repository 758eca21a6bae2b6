"""Conversations: recorded at once, written in order, kept apart, listed, renamed and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.desk import Clock
from tests.storage.said import ANN, BEN, assistant, texts, user
from vtai.core.errors import BadArguments
from vtai.core.history import (
    Change,
    DropElement,
    DropExchange,
    DropStep,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories

ODD = "zero \0, half \ud83d, tail"
EVEN = "zero \ufffd, half \ufffd, tail"


@pytest.fixture
def histories(database: Database) -> SqlHistories:
    return SqlHistories(database)


async def test_what_is_recorded_is_there_at_once_and_after_a_restart(
    database: Database, histories: SqlHistories
) -> None:
    step = StoredStep("s", "tool", "look", "m", "in", "out", 1.5, 2.5, True, False, {"deep": [{"a": None}]})
    element = StoredElement("e", "s", "image", "cat.png", "image/png", "key1", {"size": "large"})
    exchange = StoredExchange(
        "m", "hi", 1.0, "hello", ("key0",), ("key1",), "looked", "vision", "m-1", True, {"effort": "low"}
    )
    changes = (SaveStep(step), user("m", "hi"), SaveElement(element), SaveExchange(exchange))
    histories.record(ANN, "c", *changes)
    at_once = await histories.open(ANN, "c")
    assert at_once is not None
    assert at_once.steps == (step, StoredStep("m", "user_message", output="hi"))
    assert (at_once.elements, at_once.exchanges) == ((element,), (exchange,))
    await histories.flush("c")
    assert await histories.open(ANN, "c") == at_once
    assert await SqlHistories(database).open(ANN, "c") == at_once


async def test_the_newest_state_wins_and_the_first_place_stays(histories: SqlHistories) -> None:
    histories.record(ANN, "c", user("1", "hi"), assistant("2", "he", is_open=True), user("3", "and?"))
    await histories.flush()
    for number in range(500):
        histories.record(ANN, "c", assistant("2", "hello" * number, is_open=True))
    histories.record(ANN, "c", assistant("2", "hello, whole"), assistant("4", "yes"))
    assert texts(await histories.open(ANN, "c")) == ["hi", "hello, whole", "and?", "yes"]
    await histories.flush("c")
    assert texts(await histories.open(ANN, "c")) == ["hi", "hello, whole", "and?", "yes"]


@pytest.mark.parametrize("flushes", [False, True], ids=["waiting", "written"])
async def test_a_step_goes_with_the_steps_below_it_and_their_elements(
    histories: SqlHistories, flushes: bool
) -> None:
    first: tuple[Change, ...] = (
        user("1", "keep"),
        assistant("2", "drop"),
        assistant("4", "drop", parent_id="3"),  # a child may come before its parent
        assistant("3", "drop", parent_id="2"),
        SaveElement(StoredElement("e1", "1", "file")),
        SaveElement(StoredElement("e4", "4", "file")),
        SaveExchange(StoredExchange("x1", "a", 0)),
        SaveExchange(StoredExchange("x2", "b", 0)),
        SaveElement(StoredElement("e2", "1", "file")),
    )
    histories.record(ANN, "c", *first)
    if flushes:
        await histories.flush()
    histories.record(ANN, "c", DropStep("2"), DropElement("e2"), DropExchange("x1"), DropStep("unknown"))
    histories.record(ANN, "c", assistant("3", "again"))
    if flushes:
        await histories.flush()
    record = await histories.open(ANN, "c")
    assert texts(record) == ["keep", "again"]
    assert record is not None
    assert [element.id for element in record.elements] == ["e1"]
    assert [exchange.id for exchange in record.exchanges] == ["x2"]


async def test_others_have_no_such_conversation_and_cannot_change_it(
    database: Database, histories: SqlHistories
) -> None:
    histories.record(ANN, "c", user("1", "mine"), Rename("mine"))
    await histories.flush()
    histories.record(BEN, "c", user("1", "stolen"), user("9", "more"), DropStep("1"), Rename("stolen"))
    histories.record(BEN, "d", user("1", "the same id elsewhere"))
    assert await histories.open(BEN, "c") is None
    await histories.flush()
    for each in (histories, SqlHistories(database)):
        assert await each.open(BEN, "c") is None
        assert await each.find(BEN, "c") is None
        assert not await each.rename(BEN, "c", "stolen")
        assert not await each.delete(BEN, "c")
        assert [kept.id for kept in (await each.page(BEN)).items] == ["d"]
        assert texts(await each.open(ANN, "c")) == ["mine"]
    found = await histories.find(ANN, "c")
    assert found is not None
    assert found.name == "mine"


async def test_both_wait_and_the_first_one_gets_it(histories: SqlHistories) -> None:
    histories.record(ANN, "c", user("1", "first"))
    histories.record(BEN, "c", user("2", "second"))
    await histories.flush()
    assert texts(await histories.open(ANN, "c")) == ["first"]
    assert await histories.open(BEN, "c") is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([("first words", True)], "first words"),
        ([("first", True), ("better", True)], "better"),
        ([("first", True), ("own", False), ("better", True)], "own"),
        ([("own", False), ("own again", False)], "own again"),
        ([("first", True), ("  ", False), ("", True)], "first"),
        ([("x" * 400, False)], "x" * 300),
        ([(ODD, False)], EVEN),
    ],
    ids=["suggested", "newest suggestion", "own wins", "newest own", "blank is none", "long", "odd"],
)
@pytest.mark.parametrize("flushes", [False, True], ids=["waiting", "written"])
async def test_a_persons_own_name_wins(
    histories: SqlHistories, names: list[tuple[str, bool]], expected: str, flushes: bool
) -> None:
    histories.record(ANN, "c", user("1", "hi"))
    for name, is_suggested in names:
        histories.record(ANN, "c", Rename(name, is_suggested))
        if flushes:
            await histories.flush()
    found = await histories.find(ANN, "c")
    assert found is not None
    assert found.name == expected
    await histories.flush()
    assert (await histories.page(ANN)).items == (found,)


async def test_lists_go_on_where_they_ended(database: Database) -> None:
    clock = Clock()
    histories = SqlHistories(database, clock)
    for number in range(7):
        clock.turn(0 if number in (3, 4) else 1)  # some at the same moment
        histories.record(ANN, f"c{number}", user("1", "hi"))
    histories.record(BEN, "b", user("1", "hi"))
    clock.turn(1)
    histories.record(ANN, "c2", user("2", "again"))
    await histories.rename(ANN, "c0", "a name is no change of place")
    await histories.flush()
    seen: list[str] = []
    cursor = None
    while True:
        page = await histories.page(ANN, cursor, limit=2)
        seen += [kept.id for kept in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == ["c2", "c6", "c5", "c4", "c3", "c1", "c0"]
    assert [len((await histories.page(ANN, limit=limit)).items) for limit in (-1, 0, 7, 9999)] == [1, 1, 7, 7]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "=",
        "ä",
        "WzFd",
        "bnVsbA",
        "WzEsMl0",
        "W05hTiwgImEiXQ",
        "WzFlOTksICJhIl0",
        "W1tdLCJhIl0",
        "W" * 9999,
    ],
    ids=["empty", "letter", "sign", "umlaut", "[1]", "null", "[1,2]", "NaN", "huge", "list", "long"],
)
async def test_a_cursor_from_elsewhere_is_refused(histories: SqlHistories, cursor: str) -> None:
    with pytest.raises(BadArguments):
        await histories.page(ANN, cursor)
    with pytest.raises(BadArguments):
        await histories.search(ANN, "hi", cursor)


async def test_a_cursor_of_a_list_is_none_of_a_search(histories: SqlHistories) -> None:
    for name in ("a", "b"):
        histories.record(ANN, name, user("1", "hi"))
    await histories.flush()
    cursor = (await histories.page(ANN, limit=1)).cursor
    assert cursor is not None
    with pytest.raises(BadArguments):
        await histories.search(ANN, "hi", cursor)


async def test_late_changes_do_not_bring_a_deleted_conversation_back(
    database: Database, histories: SqlHistories
) -> None:
    elsewhere = SqlHistories(database)  # another process
    histories.record(ANN, "c", user("1", "hi"))
    await histories.flush()
    elsewhere.record(ANN, "c", assistant("2", "late"))
    assert await histories.delete(ANN, "c")
    histories.record(ANN, "c", assistant("2", "later"))
    elsewhere.record(ANN, "c", assistant("3", "later"))
    assert await histories.open(ANN, "c") is None
    await histories.flush()
    await elsewhere.flush()
    for each in (histories, elsewhere, SqlHistories(database)):
        assert await each.open(ANN, "c") is None
        assert (await each.page(ANN)).items == ()
    assert not await histories.delete(ANN, "c")


async def test_what_was_never_written_can_be_deleted(histories: SqlHistories) -> None:
    histories.record(ANN, "c", user("1", "hi"))
    assert await histories.delete(ANN, "c")
    histories.record(ANN, "c", user("1", "hi"))
    await histories.flush()
    assert await histories.find(ANN, "c") is None


async def test_all_conversations_of_one_person_are_deleted(histories: SqlHistories) -> None:
    histories.record(BEN, "b", user("1", "hi"))
    histories.record(ANN, "c0", user("1", "hi"))
    await histories.flush()
    histories.record(ANN, "c1", user("1", "hi"))
    histories.record(ANN, "b", user("2", "not mine"))  # waits, and would be dropped
    assert await histories.delete_all(ANN) == 2
    assert await histories.delete_all(ANN) == 0
    histories.record(ANN, "c1", user("2", "late"))
    await histories.flush()
    assert (await histories.page(ANN)).items == ()
    assert (await histories.search(ANN, "hi")).items == ()
    assert texts(await histories.open(BEN, "b")) == ["hi"]


async def test_text_that_no_database_takes_is_kept_readable(
    database: Database, histories: SqlHistories
) -> None:
    extra = {"a": (1, {2}), ODD: ODD, "path": Path("x"), "nan": float("nan"), "big": 10**30}
    histories.record(ANN, "c", user("1", ODD, extra=extra, parent_id="\0"))
    histories.record(ANN, "c", user("\0", "no id"), user("i" * 65, "long id"), DropStep(""))
    at_once = await histories.open(ANN, "c")
    await histories.flush()
    assert await SqlHistories(database).open(ANN, "c") == at_once
    assert at_once is not None
    (step,) = at_once.steps
    assert (step.output, step.parent_id) == (EVEN, None)
    assert step.extra == {"a": [1, [2]], EVEN: EVEN, "path": "x", "nan": None, "big": 10**30}


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "x" * 65, "ä"])
async def test_what_cannot_be_an_id_is_unknown(histories: SqlHistories, name: str) -> None:
    histories.record(ANN, name, user("1", "hi"))
    assert await histories.open(ANN, name) is None
    assert await histories.find(ANN, name) is None
    assert not await histories.delete(ANN, name)
    assert not await histories.rename(ANN, name, "x")
    assert await histories.share(ANN, name) is None
    assert await histories.shared(name) is None
    assert not await histories.unshare(ANN, name)
    assert not await histories.unrate(ANN, name)
    assert await histories.feedback(ANN, name) == ()
    assert (await histories.page(ANN)).items == ()
