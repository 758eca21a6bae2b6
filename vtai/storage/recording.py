"""The queue of what is to be written: in order for each conversation, several conversations at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from vtai.core.errors import StorageUnavailable, VTError
from vtai.core.history import Change
from vtai.storage import cleaning, writing
from vtai.storage.database import Database
from vtai.storage.drafts import Draft

log = logging.getLogger(__name__)

# Between two rounds, so that the pieces of a stream are written together.
_PAUSE_S: Final = 0.05
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 30.0
_TRIES_OF_A_FLUSH = 3
_MOST_AT_ONCE = 50
_MOST_PENDING = 256_000_000
_MOST_GONE = 10_000


class Recorder:
    """Takes changes at once and writes them soon. What cannot be written is kept and tried again."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        most_pending: int = _MOST_PENDING,
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._most_pending = most_pending
        self._first_wait_s = first_wait_s
        self._drafts: OrderedDict[tuple[str, str], Draft] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._pending = 0
        self._writer: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._round = asyncio.Event()
        self._flushing = 0

    def add(self, person: str, conversation: str, changes: Iterable[Change]) -> None:
        """Raises StorageUnavailable where too much waits to be written already."""
        if conversation in self._gone:
            return
        if self._pending > self._most_pending:
            raise StorageUnavailable(
                "Too much waits to be written to the store.", "Try again once the store can be written."
            )
        if not (kept := _kept(changes)):
            return
        now = self._clock()
        key = (person, conversation)
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = Draft(person, conversation, now)
            self._wake.set()
        before = draft.size
        for change in kept:
            draft.add(change, now)
        self._pending += draft.size - before
        self._start()

    @asynccontextmanager
    async def held(self, person: str, conversation: str | None) -> AsyncIterator[Sequence[str]]:
        """The person's conversations for which something waits, of one or all; it waits until the end."""
        drafts = [
            draft
            for (owner, name), draft in self._drafts.items()
            if owner == person and conversation in (None, name)
        ]
        async with self._locked(drafts) as kept:
            yield [draft.conversation for draft in kept]

    def draft(self, person: str, conversation: str) -> Draft | None:
        """What waits to be written to one conversation."""
        return self._drafts.get((person, conversation))

    async def flush(self, conversation: str | None = None, person: str | None = None) -> None:
        """Returns once all that waits now is written. Raises StorageUnavailable where that fails repeatedly.

        It is tried again later then all the same.
        """
        drafts = [
            draft
            for (owner, name), draft in self._drafts.items()
            if conversation in (None, name) and person in (None, owner)
        ]
        goals = [(draft, draft.recorded, draft.failures + _TRIES_OF_A_FLUSH) for draft in drafts]
        for draft in drafts:
            draft.not_before = 0.0
        self._flushing += 1
        self._wake.set()
        try:
            while left := [goal for goal in goals if self._is_waiting(goal[0], goal[1])]:
                if any(draft.failures >= most for draft, _, most in left):
                    raise StorageUnavailable(
                        "The conversation could not be written yet.", "It is tried again by itself."
                    )
                self._start()
                await self._round.wait()
        finally:
            self._flushing -= 1

    async def settle(self, person: str, patience_s: float = 1.0) -> None:
        """Waits a moment for what the person just did, so that lists show it."""
        try:
            async with asyncio.timeout(patience_s):
                await self.flush(person=person)
        except (TimeoutError, StorageUnavailable):
            log.debug("a list is shown without what waits to be written")

    def forget(self, conversations: Sequence[str]) -> None:
        """Drops what waits for conversations that are deleted, and what may still come."""
        for conversation in conversations:
            self._gone[conversation] = None
            if len(self._gone) > _MOST_GONE:
                self._gone.popitem(last=False)
        gone = frozenset(conversations)
        for key, draft in list(self._drafts.items()):
            if key[1] in gone:
                self._remove(key, draft)
        self._turn()

    async def aclose(self) -> None:
        """Writes what can be written and stops."""
        try:
            await self.flush()
        except VTError:
            log.warning(
                "conversations could not be written before the end", extra={"left": len(self._drafts)}
            )
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    def _start(self) -> None:
        if self._drafts and (self._writer is None or self._writer.done()):
            self._writer = asyncio.get_running_loop().create_task(self._run(), name="write conversations")

    async def _run(self) -> None:
        failed = 0
        while self._drafts:
            await self._wait(failed)
            due = self._due()
            if not due:
                continue
            if await self._write(due):
                failed = 0
            elif len(due) > 1:
                # One of them may be the reason: from now on each is tried by itself.
                failed = 0
            else:
                failed += 1
            self._turn()

    async def _wait(self, failed: int) -> None:
        """Until there is something to do. A flush is not kept waiting, unless nothing works."""
        soonest = min(draft.not_before for draft in self._drafts.values())
        pause_s = 0.0 if self._flushing else _PAUSE_S
        wait_s = max(pause_s, soonest - asyncio.get_running_loop().time())
        if failed:
            wait_s = max(wait_s, self._back_off(failed))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        self._wake.clear()
        if failed:
            await asyncio.sleep(self._first_wait_s)

    def _due(self) -> list[Draft]:
        """Some that can be written together, or one that failed before."""
        now = asyncio.get_running_loop().time()
        due = [draft for draft in self._drafts.values() if draft.not_before <= now]
        sound = [draft for draft in due if not draft.failures][:_MOST_AT_ONCE]
        return sound or due[:1]

    @asynccontextmanager
    async def _locked(self, drafts: Iterable[Draft]) -> AsyncIterator[list[Draft]]:
        """Those of them that still wait once nobody else reads or writes them."""
        async with AsyncExitStack() as locks:
            # In one order everywhere, so that two never wait for each other crosswise.
            ordered = sorted(drafts, key=lambda draft: (draft.person, draft.conversation))
            for draft in ordered:
                await locks.enter_async_context(draft.lock)
            yield [draft for draft in ordered if self._is_kept(draft)]

    async def _write(self, drafts: Iterable[Draft]) -> bool:
        async with self._locked(drafts) as due:
            recorded = [draft.recorded for draft in due]
            batches = [draft.batch() for draft in due]
            try:
                await self._database.write(lambda connection: writing.write(connection, batches))
            except (VTError, ValueError, TypeError, ArithmeticError) as error:
                self._failed(due, error)
                return False
            for draft, batch, count in zip(due, batches, recorded, strict=True):
                if not self._is_kept(draft):
                    continue
                before = draft.size
                draft.keep_only_after(batch, count)
                self._pending -= before - draft.size
                if draft.is_written:
                    del self._drafts[draft.person, draft.conversation]
            return True

    def _failed(self, due: Sequence[Draft], error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        for draft in filter(self._is_kept, due):
            draft.failures += 1
            if len(due) == 1:
                draft.not_before = now + self._back_off(draft.failures)
                self._drafts.move_to_end((draft.person, draft.conversation))
        log.warning(
            "conversations could not be written; they are tried again",
            extra={"error": type(error).__name__, "conversations": len(due), "failures": due[0].failures},
        )

    def _back_off(self, failures: int) -> float:
        return min(self._first_wait_s * 2.0 ** min(failures - 1, 20), _LONGEST_WAIT_S)

    def _is_waiting(self, draft: Draft, recorded: int) -> bool:
        return self._is_kept(draft) and draft.written < recorded

    def _is_kept(self, draft: Draft) -> bool:
        return self._drafts.get((draft.person, draft.conversation)) is draft

    def _remove(self, key: tuple[str, str], draft: Draft) -> None:
        self._pending -= draft.size
        del self._drafts[key]

    def _turn(self) -> None:
        """Tells everybody who waits that something happened."""
        self._round.set()
        self._round = asyncio.Event()


def _kept(changes: Iterable[Change]) -> list[Change]:
    kept: list[Change] = []
    for change in changes:
        if (clean := cleaning.change(change)) is None:
            log.warning("dropped a change that cannot be kept", extra={"kind": type(change).__name__})
        else:
            kept.append(clean)
    return kept
