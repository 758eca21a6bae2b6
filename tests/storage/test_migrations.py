"""Tables are brought up to date at start, also by several processes at once, and are what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata  # noqa: TID253 - a test of the store
from alembic.migration import MigrationContext  # noqa: TID253
from alembic.script import ScriptDirectory  # noqa: TID253
from pydantic import SecretStr
from sqlalchemy import Connection, event, text  # noqa: TID253
from sqlalchemy.exc import SQLAlchemyError  # noqa: TID253

from tests.storage.servers import Server
from vtai.storage import migrating
from vtai.storage.database import Database, _engine, _file_url
from vtai.storage.tables import metadata

_OPENS = """
import asyncio, sys
from pathlib import Path
from pydantic import SecretStr
from vtai.storage.database import Database

async def main(url, folder):
    database = Database(SecretStr(url) if url else None, Path(folder))
    print("ready", flush=True)
    sys.stdin.readline()
    await database.open()
    await database.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(migrating.__file__).parent / "migrations"))


def _heads() -> list[str]:
    return _scripts().get_heads()


def _version(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _differences(connection: Connection) -> list[Any]:
    def counts(thing: Any, name: str | None, kind: str, *_: object) -> bool:
        """SQLite's index of words is no table of ours, and PostgreSQL's is none of SQLite's."""
        if kind == "index" and connection.dialect.name == "sqlite":
            return name != "ix_sayings_words"
        return not (kind == "table" and (name or "").startswith("sayings_index"))

    context = MigrationContext.configure(connection, opts={"include_object": counts, "compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_tables_are_what_the_code_says(database: Database) -> None:
    assert await database.read(_differences) == []
    assert await database.read(_version) == _heads()


def test_there_is_one_newest_version() -> None:
    assert len(_heads()) == 1


async def test_opening_again_changes_nothing(
    database: Database, database_url: SecretStr | None, tmp_path: Path
) -> None:
    again = Database(database_url, tmp_path / "data")
    await again.open()
    assert await again.read(_version) == _heads()
    await again.aclose()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_several_processes_may_start_at_once(postgresql: Server, kind: str, tmp_path: Path) -> None:
    with postgresql.database(is_empty=True) as made:
        url = made if kind == "postgresql" else ""
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", _OPENS, url, str(tmp_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        told = [process.communicate()[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0] * 4, told
        database = Database(SecretStr(url) if url else None, tmp_path)
        await database.open()
        assert await database.read(_differences) == []
        assert await database.read(_version) == _heads()
        await database.aclose()


async def test_a_failed_migration_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    """The tables are made in one transaction: a crash in the middle is as if it had not begun."""
    engine = _engine(_file_url(tmp_path))

    def refuse(_: object, __: object, statement: str, *___: object) -> None:
        if "sayings_index" in statement:
            raise SQLAlchemyError("no room")

    event.listen(engine, "before_cursor_execute", refuse)
    with pytest.raises(SQLAlchemyError):
        migrating.upgrade(engine)
    with engine.connect() as connection:
        assert list(connection.scalars(text("SELECT name FROM sqlite_master"))) == []
    event.remove(engine, "before_cursor_execute", refuse)
    migrating.upgrade(engine)
    with engine.connect() as connection:
        assert _version(connection) == _heads()
    engine.dispose()


def test_files_of_migrations_are_called_by_their_revisions_in_order() -> None:
    in_order = [script.revision for script in _scripts().walk_revisions()][::-1]
    assert list(migrating.revisions()) == in_order


def test_tables_that_are_up_to_date_are_left_alone(tmp_path: Path) -> None:
    engine = _engine(_file_url(tmp_path))
    migrating.upgrade(engine)
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    migrating.upgrade(engine)
    assert [each for each in written if not each.startswith(("SELECT", "PRAGMA", "BEGIN"))] == []
    engine.dispose()
