"""Links that show a conversation as it was, thumbs for replies, and conversations brought from elsewhere."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Connection, insert  # noqa: TID253 - a test of the store

from tests.storage.desk import CHEAP, GOOD, Clock
from tests.storage.said import ANN, BEN, assistant, texts, user
from vtai.core.history import (
    Conversation,
    DropStep,
    Feedback,
    Record,
    Rename,
    SaveElement,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories
from vtai.storage.passwords import Passwords
from vtai.storage.people import SqlPeople
from vtai.storage.tables import files


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def histories(database: Database, clock: Clock) -> SqlHistories:
    return SqlHistories(database, clock)


async def test_a_link_shows_messages_up_to_when_it_was_made(histories: SqlHistories, clock: Clock) -> None:
    histories.record(
        ANN,
        "c",
        Rename("trip"),
        user("1", "hi", input="typed"),
        SaveStep(StoredStep("r", "run", parent_id="1")),
        SaveStep(StoredStep("t", "tool", parent_id="r", input="secret query", output="secret result")),
        assistant("2", "hello", parent_id="r"),
        assistant("3", "to be chang", is_open=True),
        SaveElement(StoredElement("e1", "2", "image", file="shown")),
        SaveElement(StoredElement("e2", "t", "file", file="hidden")),
    )
    link = await histories.share(ANN, "c")
    assert link is not None
    assert (link.conversation, link.person, link.at) == ("c", ANN, clock.now)
    assert len(link.token) == 32
    clock.turn(1)
    histories.record(ANN, "c", assistant("3", "to be changed later"), assistant("4", "later"))
    histories.record(ANN, "c", assistant("2", "hello", parent_id="r", extra={"seen": True}))
    histories.record(ANN, "c", SaveElement(StoredElement("e3", "2", "image", file="later")))
    await histories.flush()
    shown = await histories.shared(link.token)
    assert shown is not None
    assert texts(shown) == ["hi", "hello"]
    assert [(step.input, step.parent_id) for step in shown.steps] == [("", None), ("", None)]
    assert [element.id for element in shown.elements] == ["e1"]
    assert shown.exchanges == ()
    assert shown.conversation.name == "trip"


async def test_a_link_ends_when_it_is_taken_back_or_the_conversation_is_deleted(
    histories: SqlHistories, clock: Clock
) -> None:
    histories.record(ANN, "c", user("1", "hi"))
    histories.record(ANN, "d", user("1", "hi"))
    first = await histories.share(ANN, "c")
    clock.turn(1)
    second, other = await histories.share(ANN, "c"), await histories.share(ANN, "d")
    assert first is not None
    assert second is not None
    assert other is not None
    assert set(await histories.shares(ANN)) == {first, second, other}
    assert (await histories.shares(ANN))[-1] == first
    assert not await histories.unshare(BEN, first.token)
    assert await histories.unshare(ANN, first.token)
    assert not await histories.unshare(ANN, first.token)
    await histories.delete(ANN, "d")
    assert await histories.shared(first.token) is None
    assert await histories.shared(other.token) is None
    assert texts(await histories.shared(second.token)) == ["hi"]
    assert list(await histories.shares(ANN)) == [second]


async def test_a_link_shows_nothing_while_its_person_is_suspended_and_ends_with_them(
    histories: SqlHistories, database: Database
) -> None:
    people = SqlPeople(database, Passwords(CHEAP))
    await people.add("Ada", GOOD)
    ben = await people.add("Ben", GOOD)
    conversation = str(uuid.uuid4())
    histories.record(ben.id, conversation, user("1", "hi"))
    link = await histories.share(ben.id, conversation)
    assert link is not None
    assert await histories.shared(link.token) is not None
    await people.change(ben.id, is_suspended=True)
    assert await histories.shared(link.token) is None
    await people.change(ben.id, is_suspended=False)
    assert await histories.shared(link.token) is not None
    await people.delete(ben.id)
    assert await histories.shared(link.token) is None


async def test_nobody_shares_or_rates_what_is_not_theirs(histories: SqlHistories) -> None:
    histories.record(ANN, "c", user("1", "hi"), assistant("2", "hello"))
    await histories.flush()
    assert await histories.share(BEN, "c") is None
    assert await histories.share(ANN, "unknown") is None
    assert list(await histories.shares(BEN)) == []
    thumb = Feedback("f", "2", 1)
    assert not await histories.rate(BEN, "c", thumb)
    assert not await histories.rate(ANN, "unknown", thumb)
    assert not await histories.rate(ANN, "c", Feedback("f", "unknown", 1))
    assert await histories.rate(ANN, "c", thumb)
    assert list(await histories.feedback(BEN, "c")) == []
    assert not await histories.unrate(BEN, "f")
    assert list(await histories.feedback(ANN, "c")) == [thumb]


async def test_a_reply_has_one_thumb_which_may_change_and_goes_with_it(histories: SqlHistories) -> None:
    histories.record(ANN, "c", assistant("1", "a"), assistant("2", "b"))
    first = Feedback("f", "1", 0, "too \0 long", "vision", "m-1", 1.0)
    newer = Feedback("f", "1", 1, "", "chat", "m-2", 2.0)
    other = Feedback("g", "2", 0, at=3.0)
    assert await histories.rate(ANN, "c", first)
    assert [each.comment for each in await histories.feedback(ANN, "c")] == ["too \ufffd long"]
    assert await histories.rate(ANN, "c", newer)
    assert await histories.rate(ANN, "c", other)
    assert list(await histories.feedback(ANN, "c")) == [newer, other]
    another = Feedback("h", "1", 0, at=4.0)
    assert await histories.rate(ANN, "c", another)
    assert list(await histories.feedback(ANN, "c")) == [other, another]
    assert await histories.unrate(ANN, "g")
    assert not await histories.unrate(ANN, "g")
    histories.record(ANN, "c", DropStep("1"))
    await histories.flush()
    assert list(await histories.feedback(ANN, "c")) == []


def own(connection: Connection, key: str) -> None:
    """A file of Ann's."""
    row = {
        "key": key,
        "person": ANN,
        "conversation": "",
        "name": "",
        "media_type": "",
        "size_bytes": 1,
        "at": 1.0,
    }
    connection.execute(insert(files), row)


async def test_a_conversation_from_elsewhere_comes_under_new_ids(
    database: Database, histories: SqlHistories, clock: Clock
) -> None:
    await database.write(lambda connection: own(connection, "key"))
    original = Record(
        Conversation("c", "somebody", "trip", 5.0, 6.0, {"of": "c"}),
        (
            StoredStep("1", "user_message", output="hi \0", at=5.0),
            StoredStep(
                "2",
                "assistant_message",
                parent_id="1",
                output="hello",
                is_open=True,
                extra={"to": ["1", "x"]},
            ),
            StoredStep("3", "tool", parent_id="missing"),
        ),
        (
            StoredElement("e", "2", "image", file="key"),
            StoredElement("f", "missing", "file", file="of others"),
        ),
        (StoredExchange("1", "hi", 5.0, files=("key", "of others"), extra={"1": "2"}),),
    )
    histories.record(ANN, "c", user("1", "my own"))
    new = [await histories.add(ANN, original), await histories.add(ANN, original)]
    assert len({*new, "c"}) == 3
    assert texts(await histories.open(ANN, "c")) == ["my own"]
    for name in new:
        copy = await histories.open(ANN, name)
        assert copy is not None
        first, second, third = copy.steps
        ids = {name, *(each.id for part in (copy.steps, copy.elements) for each in part)}
        assert all(uuid.UUID(each) for each in ids)
        assert copy.conversation == Conversation(name, ANN, "trip", 5.0, 6.0, {"of": name})
        assert (second.parent_id, second.is_open, second.extra) == (first.id, False, {"to": [first.id, "x"]})
        assert third.parent_id is None
        assert [element.file for element in copy.elements] == ["key", None]
        assert copy.elements[0].step_id == second.id
        assert copy.elements[1].step_id not in ids | {"missing"}
        assert copy.exchanges == (
            StoredExchange(first.id, "hi", 5.0, files=("key",), extra={first.id: second.id}),
        )
    assert {hit.conversation.id for hit in (await histories.search(ANN, "trip")).items} == set(new)
    assert {hit.conversation.id for hit in (await histories.search(ANN, "hello")).items} == set(new)
    assert await histories.open(BEN, new[0]) is None


@pytest.mark.parametrize(
    ("made_at", "changed_at"), [(0, 0), (9e12, 9e12), (9e12, 5)], ids=["none", "future", "odd"]
)
async def test_times_from_elsewhere_are_not_to_come(
    histories: SqlHistories, clock: Clock, made_at: float, changed_at: float
) -> None:
    name = await histories.add(ANN, Record(Conversation("c", "x", "", made_at, changed_at)))
    found = await histories.find(ANN, name)
    assert found is not None
    assert 0 < found.made_at <= found.changed_at <= clock.now
