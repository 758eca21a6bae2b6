"""The database: what it is opened from, transactions as a whole, and what people read when it fails."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, func, insert, select, update  # noqa: TID253 - a test of the store

from tests.storage.servers import Server
from vtai.core.errors import SettingsError, StorageUnavailable, VTError
from vtai.storage.database import FILE_NAME, Database
from vtai.storage.tables import counters

PASSWORD = "very-secret"


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(counters)).scalar_one()


def add(connection: Connection, key: str) -> None:
    connection.execute(insert(counters), {"key": key, "amount": 1, "expires_at": 0.0})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nothing",
        "mysql://host/vtai",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://host:port/vtai",
        f"http://user:{PASSWORD}@host",
    ],
    ids=["empty", "no address", "mysql", "no file", "memory", "bad port", "web address"],
)
def test_another_address_is_refused_by_the_name_of_the_setting(url: str, tmp_path: Path) -> None:
    if not url:
        assert Database(SecretStr(url), tmp_path).is_sqlite
        return
    with pytest.raises(SettingsError) as told:
        Database(SecretStr(url), tmp_path)
    assert "VT_DATABASE_URL" in told.value.message
    assert PASSWORD not in f"{told.value} {told.value.hint}"


async def test_the_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(None, tmp_path / "new" / "data")
    await database.open()
    await database.write(lambda connection: add(connection, "a"))
    assert database.file == tmp_path / "new" / "data" / FILE_NAME
    made = sorted(database.file.parent.iterdir())
    assert len(made) == 3
    assert {file.stat().st_mode & 0o777 for file in made} == {0o600}
    await database.aclose()


async def test_a_url_may_name_a_file(tmp_path: Path) -> None:
    database = Database(SecretStr(f"sqlite:///{tmp_path}/other.db"), tmp_path / "data")
    await database.open()
    assert database.file == tmp_path / "other.db"
    assert await database.read(count) == 0
    await database.aclose()


async def test_work_is_written_as_a_whole_or_not_at_all(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, "a")
        add(connection, "a")

    with pytest.raises(StorageUnavailable):
        await database.write(work)
    assert await database.read(count) == 0


async def test_our_own_errors_pass_and_undo_the_work(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, "a")
        raise VTError("no", "later")

    with pytest.raises(VTError, match="no"):
        await database.write(work)
    assert await database.read(count) == 0


async def test_many_write_at_once(database: Database, database_url: SecretStr | None, tmp_path: Path) -> None:
    def work(connection: Connection) -> None:
        old = connection.execute(select(counters.c.amount).with_for_update()).scalar_one()
        connection.execute(update(counters).values(amount=old + 1))

    await database.write(lambda connection: add(connection, "a"))
    elsewhere = Database(database_url, tmp_path / "data")  # another process
    await elsewhere.open()
    await asyncio.gather(*(each.write(work) for each in [database, elsewhere] * 30))
    await elsewhere.aclose()
    assert await database.read(lambda c: c.execute(select(counters.c.amount)).scalar_one()) == 61


async def test_what_is_read_is_of_one_moment(database: Database) -> None:
    is_read, is_written = threading.Event(), threading.Event()

    def work(connection: Connection) -> tuple[int, int]:
        first = count(connection)
        is_read.set()
        assert is_written.wait(60)
        return first, count(connection)

    reading = asyncio.create_task(database.read(work))
    await asyncio.to_thread(is_read.wait, 60)
    await database.write(lambda connection: add(connection, "a"))
    is_written.set()
    assert await reading == (0, 0)
    assert await database.read(count) == 1


@pytest.mark.slow
async def test_transactions_that_cross_are_run_again(postgresql: Server, tmp_path: Path) -> None:
    both = threading.Barrier(2)
    runs: list[str] = []

    def work(connection: Connection, first: str, second: str) -> None:
        runs.append(first)
        for number, key in enumerate((first, second)):
            connection.execute(
                update(counters).where(counters.c.key == key).values(amount=counters.c.amount + 1)
            )
            if number == 0 and len(runs) <= 2:
                both.wait(60)

    with postgresql.database() as url:
        database = Database(SecretStr(url), tmp_path)
        await database.open()
        await database.write(lambda connection: [add(connection, key) for key in "ab"])
        await asyncio.gather(
            database.write(lambda connection: work(connection, "a", "b")),
            database.write(lambda connection: work(connection, "b", "a")),
        )
        amounts = await database.read(lambda c: list(c.scalars(select(counters.c.amount))))
        await database.aclose()
    assert amounts == [3, 3]
    # The one that was refused may come too early and be refused again.
    assert len(runs) >= 3


async def test_nothing_is_read_before_it_is_open_or_after_it_is_closed(tmp_path: Path) -> None:
    database = Database(None, tmp_path)
    with pytest.raises(StorageUnavailable):
        await database.read(count)
    await database.open()
    await database.open()
    await database.aclose()
    await database.aclose()
    with pytest.raises(StorageUnavailable):
        await database.write(count)


async def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all\n" * 1000)
    database = Database(None, tmp_path)
    with pytest.raises(StorageUnavailable) as told:
        await database.open()
    assert "damaged" in told.value.message
    assert "restore" in told.value.hint
    await database.aclose()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(None, tmp_path / "file" / "data")
    with pytest.raises(StorageUnavailable) as told:
        await database.open()
    assert "data folder" in told.value.message
    assert str(tmp_path) not in f"{told.value} {told.value.hint}"
    await database.aclose()


async def test_a_server_that_is_not_there_is_told_without_its_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(SecretStr(f"postgres://me:{PASSWORD}@127.0.0.1:1/vtai"), tmp_path)
    with caplog.at_level(logging.DEBUG), pytest.raises(StorageUnavailable) as told:
        await database.open()
    assert "cannot be reached" in told.value.message
    assert PASSWORD not in f"{told.value} {told.value.hint} {told.value.__cause__} {database!r} {caplog.text}"
    await database.aclose()


async def test_errors_do_not_tell_what_was_to_be_written(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, "private words")
        add(connection, "private words")

    with pytest.raises(StorageUnavailable) as told:
        await database.write(work)
    assert "private words" not in f"{told.value} {told.value.hint}"
    if database.is_sqlite:
        assert "private words" not in str(told.value.__cause__)
