"""A backup brings everything back, into an empty place or while somebody uses what there is."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.storage.backup.parts import Place, fill, note, notes
from vtai.core.errors import BadArguments, NotConfigured, QuotaReached, StorageUnavailable
from vtai.core.history import Conversation, Record, SaveStep, StoredStep
from vtai.core.spending import Spent
from vtai.storage.backup.archive import BadBackup
from vtai.storage.backup.making import make
from vtai.storage.database import Database


async def test_everything_comes_back_into_an_empty_place(place: Place, empty: Place) -> None:
    key = await fill(place)
    restored = await empty.restore(await place.make())
    if empty.database.is_sqlite:
        await empty.database.open()
    assert restored.files == 1
    assert restored.manifest.counts["steps"] == 2
    assert await empty.rows() == await place.rows()
    assert await empty.found("second") == 1
    assert (await empty.files.path(key)).read_bytes() == b"hello"
    assert notes(empty.data / "notes.db") == ["remember"]
    assert not empty.config.exists()
    await empty.say("third")
    assert await empty.said() == ["tab\tand \\ and line\nand 猫", "second", "third"]
    assert await empty.found("third") == 1
    empty.ledger.record(Spent(6.0, "ann"))
    await empty.ledger.flush()


async def test_those_who_use_it_see_the_restored_state_at_once(place: Place) -> None:
    await fill(place)
    path = await place.make()
    before = await place.rows()
    other = Place(place.folder, place.database)  # as another process has it
    await other.say("later")
    await other.say("elsewhere", "d")
    note(place.data / "notes.db", "later")
    with closing(sqlite3.connect(place.data / "notes.db")) as held:
        assert len(held.execute("SELECT * FROM notes").fetchall()) == 2
        await place.restore(path)
        assert len(held.execute("SELECT * FROM notes").fetchall()) == 1
    assert await place.rows() == before
    assert await other.said("d") == []
    assert await other.found("later") == 0
    await other.say("afterwards")
    assert await place.found("afterwards") == 1
    assert list(place.data.glob(".vtai*")) == list(place.folder.glob(".*")) == []


async def test_a_backup_is_readable_by_its_owner_alone_and_never_overwrites(place: Place) -> None:
    await fill(place)
    path = await place.make()
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(BadArguments):
        await place.make()
    assert path.read_bytes() == before


async def test_keys_are_in_it_only_where_that_was_asked_for(place: Place, empty: Place) -> None:
    await fill(place)
    with pytest.raises(BadBackup, match="no configuration"):
        await empty.restore(await place.make(), with_config=True)
    path = await place.make("all", with_config=True)
    await empty.restore(path)
    assert not empty.config.exists()
    await empty.restore(path, with_config=True)
    assert (empty.config / ".env").read_text() == "OPENAI_API_KEY=secret\n"
    assert (empty.config / ".env").stat().st_mode & 0o777 == 0o600
    assert (empty.config / "config.toml").read_text() == "port = 8001\n"


async def test_backups_and_messages_do_not_wait_for_each_other(place: Place, empty: Place) -> None:
    """Every message that was kept before the backup began is in it."""

    async def talk() -> None:
        for number in range(60):
            await place.say(f"word{number}", f"c{number % 3}")

    talking = asyncio.create_task(talk())
    paths = []
    for number in range(3):
        kept = {text for index in range(3) for text in await place.said(f"c{index}")}
        paths.append((kept, await place.make(f"b{number}")))
    await talking
    for kept, path in paths:
        await empty.restore(path)
        if empty.database.is_sqlite:
            await empty.database.open()
        assert kept <= {text for index in range(3) for text in await empty.said(f"c{index}")}


async def test_a_file_that_is_gone_is_counted_and_no_reason_to_fail(place: Place) -> None:
    key = await fill(place)
    await place.blobs.delete(key)
    manifest = await make(place.places, place.folder / "backup")
    assert manifest.missing == 1
    assert (await place.restore(place.folder / "backup")).files == 0


async def test_quotas_and_sweeping_go_on_with_restored_files(place: Place, empty: Place) -> None:
    key = await fill(place)
    await empty.restore(await place.make())
    if empty.database.is_sqlite:
        await empty.database.open()
    assert await empty.files.sweep() == 0
    assert await empty.files.used_bytes("ann") == 5
    with pytest.raises(QuotaReached):
        await empty.files.put("ann", "c", "a", "", b"x" * 999_996)
    assert (await empty.files.path(key)).exists()


async def test_a_backup_of_a_store_elsewhere_is_refused(database: Database, tmp_path: Path) -> None:
    place = Place(tmp_path, database)
    await fill(place)
    path = await place.make()
    if database.is_sqlite:
        unreachable = SecretStr("postgresql://nobody@127.0.0.1:1/none")
        other = Database(unreachable, tmp_path / "other")
    else:
        other = Database(None, tmp_path / "other")
    with pytest.raises(NotConfigured, match="PostgreSQL"):
        await Place(tmp_path / "other", other).restore(path)
    await other.aclose()


async def test_where_nothing_is_kept_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    database = Database(None, tmp_path / "data")
    with pytest.raises(StorageUnavailable, match="nothing to back up"):
        await Place(tmp_path, database).make()
    with pytest.raises(StorageUnavailable, match="folder"):
        await make(Place(tmp_path, database).places, tmp_path / "none" / "backup")
    assert list(tmp_path.iterdir()) == []
    await database.aclose()


async def test_a_damaged_database_is_moved_aside(tmp_path: Path) -> None:
    database = Database(None, tmp_path / "data")
    await database.open()
    place = Place(tmp_path, database)
    await fill(place)
    path = await place.make()
    await database.aclose()
    (tmp_path / "data" / "vtai.db").write_bytes(b"x" * 9_000)
    again = Database(None, tmp_path / "data")
    restored = await Place(tmp_path, again).restore(path)
    assert restored.was_damaged
    await again.open()
    assert len(await Place(tmp_path, again).said()) == 2
    assert [found.read_bytes()[:3] for found in (tmp_path / "data").glob("*.damaged-*")] == [b"xxx"]
    await again.aclose()


async def test_a_backup_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    database = Database(None, tmp_path / "data")
    await database.open()
    place = Place(tmp_path, database)
    await fill(place)
    (tmp_path / "data" / "notes.db").unlink()
    large = await place.histories.add("ann", Record(Conversation("c", "", "large", 1.0, 1.0)))
    step = StoredStep("s", "user_message", output=secrets.token_hex(10_000_000), at=1.0)
    place.histories.record("ann", large, SaveStep(step))
    await place.histories.flush()
    making = asyncio.create_task(place.make())
    while not list(tmp_path.glob(".backup.*.part")):
        await asyncio.sleep(0.001)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config", "data"]
    await database.aclose()
