"""What keeps things. Opened in the background: loading it and bringing its tables up to date takes time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtai.core.errors import VTError

if TYPE_CHECKING:
    from vtai.core.ports import Files, Histories, Keys, Ledger, Logins, People
    from vtai.core.ports.counting import Counters
    from vtai.core.spending import Spent
    from vtai.settings import Loaded
    from vtai.storage.database import Database

logger = logging.getLogger(__name__)

STORE = "store"
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
    """Opens the store once, whoever asks first."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._opening: asyncio.Task[Store] | None = None
        self._cleaning: asyncio.Task[None] | None = None
        # What was spent before the store was open.
        self._early: deque[Spent] = deque(maxlen=_MOST_EARLY)

    async def ready(self) -> Store:
        """The store, once it is open. Raises StorageUnavailable or SettingsError; a later call tries anew."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self._open(), name="open the store")
        return await asyncio.shield(self._opening)

    async def warm(self) -> None:
        await self.ready()

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
        if self._opening is None:
            return
        store = (await asyncio.gather(self._opening, return_exceptions=True))[0]
        if self._cleaning is not None:
            self._cleaning.cancel()
            await asyncio.gather(self._cleaning, return_exceptions=True)
        if isinstance(store, Store):
            await store.histories.aclose()
            await store.ledger.aclose()
            await store.database.aclose()

    async def _open(self) -> Store:
        store = await asyncio.to_thread(_made, self._loaded)
        await store.database.open()
        while self._early:
            store.ledger.record(self._early.popleft())
        self._cleaning = asyncio.create_task(_clean(store), name="clean up the store")
        return store


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
