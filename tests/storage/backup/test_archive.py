"""What is wrong with a file is found before anything changes, and no name in it leads anywhere."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.storage.backup.parts import Place, fill
from tests.storage.servers import Server
from vtai.core.errors import StorageUnavailable
from vtai.storage.backup.archive import BadBackup, unpack, written
from vtai.storage.database import Database

Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Database(None, tmp_path / "data"))


@pytest.fixture
async def tables(postgresql: Server, tmp_path: Path) -> AsyncIterator[Database]:
    """A PostgreSQL database: its backups have a member for each table."""
    with postgresql.database() as url:
        database = Database(SecretStr(url), tmp_path / "data")
        await database.open()
        yield database
        await database.aclose()


async def backup(place: Place) -> Path:
    await place.database.open()
    await fill(place)
    return await place.make()


def members(path: Path) -> list[Member]:
    with tarfile.open(path) as tar:
        return [(info, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]  # files all


def pack(path: Path, content: list[Member]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for info, data in content:
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))


def consistent(content: list[Member], **more: Any) -> list[Member]:
    """With a manifest that tells of all the others."""
    told = json.loads(content[-1][1]) | more
    told["members"] = {
        info.name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for info, data in content[:-1]
    }
    return [*content[:-1], (content[-1][0], json.dumps(told).encode())]


def renamed(name: str) -> Callable[[list[Member]], list[Member]]:
    def change(content: list[Member]) -> list[Member]:
        content[1][0].name = name
        return consistent(content)

    return change


def linked(kind: bytes) -> Callable[[list[Member]], list[Member]]:
    def change(content: list[Member]) -> list[Member]:
        content[1][0].type, content[1][0].linkname = kind, "/etc/passwd"
        return consistent(content)

    return change


def told(**more: Any) -> Callable[[list[Member]], list[Member]]:
    return lambda content: consistent(content, **more)


def garbled(content: list[Member]) -> list[Member]:
    content[1] = (content[1][0], content[1][1][:-1] + b"?")
    return content


def with_a_broken_database(content: list[Member]) -> list[Member]:
    data = bytearray(content[0][1])
    data[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    content[0] = (content[0][0], bytes(data))
    return consistent(content)


HOSTILE: dict[str, Callable[[list[Member]], list[Member]]] = {
    "a path upwards": renamed("../../escaped"),
    "a path upwards below a known folder": renamed("extra/../../escaped.db"),
    "a path from the root": renamed("/tmp/escaped"),
    "a file of another name": renamed("access.secret"),
    "configuration of another name": renamed("config/authorized_keys"),
    "a key that is none": renamed("files/zz/..."),
    "a symbolic link": linked(tarfile.SYMTYPE),
    "a hard link": linked(tarfile.LNKTYPE),
    "a device": linked(tarfile.CHRTYPE),
    "a folder": linked(tarfile.DIRTYPE),
    "a member twice": lambda content: [content[0], *content],
    "a member more": lambda content: [content[0], *content[2:]],
    "something after its end": lambda content: [*content, content[1]],
    "no end": lambda content: content[:-1],
    "nothing": lambda _: [],
    "another content": garbled,
    "a damaged database": with_a_broken_database,
    "no database": lambda content: consistent(content[1:]),
    "a manifest of something else": told(format="other"),
    "a manifest of a version to come": told(version=2),
    "a manifest with odd counts": told(counts=[1]),
    "a revision to come": told(revision="9999"),
    "a revision that is not the database's": told(revision="0001"),
    "a manifest that is no JSON": lambda content: [*content[:-1], (content[-1][0], b"{")],
    "a manifest that is a list": lambda content: [*content[:-1], (content[-1][0], b"[]")],
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
async def test_a_backup_that_is_not_as_it_should_be_changes_nothing(
    place: Place, change: Callable[[list[Member]], list[Member]]
) -> None:
    path = await backup(place)
    content = change(members(path))
    hostile = place.folder / "hostile"
    pack(hostile, content)
    await place.say("since then")
    before, tree = await place.rows(), sorted(place.folder.rglob("*"))
    with pytest.raises(BadBackup) as refused:
        await place.restore(hostile, with_config=False)
    assert refused.value.message
    assert refused.value.hint
    assert await place.rows() == before
    assert sorted(place.folder.rglob("*")) == tree
    await place.database.aclose()


@pytest.mark.parametrize("kept", [0, 1, 10, 500, -500, -2_000], ids=lambda size: f"{size} bytes")
async def test_a_backup_that_was_cut_is_refused(place: Place, kept: int) -> None:
    path = await backup(place)
    cut = place.folder / "cut"
    cut.write_bytes(path.read_bytes()[:kept])
    before = await place.rows()
    with pytest.raises(BadBackup):
        await place.restore(cut)
    assert await place.rows() == before
    await place.database.aclose()


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", gzip.compress(b"hello"), b"PK\x03\x04", gzip.compress(bytes(2_000))],
    ids=["nothing", "words", "words in gzip", "another archive", "zeros in gzip"],
)
async def test_another_file_is_no_backup(place: Place, content: bytes) -> None:
    other = place.folder / "other"
    other.write_bytes(content)
    with pytest.raises(BadBackup):
        await place.restore(other)
    with pytest.raises(BadBackup, match="no such file"):
        await place.restore(place.folder / "none")
    await place.database.aclose()


async def test_a_disk_without_room_is_said_before_anything_changes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await backup(place)
    full = shutil.disk_usage(place.folder)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(StorageUnavailable, match="no room"):
        await place.restore(path)
    await place.database.aclose()


async def test_a_backup_of_an_older_version_is_brought_up_to_date(place: Place) -> None:
    """Also where the server runs: it never sees tables that it does not know."""
    path = await backup(place)
    content = members(path)
    old = place.folder / "old.sqlite"
    old.write_bytes(content[0][1])
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DROP TABLE counters")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    content[0] = (content[0][0], old.read_bytes())
    before = await place.rows()
    pack(place.folder / "older", consistent(content, revision="0001"))
    await place.restore(place.folder / "older")
    assert await place.rows() == before
    await place.database.aclose()


@pytest.mark.slow
async def test_tables_of_an_older_version_are_brought_up_to_date_too(
    tables: Database, tmp_path: Path
) -> None:
    place = Place(tmp_path, tables)
    await fill(place)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    manifest, found = unpack(await place.make(), scratch, threading.Event())
    del found["tables/counters"]
    with written(tmp_path / "older", threading.Event()) as writer:
        for name, member in found.items():
            writer.add(name, member)
        writer.end(replace(manifest, revision="0001"))
    before = await place.rows()
    await place.restore(tmp_path / "older")
    assert await place.rows() == before


@pytest.mark.slow
@pytest.mark.parametrize("table", ["steps", "exchanges"])
async def test_tables_that_cannot_be_read_change_nothing(
    tables: Database, tmp_path: Path, table: str
) -> None:
    place = Place(tmp_path, tables)
    await fill(place)
    content = members(await place.make())
    odd = [(info, b"x\ty\n" if info.name == f"tables/{table}" else data) for info, data in content]
    pack(tmp_path / "odd", consistent(odd))
    before = await place.rows()
    with pytest.raises(BadBackup, match="damaged"):
        await place.restore(tmp_path / "odd")
    assert await place.rows() == before
