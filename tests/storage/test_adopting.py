"""Giving what one person keeps to another one: all of it, once, in both databases."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select  # noqa: TID253 - a test of the store: it is loaded anyway

from tests.storage.said import ANN, BEN, assistant, user
from vtai.core.history import Adopted, Feedback, Rename
from vtai.core.spending import Spent
from vtai.storage import adopting
from vtai.storage.database import Database
from vtai.storage.files.blobs import blobs_at
from vtai.storage.files.shelf import StoredFiles
from vtai.storage.histories import SqlHistories
from vtai.storage.keys import SqlKeys
from vtai.storage.ledger import SqlLedger
from vtai.storage.tables import sayings

SOURCE, NOW = "local", 1_800_000_000.0
SPENT = Spent(NOW, SOURCE, route="text", model="m", cost_usd=0.5)


@pytest.fixture
def histories(database: Database) -> SqlHistories:
    return SqlHistories(database)


async def adopt(database: Database, source: str = SOURCE, target: str = ANN) -> Adopted:
    return await database.write(lambda connection: adopting.adopt(connection, source, target, NOW))


async def found(histories: SqlHistories, words: str, person: str) -> list[str]:
    return [hit.conversation.id for hit in (await histories.search(person, words)).items]


async def test_conversations_are_listed_opened_and_found_by_who_got_them(
    database: Database, histories: SqlHistories
) -> None:
    histories.record(SOURCE, "a", user("1", "to Paris"), assistant("2", "By train."), Rename("Holidays"))
    histories.record(BEN, "b", user("1", "Paris too"), Rename("Holidays of Ben"))
    await histories.flush()
    adopted = await adopt(database)
    assert (adopted.conversations, adopted.keys) == (1, 0)
    assert [each.id for each in (await histories.page(ANN)).items] == ["a"]
    assert not (await histories.page(SOURCE)).items
    assert await histories.open(ANN, "a") is not None
    for words in ("paris", "train", "holidays"):
        assert await found(histories, words, ANN) == ["a"]
        assert await found(histories, words, SOURCE) == []
    assert await found(histories, "paris", BEN) == ["b"]


async def test_what_the_search_looks_at_is_as_if_they_had_said_it(
    database: Database, histories: SqlHistories
) -> None:
    for person, conversation in ((SOURCE, "a"), (ANN, "b")):
        histories.record(person, conversation, user("1", "to Paris, to Rome"), Rename("Holidays"))
    await histories.flush()
    await adopt(database)
    columns = (sayings.c.step, sayings.c.owner, sayings.c.words)

    async def indexed(conversation: str) -> list[tuple[str, ...]]:
        query = select(*columns).where(sayings.c.conversation == conversation).order_by(sayings.c.step)
        rows = await database.read(lambda connection: connection.execute(query).all())
        return [tuple(row) for row in rows]

    assert len(await indexed("a")) == 2
    assert await indexed("a") == await indexed("b")


async def test_they_go_on_there_and_are_still_found(database: Database, histories: SqlHistories) -> None:
    histories.record(SOURCE, "a", user("1", "to Paris"))
    await histories.flush()
    await adopt(database)
    histories.record(ANN, "a", user("2", "to Rome"), Rename("Holidays"))
    histories.record(SOURCE, "a", user("3", "to Oslo"))
    await histories.flush()
    assert [await found(histories, word, ANN) for word in ("paris", "rome", "oslo")] == [["a"], ["a"], []]


async def test_links_thumbs_and_what_was_spent_go_along(database: Database, histories: SqlHistories) -> None:
    histories.record(SOURCE, "a", user("1", "hello"), assistant("2", "Hello."))
    share = await histories.share(SOURCE, "a")
    assert share is not None
    assert await histories.rate(SOURCE, "a", Feedback("f", "2", 1, "", "text", "m", NOW))
    ledger = SqlLedger(database)
    ledger.record(SPENT)
    await ledger.flush()
    adopted = await adopt(database)
    assert (adopted.shares, adopted.feedback, adopted.turns) == (1, 1, 1)
    assert await histories.shared(share.token) is not None
    assert await histories.unshare(ANN, share.token)
    assert [each.id for each in await histories.feedback(ANN, "a")] == ["f"]
    assert (await ledger.totals(0, by=("person",)))[0].of == (ANN,)
    await ledger.aclose()


async def test_files_count_for_who_got_them(database: Database, tmp_path: Path) -> None:
    files = StoredFiles(database, blobs_at(None, None, tmp_path / "data"), quota_bytes=10)
    kept = await files.put(SOURCE, "a", "a.txt", "text/plain", b"12345678")
    adopted = await adopt(database)
    assert (adopted.files, adopted.size_bytes) == (1, 8)
    assert (await files.used_bytes(ANN), await files.used_bytes(SOURCE)) == (8, 0)
    assert await files.delete(ANN, kept.key)


async def test_keys_are_revoked_and_do_not_go_along(database: Database) -> None:
    keys = SqlKeys(database, time.time)
    secret, key = await keys.make(SOURCE, "nightly", frozenset({"read"}))
    assert (await adopt(database)).keys == 1
    assert await keys.caller(SecretStr(secret.get_secret_value())) is None
    assert [each.is_revoked for each in await keys.of(SOURCE)] == [True]
    assert not await keys.of(ANN)
    assert key.id == (await keys.of(SOURCE))[0].id


async def test_a_second_time_there_is_nothing_left(database: Database, histories: SqlHistories) -> None:
    histories.record(SOURCE, "a", user("1", "hello"))
    await histories.flush()
    await adopt(database)
    assert await adopt(database) == Adopted(0, 0, 0, 0, 0, 0, 0)


async def test_who_writes_at_the_same_time_loses_nothing(database: Database, histories: SqlHistories) -> None:
    """What another server has not written yet either goes along or stays, whole."""
    for number in range(20):
        histories.record(SOURCE, f"c{number}", user("1", "hello"))
    await adopt(database)
    await histories.flush()
    await adopt(database)
    assert len((await histories.page(ANN, limit=50)).items) == 20
