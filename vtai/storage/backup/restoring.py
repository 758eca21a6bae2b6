"""Bringing a backup back, into an empty data folder or in place of what there is. The server may run.

Everything is unpacked and checked aside, and brought up to date there, before anything changes. Then files of
people are added, which hurts nobody, notes and corrections are replaced, and at last the database, in one
transaction: whoever uses it meanwhile sees it before or after. An end of the process in the middle leaves the
database as it was; the same command does the rest. What was kept after the backup was taken is gone then.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import URL, Connection

from vtai.core.errors import NotConfigured
from vtai.storage import migrating
from vtai.storage.backup import postgresql, sqlite
from vtai.storage.backup.archive import DATABASE, BadBackup, Manifest, unpack
from vtai.storage.backup.aside import aside
from vtai.storage.backup.making import Places, in_thread
from vtai.storage.database import Database
from vtai.storage.files.blobs import Blobs


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `was_damaged`: the database that there was is damaged and was moved aside."""

    manifest: Manifest
    files: int
    was_damaged: bool = False


async def restore(places: Places, blobs: Blobs, path: Path, *, with_config: bool = False) -> Restored:
    """Puts what is in the backup in place of what there is, with the configuration where that is wanted.

    A PostgreSQL database must be open, a file need not. Raises BadBackup, NotConfigured, StorageUnavailable.
    """
    if not await asyncio.to_thread(path.is_file):
        raise BadBackup("There is no such file.", "Name a file that `vtai backup` made.")
    await in_thread(lambda _: places.data_dir.mkdir(parents=True, exist_ok=True))
    async with aside(places.data_dir) as scratch:
        manifest, members = await in_thread(lambda stop: unpack(path, scratch, stop))
        await in_thread(lambda _: _check(places, manifest, members, with_config=with_config))
        if places.database.is_sqlite:
            await _bring_up_to_date(members[DATABASE])
        count = 0
        for name, member in members.items():
            if name.startswith("files/"):
                await blobs.put("".join(name.split("/")[1:]), member)
                count += 1
        await in_thread(lambda _: _put_beside(places, members, with_config=with_config))
        if (live := places.database.file) is not None:
            was_damaged = await in_thread(lambda _: sqlite.replace(live, members[DATABASE]))
            return Restored(manifest, count, was_damaged)
        tables = {
            name.removeprefix("tables/"): member
            for name, member in members.items()
            if name.startswith("tables/")
        }

        def work(connection: Connection) -> None:
            postgresql.load(connection, manifest.revision, tables, manifest.columns)

        await places.database.write(work)
        return Restored(manifest, count)


def _check(places: Places, manifest: Manifest, members: dict[str, Path], *, with_config: bool) -> None:
    """Raises BadBackup, NotConfigured where it is not for here."""
    kind = "sqlite" if places.database.is_sqlite else "postgresql"
    if manifest.database != kind:
        here, there = ("a file of its own", "PostgreSQL")[:: 1 if places.database.is_sqlite else -1]
        raise NotConfigured(
            f"The backup is of a store in {there}; this one is in {here}.",
            "Set VT_DATABASE_URL as it was when the backup was taken.",
        )
    if manifest.revision not in migrating.revisions():
        raise BadBackup("The backup is of a newer version of VT.ai.", "Bring this one up to date first.")
    if with_config and not any(name.startswith("config/") for name in members):
        raise BadBackup("The backup has no configuration.", "Leave --with-config out.")
    files = [member for name, member in members.items() if name.startswith("extra/")]
    if kind == "sqlite":
        if DATABASE not in members or sqlite.revision(members[DATABASE]) != manifest.revision:
            raise BadBackup("The backup has no database.", "Take another one.")
        files.append(members[DATABASE])
    for file in files:
        sqlite.check(file)


async def _bring_up_to_date(file: Path) -> None:
    address = URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)
    staged = Database(SecretStr(address), file.parent)
    try:
        await staged.open()
    finally:
        await staged.aclose()


def _put_beside(places: Places, members: dict[str, Path], *, with_config: bool) -> None:
    """All but the database. Names were checked when the backup was unpacked."""
    for name, member in members.items():
        folder, _, file = name.partition("/")
        if folder == "extra" and file in places.extras:
            sqlite.replace(places.data_dir / file, member)
        elif folder == "config" and with_config:
            places.config_dir.mkdir(parents=True, exist_ok=True)
            staged = places.config_dir / f".{file}.{secrets.token_hex(4)}"
            with os.fdopen(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
                target.write(member.read_bytes())
                target.flush()
                os.fsync(target.fileno())
            staged.replace(places.config_dir / file)
