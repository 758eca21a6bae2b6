"""Whose files are whose, how much one may keep, and what is swept out."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.storage.desk import DAY_S, Clock
from vtai.core.errors import BadArguments, QuotaReached, StorageUnavailable, UnknownName
from vtai.core.history import SaveElement, SaveExchange, SaveStep, StoredElement, StoredExchange, StoredStep
from vtai.storage.database import Database
from vtai.storage.files.blobs import new_key
from vtai.storage.files.local import LocalBlobs
from vtai.storage.files.shelf import StoredFiles
from vtai.storage.histories import SqlHistories

QUOTA = 1_000


@dataclass
class Shelf:
    """Files of one process over the database."""

    database: Database
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.blobs = LocalBlobs(self.folder)
        self.files = StoredFiles(self.database, self.blobs, QUOTA, self.clock)
        self.histories = SqlHistories(self.database, self.clock)

    async def put(self, size: int = 10, person: str = "ann", conversation: str = "c") -> str:
        stored = await self.files.put(person, conversation, "a.txt", "text/plain", b"x" * size)
        await self.age(stored.key)
        return stored.key

    async def age(self, key: str) -> None:
        """The folder's time is the machine's; this makes it the clock's."""
        os.utime(await self.blobs.path(key), (self.clock.now, self.clock.now))

    async def kept(self) -> set[str]:
        """Keys with a content."""
        return {key async for key, _ in self.blobs.all()}


@pytest.fixture
def shelf(database: Database, tmp_path: Path) -> Shelf:
    return Shelf(database, tmp_path / "files")


async def test_a_file_is_kept_with_what_is_known_of_it(shelf: Shelf, tmp_path: Path) -> None:
    source = tmp_path / "given"
    source.write_bytes(b"hello")
    stored = await shelf.files.put("ann", "c", "My plan \0 (2).txt", "text/plain", source)
    source.unlink()
    assert (stored.person, stored.conversation, stored.size_bytes, stored.at) == (
        "ann",
        "c",
        5,
        shelf.clock.now,
    )
    assert "\0" not in stored.name
    assert await shelf.files.find(stored.key) == stored
    assert (await shelf.files.path(stored.key)).read_bytes() == b"hello"
    async with contextlib.aclosing(shelf.files.read(stored.key, 1, 3)) as pieces:
        assert b"".join([piece async for piece in pieces]) == b"ell"


async def test_keys_say_nothing_and_never_repeat(shelf: Shelf) -> None:
    assert len({await shelf.put() for _ in range(10)}) == 10


async def test_an_unknown_key_is_no_file(shelf: Shelf) -> None:
    for key in (new_key(), "../../etc/passwd", "\0", ""):
        assert await shelf.files.find(key) is None
        assert not await shelf.files.delete("ann", key)
        with pytest.raises(UnknownName):
            await shelf.files.path(key)
        with pytest.raises(UnknownName):
            await anext(shelf.files.read(key))


async def test_files_are_listed_the_newest_first_page_by_page(shelf: Shelf) -> None:
    made = []
    for number in range(7):
        shelf.clock.turn(number % 2)  # some at the same moment
        made.append(await shelf.put())
    await shelf.put(person="bob")
    found, cursor = [], None
    while True:
        page = await shelf.files.of("ann", cursor, limit=3)
        found += [(file.at, file.key) for file in page.items]
        if (cursor := page.cursor) is None:
            break
    assert found == sorted(found, reverse=True)
    assert {key for _, key in found} == set(made)
    with pytest.raises(BadArguments):
        await shelf.files.of("ann", "nonsense")


async def test_only_its_owner_deletes_a_file(shelf: Shelf) -> None:
    key = await shelf.put()
    assert not await shelf.files.delete("bob", key)
    assert await shelf.files.delete("ann", key)
    assert await shelf.files.find(key) is None
    assert await shelf.kept() == set()


async def test_the_quota_holds_for_each_person(shelf: Shelf) -> None:
    await shelf.put(QUOTA - 10)
    with pytest.raises(QuotaReached):
        await shelf.put(11)
    await shelf.put(10)
    await shelf.put(QUOTA, person="bob")
    assert await shelf.files.used_bytes("ann") == QUOTA
    assert await shelf.files.used_bytes("nobody") == 0


async def test_the_quota_holds_for_many_at_once_and_in_two_processes(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf(shelf.database, tmp_path / "files")
    done = await asyncio.gather(
        *(each.put(300) for _ in range(4) for each in (shelf, other)), return_exceptions=True
    )
    assert sum(isinstance(each, str) for each in done) == 3
    assert sum(isinstance(each, QuotaReached) for each in done) == 5
    assert await shelf.files.used_bytes("ann") == 900


async def test_what_a_deleted_conversation_held_makes_room_at_once(shelf: Shelf) -> None:
    old = await shelf.put(QUOTA)
    refer(shelf, old)
    await shelf.histories.flush()
    with pytest.raises(QuotaReached):
        await shelf.put(1)
    await shelf.histories.delete("ann", "c")
    new = await shelf.put(QUOTA, conversation="d")
    assert await shelf.kept() == {new}


def refer(shelf: Shelf, *keys: str, conversation: str = "c", person: str = "ann") -> None:
    """Keeps a message with an element for each key."""
    step = StoredStep("s", "user_message", output="hello", at=shelf.clock.now)
    elements = [StoredElement(f"e{index}", "s", "file", file=key) for index, key in enumerate(keys)]
    shelf.histories.record(person, conversation, SaveStep(step), *map(SaveElement, elements))


async def test_what_nothing_refers_to_is_swept_out_after_a_day(shelf: Shelf) -> None:
    in_element, attached, made, orphan = [await shelf.put() for _ in range(4)]
    refer(shelf, in_element)
    exchange = StoredExchange("s", "hello", shelf.clock.now, attachments=(attached,), files=(made,))
    shelf.histories.record("ann", "c", SaveExchange(exchange))
    await shelf.histories.flush()
    shelf.clock.turn(DAY_S - 1)
    young = await shelf.put()
    assert await shelf.files.sweep() == 0
    shelf.clock.turn(2)
    assert await shelf.files.sweep() == 1
    assert await shelf.kept() == {in_element, attached, made, young}
    assert await shelf.files.find(orphan) is None
    assert await shelf.files.sweep() == 0


async def test_the_files_of_a_deleted_conversation_are_swept_but_those_used_elsewhere(shelf: Shelf) -> None:
    used_twice, used_once = await shelf.put(), await shelf.put()
    refer(shelf, used_twice, used_once)
    refer(shelf, used_twice, conversation="d")
    await shelf.histories.flush()
    assert await shelf.files.sweep() == 0
    await shelf.histories.delete("ann", "c")
    assert await shelf.files.sweep() == 1
    assert await shelf.kept() == {used_twice}


async def test_contents_that_nobody_knows_are_swept_after_a_day(shelf: Shelf) -> None:
    lost, fresh, known = new_key(), new_key(), await shelf.put()
    refer(shelf, known)
    await shelf.histories.flush()
    for key in (lost, fresh):
        await shelf.blobs.put(key, b"left by a crash")
        await shelf.age(key)
    shelf.clock.turn(DAY_S + 1)
    await shelf.age(fresh)
    assert await shelf.files.sweep() == 1
    assert await shelf.kept() == {fresh, known}


async def test_a_conversation_that_was_brought_refers_to_ones_own_files_alone(shelf: Shelf) -> None:
    """Who knows the key of somebody else's file does not get at it by writing it into a conversation."""
    own, theirs = await shelf.put(), await shelf.put(person="bob")
    refer(shelf, own, theirs)
    exchange = StoredExchange("s", "hello", 1.0, attachments=(own, theirs), files=(theirs, own))
    shelf.histories.record("ann", "c", SaveExchange(exchange))
    record = await shelf.histories.open("ann", "c")
    assert record is not None
    brought = await shelf.histories.open("ann", await shelf.histories.add("ann", record))
    assert brought is not None
    assert [element.file for element in brought.elements] == [own, None]
    assert (brought.exchanges[0].attachments, brought.exchanges[0].files) == ((own,), (own,))


class Unwilling(LocalBlobs):
    """Takes nothing: it fails, or never ends."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.is_asked = asyncio.Event()
        self.is_hanging = False

    async def put(self, key: str, source: Path | bytes) -> None:
        self.is_asked.set()
        if self.is_hanging:
            await asyncio.Event().wait()
        raise StorageUnavailable("The disk is full.", "Make room.")


async def test_a_file_that_could_not_be_put_does_not_count(shelf: Shelf, tmp_path: Path) -> None:
    blobs = Unwilling(tmp_path)
    files = StoredFiles(shelf.database, blobs, QUOTA, shelf.clock)
    with pytest.raises(StorageUnavailable, match="disk is full"):
        await files.put("ann", "c", "a", "text/plain", b"hello")
    assert await files.used_bytes("ann") == 0
    blobs.is_hanging = True
    blobs.is_asked.clear()
    putting = asyncio.create_task(files.put("ann", "c", "a", "text/plain", b"hello"))
    await blobs.is_asked.wait()
    assert await files.used_bytes("ann") == 5
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await files.used_bytes("ann") == 0


async def test_what_is_being_put_is_never_swept(shelf: Shelf, tmp_path: Path) -> None:
    blobs = Unwilling(tmp_path)
    blobs.is_hanging = True
    files = StoredFiles(shelf.database, blobs, QUOTA, shelf.clock)
    putting = asyncio.create_task(files.put("ann", "c", "a", "text/plain", b"hello"))
    await blobs.is_asked.wait()
    assert await files.sweep() == 0
    assert await files.used_bytes("ann") == 5
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)


async def test_a_reader_who_leaves_early_closes_the_content(shelf: Shelf) -> None:
    closed = []

    class Watched(LocalBlobs):
        async def read(
            self, key: str, start: int = 0, length: int | None = None
        ) -> AsyncGenerator[bytes, None]:
            try:
                async for piece in super().read(key, start, length):
                    yield piece
            finally:
                closed.append(key)

    key = await shelf.put()
    files = StoredFiles(shelf.database, Watched(shelf.folder), QUOTA, shelf.clock)
    async with contextlib.aclosing(files.read(key)) as pieces:
        await anext(pieces)
    assert closed == [key]
