"""The `Files` port: contents in a store of blobs, whose they are and what they are called in the database.

A file is noted before its content is put, so that quotas hold whoever puts at the same time. What a crash
leaves on either side is swept out.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, and_, cast, delete, func, insert, or_, select, text

from vtai.core.errors import QuotaReached, StorageUnavailable
from vtai.core.history import Page, StoredFile
from vtai.storage import cleaning, cursors
from vtai.storage.database import Database
from vtai.storage.files.blobs import Blobs, is_key, new_key, unknown
from vtai.storage.tables import conversations, elements, exchanges, files, gone

DAY_S: Final = 86_400.0
_LONGEST_TYPE = 200
# SQLite takes 32,766 values in a statement, older ones 999.
_MANY = 500
# Any number of which nobody else locks; the second one is made of the person.
_LOCK = 7_208_144


class StoredFiles:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self, database: Database, blobs: Blobs, quota_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._quota_bytes = quota_bytes
        self._clock = clock

    async def put(
        self, person: str, conversation: str, name: str, media_type: str, source: Path | bytes
    ) -> StoredFile:
        file = StoredFile(
            new_key(),
            person,
            conversation,
            cleaning.name(name),
            cleaning.text(media_type)[:_LONGEST_TYPE],
            len(source) if isinstance(source, bytes) else await asyncio.to_thread(_size, source),
            self._clock(),
        )
        if not await self._note(file):
            # What belonged to conversations deleted today counts until it is swept out.
            await self._sweep_orphans(self._clock() - DAY_S, person)
            if not await self._note(file):
                raise QuotaReached(
                    "There is no more room for your files.",
                    "Delete conversations whose files you no longer need.",
                )
        is_kept = False
        try:
            await self._blobs.put(file.key, source)
            is_kept = True
        finally:
            if not is_kept:
                with contextlib.suppress(StorageUnavailable):
                    await self._forget([file.key])
        return file

    async def find(self, key: str) -> StoredFile | None:
        if not is_key(key):
            return None

        def work(connection: Connection) -> StoredFile | None:
            row = connection.execute(select(files).where(files.c.key == key)).first()
            return None if row is None else _file(row)

        return await self._database.read(work)

    async def of(self, person: str, cursor: str | None = None, limit: int = 50) -> Page[StoredFile]:
        wanted = select(files).where(files.c.person == person)
        if cursor is not None:
            at, key = cursors.read(cursor)
            wanted = wanted.where(or_(files.c.at < at, and_(files.c.at == at, files.c.key < key)))
        size = cursors.size(limit)
        wanted = wanted.order_by(files.c.at.desc(), files.c.key.desc()).limit(size + 1)

        def work(connection: Connection) -> list[StoredFile]:
            return [_file(row) for row in connection.execute(wanted)]

        found = await self._database.read(work)
        last = found[size - 1] if len(found) > size else None
        return Page(tuple(found[:size]), None if last is None else cursors.at(last.at, last.key))

    async def path(self, key: str) -> Path:
        await self._known(key)
        return await self._blobs.path(key)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        await self._known(key)
        pieces = self._blobs.read(key, start, length)
        try:
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    async def delete(self, person: str, key: str) -> bool:
        theirs = delete(files).where(files.c.key == key, files.c.person == person)

        def work(connection: Connection) -> bool:
            return connection.execute(theirs).rowcount > 0

        if not is_key(key) or not await self._database.write(work):
            return False
        await self._blobs.delete(key)
        return True

    async def forget(self, person: str, keys: Collection[str] = ()) -> int:
        return await self._sweep_orphans(0.0, person, keys)

    async def used_bytes(self, person: str) -> int:
        return await self._database.read(lambda connection: _used(connection, person))

    async def sweep(self) -> int:
        """Those of deleted conversations go at once, others and contents that nobody knows after a day."""
        before = self._clock() - DAY_S
        return await self._sweep_orphans(before) + await self._sweep_unknown(before)

    async def _sweep_orphans(
        self, before: float, person: str | None = None, keys: Collection[str] = ()
    ) -> int:
        orphans = await self._database.read(lambda connection: _orphans(connection, before, person, keys))
        swept = await self._forget(orphans)
        for key in swept:
            await self._blobs.delete(key)
        return len(swept)

    async def _sweep_unknown(self, before: float) -> int:
        old = [key async for key, at in self._blobs.all() if at < before]
        count = 0
        for some in (old[start : start + _MANY] for start in range(0, len(old), _MANY)):
            known = await self._database.read(partial(_known, keys=some))
            for key in set(some) - known:
                await self._blobs.delete(key)
                count += 1
        return count

    async def _note(self, file: StoredFile) -> bool:
        """Whether there is room for it; it counts from then on."""

        def work(connection: Connection) -> bool:
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:lock, hashtext(:person))")
                connection.execute(lock, {"lock": _LOCK, "person": file.person})
            if _used(connection, file.person) + file.size_bytes > self._quota_bytes:
                return False
            connection.execute(insert(files), asdict(file))
            return True

        return await self._database.write(work)

    async def _forget(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of the keys that no element refers to, taken out of the table."""

        def work(connection: Connection) -> Sequence[str]:
            gone_keys: list[str] = []
            for start in range(0, len(keys), _MANY):
                some = files.c.key.in_(keys[start : start + _MANY])
                unused = ~select(elements.c.id).where(elements.c.file == files.c.key).exists()
                gone_keys += connection.scalars(delete(files).where(some, unused).returning(files.c.key))
            return gone_keys

        return await self._database.write(work) if keys else []

    async def _known(self, key: str) -> None:
        if await self.find(key) is None:
            raise unknown()


def _size(source: Path) -> int:
    try:
        return source.stat().st_size
    except OSError as error:
        raise StorageUnavailable("The file is not there any more.", "Send it again.") from error


def _file(row: Row[Any]) -> StoredFile:
    return StoredFile(row.key, row.person, row.conversation, row.name, row.media_type, row.size_bytes, row.at)


def _used(connection: Connection, person: str) -> int:
    total = select(func.coalesce(func.sum(files.c.size_bytes), 0)).where(files.c.person == person)
    return int(connection.execute(total).scalar_one())


def _known(connection: Connection, keys: Sequence[str]) -> set[str]:
    return set(connection.scalars(select(files.c.key).where(files.c.key.in_(keys))))


def _orphans(
    connection: Connection, before: float, person: str | None, keys: Collection[str] = ()
) -> list[str]:
    """Keys that nothing refers to: of all files, or of those of a person, who alone can refer to them.

    Those of conversations that are there still have a while, but for `keys`.
    """
    is_gone = files.c.conversation.in_(select(gone.c.conversation))
    is_old = or_(files.c.at < before, is_gone, files.c.key.in_(sorted(keys)[:_MANY]))
    unused = ~select(elements.c.id).where(elements.c.file == files.c.key).exists()
    old = select(files.c.key).where(is_old, unused)
    # Lists in JSON: the two databases look into them in ways of their own, so it is done here.
    lists = (exchanges.c.attachments, exchanges.c.files)
    referring = select(*lists).where(or_(*(cast(column, Text) != "[]" for column in lists)))
    if person is not None:
        old = old.where(files.c.person == person)
        theirs = select(conversations.c.id).where(conversations.c.person == person)
        referring = referring.where(exchanges.c.conversation.in_(theirs))
    found = set(connection.scalars(old))
    if found:
        for row in connection.execution_options(yield_per=_MANY).execute(referring):
            found.difference_update(row.attachments, row.files)
    return sorted(found)
