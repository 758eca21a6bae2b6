"""Conversations in the database: recorded as they happen, listed, opened, searched and shared."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vtai.core.history import Change, Conversation, Feedback, Hit, Page, Record, Rename, Share
from vtai.storage import cleaning, copying, cursors, reading, recovering, searching, sharing, wording, writing
from vtai.storage.database import Database
from vtai.storage.recording import Recorder
from vtai.storage.tokens import is_id


class SqlHistories:
    """The `Histories` port."""

    def __init__(
        self, database: Database, clock: Callable[[], float] = time.time, recorder: Recorder | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._recorder = recorder or Recorder(database, clock)

    def record(self, person: str, conversation: str, *changes: Change) -> None:
        if changes and is_id(conversation):
            self._recorder.add(person, conversation, changes)

    async def flush(self, conversation: str | None = None) -> None:
        await self._recorder.flush(conversation)

    async def aclose(self) -> None:
        """Writes what can be written and takes nothing more."""
        await self._recorder.aclose()

    async def close_open(self, older_than_s: float = 900.0) -> int:
        """Marks as cut what is still open in conversations that nobody changed for so long; how many steps.

        Another process may still write what is that old: then its next change takes the mark away.
        """
        now = self._clock()
        return await self._database.write(
            lambda connection: recovering.close_open(connection, now, older_than_s)
        )

    async def page(self, person: str, cursor: str | None = None, limit: int = 30) -> Page[Conversation]:
        after = cursors.read(cursor) if cursor is not None else None
        if after is None:
            await self._recorder.settle(person)
        return await self._database.read(
            lambda connection: reading.page(connection, person, after, cursors.size(limit))
        )

    async def find(self, person: str, conversation: str) -> Conversation | None:
        record = await self._read(person, conversation, with_content=False)
        return record.conversation if record else None

    async def open(self, person: str, conversation: str) -> Record | None:
        return await self._read(person, conversation, with_content=True)

    async def search(self, person: str, words: str, cursor: str | None = None, limit: int = 20) -> Page[Hit]:
        after = cursors.read(cursor, searching.PLACES) if cursor is not None else None
        wanted = wording.phrases(words)
        if not wanted:
            return Page(())
        if after is None:
            await self._recorder.settle(person)
        return await self._database.read(
            lambda connection: searching.search(connection, person, wanted, after, cursors.size(limit))
        )

    async def rename(self, person: str, conversation: str, name: str) -> bool:
        if await self.find(person, conversation) is None:
            return False
        self.record(person, conversation, Rename(name))
        await self._recorder.flush(conversation, person)
        return True

    async def delete(self, person: str, conversation: str) -> bool:
        if await self.find(person, conversation) is None:
            return False
        await self._remove(person, conversation)
        return True

    async def delete_all(self, person: str) -> int:
        return await self._remove(person)

    async def add(self, person: str, record: Record) -> str:
        copy = copying.anew(record)
        now = self._clock()
        return await self._database.write(lambda connection: copying.add(connection, person, copy, now))

    async def share(self, person: str, conversation: str) -> Share | None:
        if not await self._is_written(person, conversation):
            return None
        now = self._clock()
        return await self._database.write(
            lambda connection: sharing.share(connection, person, conversation, now)
        )

    async def shares(self, person: str) -> Sequence[Share]:
        return await self._database.read(lambda connection: sharing.of(connection, person))

    async def unshare(self, person: str, token: str) -> bool:
        if not is_id(token):
            return False
        return await self._database.write(lambda connection: sharing.unshare(connection, person, token))

    async def shared(self, token: str) -> Record | None:
        if not is_id(token):
            return None
        return await self._database.read(lambda connection: sharing.shared(connection, token))

    async def rate(self, person: str, conversation: str, feedback: Feedback) -> bool:
        if not (is_id(feedback.id) and is_id(feedback.step_id)):
            return False
        if not await self._is_written(person, conversation):
            return False
        thumb = cleaning.thumb(feedback)
        return await self._database.write(
            lambda connection: sharing.rate(connection, person, conversation, thumb)
        )

    async def unrate(self, person: str, feedback_id: str) -> bool:
        if not is_id(feedback_id):
            return False
        return await self._database.write(lambda connection: sharing.unrate(connection, person, feedback_id))

    async def feedback(self, person: str, conversation: str) -> Sequence[Feedback]:
        if not is_id(conversation):
            return ()
        return await self._database.read(
            lambda connection: sharing.feedback_in(connection, person, conversation)
        )

    async def _read(self, person: str, conversation: str, *, with_content: bool) -> Record | None:
        """What is written, and what waits to be, of a conversation of theirs."""
        if not is_id(conversation):
            return None
        if (draft := self._recorder.draft(person, conversation)) is not None:
            async with draft.lock:
                kept, is_named = await self._kept(conversation, with_content=with_content)
                if self._recorder.draft(person, conversation) is draft:
                    return draft.onto(kept, is_named=is_named)
        else:
            kept, _ = await self._kept(conversation, with_content=with_content)
        return kept if kept is not None and kept.conversation.person == person else None

    async def _kept(self, conversation: str, *, with_content: bool) -> tuple[Record | None, bool]:
        return await self._database.read(
            lambda connection: reading.record(connection, conversation, with_content=with_content)
        )

    async def _is_written(self, person: str, conversation: str) -> bool:
        """Whether it is theirs and in the database by now."""
        if await self.find(person, conversation) is None:
            return False
        await self._recorder.flush(conversation, person)
        return True

    async def _remove(self, person: str, conversation: str | None = None) -> int:
        now = self._clock()
        async with self._recorder.held(person, conversation) as waiting:
            removed = await self._database.write(
                lambda connection: writing.remove(connection, person, now, conversation, waiting)
            )
            self._recorder.forget(removed)
        return len(removed)
