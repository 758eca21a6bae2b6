"""What keeps things. Opened in the background: loading it and bringing its tables up to date takes time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtai.core.errors import StorageUnavailable, VTError

if TYPE_CHECKING:
    from vtai.core.ports import Files, Histories, Keys, Ledger, Logins, People
    from vtai.core.ports.counting import Counters
    from vtai.core.readiness import Readiness
    from vtai.core.spending import Spent
    from vtai.settings import Loaded
    from vtai.storage.database import Database

logger = logging.getLogger(__name__)

STORE = "store"
FILES = "files"
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0
_LOOK_EVERY_S = 10.0
_PATIENCE_S = 15.0
_MOST_EARLY = 1_000
_CLEAN_EVERY_S = 6 * 3_600.0


@dataclass(frozen=True, slots=True)
class Store:
    """All that is kept, once it can be used."""

    database: Database
    histories: Histories
    files: Files
    people: People
    logins: Logins
    keys: Keys
    ledger: Ledger
    counters: Counters


class Storing:
    """Opens the store once, whoever asks first.

    What cannot be reached at the start may come up later: with a `readiness` it is tried again by itself.
    Raises SettingsError where nothing could be kept with these settings, whatever answers.
    """

    def __init__(
        self,
        loaded: Loaded,
        readiness: Readiness | None = None,
        first_wait_s: float = _FIRST_WAIT_S,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        from vtai.storage import addresses
        from vtai.storage.files import blobs

        settings = loaded.settings
        addresses.check(settings.database_url)
        blobs.check(settings.files_url, settings.files_endpoint)
        self._loaded = loaded
        self._readiness = readiness
        self._first_wait_s = first_wait_s
        self._look_every_s = look_every_s
        self._trying: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[Store] | None = None
        self._caring: tuple[asyncio.Task[None], ...] = ()
        # What was spent before the store was open.
        self._early: deque[Spent] = deque(maxlen=_MOST_EARLY)

    @property
    def warm_ups(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What makes its parts ready. Files in the data folder are no part of their own."""
        return {STORE: self.warm} | ({FILES: self.try_files} if self._loaded.settings.files_url else {})

    async def ready(self) -> Store:
        """The store, once it is open. Raises StorageUnavailable or SettingsError; a later call tries anew."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self._open(), name="open the store")
        return await asyncio.shield(self._opening)

    async def warm(self) -> None:
        """Opens it. Raises what `ready` does; then it is tried again in the background."""
        await self._or_later(STORE, self._warm)

    async def try_files(self) -> None:
        """Whether files can be put, read and deleted. Raises as `warm` does; tried again as well."""
        await self._or_later(FILES, self._try_files)

    async def _warm(self) -> None:
        await self.ready()

    async def _try_files(self) -> None:
        from vtai.storage.files import blobs

        settings = self._loaded.settings
        await blobs.try_out(
            blobs.blobs_at(settings.files_url, settings.files_endpoint, self._loaded.data_dir)
        )

    async def _or_later(self, part: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except StorageUnavailable:
            if self._readiness is not None:
                task = asyncio.create_task(self._again(part, work, self._readiness), name=f"open the {part}")
                self._trying.add(task)
                task.add_done_callback(self._trying.discard)
            raise

    async def _again(self, part: str, work: Callable[[], Awaitable[None]], readiness: Readiness) -> None:
        """Tries until it works, each time after a longer wait. What it fails with is what the part says."""
        wait_s = self._first_wait_s
        while True:
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            try:
                await work()
            except VTError as error:
                readiness.mark_failed(part, error)
                logger.debug("%s: %s It is tried again in %.0f s.", part, error.message, wait_s)
            else:
                readiness.mark_ready(part)
                logger.info("%s: it can be used now.", part)
                return

    def spend(self, spent: Spent) -> None:
        """Writes down what a turn cost, as soon as that is possible."""
        store = self._opened()
        if store is None:
            self._early.append(spent)
        else:
            store.ledger.record(spent)

    def _opened(self) -> Store | None:
        opening = self._opening
        is_open = (
            opening is not None and opening.done() and not opening.cancelled() and not opening.exception()
        )
        return opening.result() if opening is not None and is_open else None

    async def aclose(self) -> None:
        """Writes what is still to be written, and closes the database."""
        for task in (trying := tuple(self._trying)):
            task.cancel()
        await asyncio.gather(*trying, return_exceptions=True)
        if self._opening is None:
            return
        store = (await asyncio.gather(self._opening, return_exceptions=True))[0]
        for task in self._caring:
            task.cancel()
        await asyncio.gather(*self._caring, return_exceptions=True)
        if isinstance(store, Store):
            await store.histories.aclose()
            await store.ledger.aclose()
            await store.database.aclose()

    async def _open(self) -> Store:
        store = await asyncio.to_thread(_made, self._loaded)
        try:
            await store.database.open()
        except BaseException:
            await store.database.aclose()
            raise
        while self._early:
            store.ledger.record(self._early.popleft())
        self._caring = (asyncio.create_task(_clean(store), name="clean up the store"),)
        if self._readiness is not None:
            # Whoever asked: it may have failed at the start.
            self._readiness.mark_ready(STORE)
            looking = self._look_after(store, self._readiness)
            self._caring += (asyncio.create_task(looking, name="look after the store"),)
        return store

    async def _look_after(self, store: Store, readiness: Readiness) -> None:
        """Notes when the database goes away and when it is back."""
        was_there = True
        while True:
            await asyncio.sleep(self._look_every_s)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await store.database.look()
                error: VTError | None = None
            except TimeoutError:
                error = StorageUnavailable("The store does not answer.", "See that its database runs.")
            except VTError as told:
                error = told
            if error is not None:
                readiness.mark_failed(STORE, error)
                if was_there:
                    logger.warning("the store cannot be used: %s", error.message)
            elif not was_there:
                readiness.mark_ready(STORE)
                logger.info("the store can be used again.")
            was_there = error is None


async def _clean(store: Store) -> None:
    """Marks answers that a crash cut off, deletes files that nothing refers to; now and from time to time."""
    while True:
        try:
            await store.histories.close_open()
            await store.files.sweep()
        except VTError as error:
            logger.warning("the store was not cleaned up: %s", error.message)
        await asyncio.sleep(_CLEAN_EVERY_S)


def _made(loaded: Loaded) -> Store:
    """All of it, not open yet. Takes some hundred milliseconds the first time: SQLAlchemy loads."""
    from vtai.storage.counters import SqlCounters
    from vtai.storage.database import Database
    from vtai.storage.files.blobs import blobs_at
    from vtai.storage.files.shelf import StoredFiles
    from vtai.storage.histories import SqlHistories
    from vtai.storage.keys import SqlKeys
    from vtai.storage.ledger import SqlLedger
    from vtai.storage.logins import SqlLogins
    from vtai.storage.people import SqlPeople

    settings = loaded.settings
    database = Database(settings.database_url, loaded.data_dir)
    blobs = blobs_at(settings.files_url, settings.files_endpoint, loaded.data_dir)
    return Store(
        database,
        SqlHistories(database),
        StoredFiles(database, blobs, quota_bytes=settings.files_quota_mb * 1_000_000),
        SqlPeople(database),
        SqlLogins(database, days=settings.sign_in_days, idle_days=settings.sign_in_idle_days),
        SqlKeys(database),
        SqlLedger(database),
        SqlCounters(database),
    )
