"""Texts that no database keeps: looked for and looked up, they are found nowhere, and nothing fails."""

from __future__ import annotations

import pytest

from tests.storage.desk import GOOD, Desk
from tests.storage.said import ANN, user
from vtai.core.errors import BadAccount, BadArguments, SignInRefused
from vtai.core.history import Conversation, Feedback, Record, Rename, StoredExchange, StoredStep
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories

HOSTILE = [
    pytest.param("a\0b", id="zero"),
    pytest.param("\ud800x", id="half a character"),
    pytest.param("\0", id="nothing but a zero"),
    pytest.param("x" * 10_000, id="long"),
    pytest.param("%_\\' OR 1=1 --", id="signs of SQL"),
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_whatever_is_looked_for_nothing_fails(database: Database, text: str) -> None:
    histories, desk = SqlHistories(database), Desk(database)
    histories.record(ANN, "c", user("1", "hello"))
    assert (await histories.search(ANN, text)).items == ()
    for wrong in (histories.page(ANN, text), histories.search(ANN, "hello", text)):
        with pytest.raises(BadArguments):
            await wrong
    assert await histories.find(ANN, text) is None
    assert await histories.shared(text) is None
    assert not await histories.delete(ANN, text)
    assert not await histories.unshare(ANN, text)
    assert not await histories.unrate(ANN, text)
    assert await desk.people.get(text) is None
    assert await desk.people.named(text) is None
    with pytest.raises(SignInRefused):
        await desk.people.check(text, GOOD)
    assert not await desk.keys.revoke(text)
    assert not await desk.logins.end(text)


@pytest.mark.parametrize("text", HOSTILE[:3])
async def test_whatever_is_written_can_be_read_again(database: Database, text: str) -> None:
    histories, desk = SqlHistories(database), Desk(database)
    extra = {text: [text, {text: text}]}
    step = StoredStep("1", "user_message", text, output=text, input=text, extra=extra)
    exchange = StoredExchange("1", text, 1.0, text, work=text, route=text, model=text, extra=extra)
    record = Record(Conversation("c", ANN, text, 1.0, 1.0, extra), (step,), (), (exchange,))
    added = await histories.add(ANN, record)
    histories.record(ANN, added, Rename(text), user("2", text, extra=extra))
    await histories.flush()
    found = await histories.open(ANN, added)
    assert found is not None
    assert [len(step.output) for step in found.steps] == [len(text)] * 2
    thumb = Feedback("f", "2", 1, text, text, text)
    await histories.rate(ANN, added, thumb)
    person = await desk.people.add("Ann", GOOD)
    await desk.logins.open(person.id, text, text)
    for refused in (
        desk.people.add(text, GOOD),
        desk.people.change(person.id, group=text),
        desk.people.known_as(text, text, text),
        desk.keys.make(person.id, text, frozenset({"read"})),
    ):
        with pytest.raises(BadAccount):
            await refused
