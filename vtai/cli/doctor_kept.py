"""What `vtai doctor` says of what is kept: the database, files, backups. Nothing is changed by looking."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, assert_never

from vtai.cli.findings import Finding, State, wrong
from vtai.core.errors import VTError
from vtai.settings import masking

if TYPE_CHECKING:
    from vtai.settings import Loaded
    from vtai.storage.database import Database
    from vtai.storage.looking import Look

_DAY_S: Final = 86_400
# A backup that is older is a warning.
_STALE_DAYS: Final = 7


async def findings(loaded: Loaded) -> Sequence[Finding]:
    """One for each."""
    return [await _database(loaded), await _files(loaded), _backups(loaded)]


@asynccontextmanager
async def database(loaded: Loaded) -> AsyncGenerator[Database, None]:
    """The one of the settings, not open yet. Raises SettingsError."""
    from vtai.storage.database import Database

    made = Database(loaded.settings.database_url, loaded.data_dir)
    try:
        yield made
    finally:
        await made.aclose()


async def _database(loaded: Loaded) -> Finding:
    from vtai.storage.looking import look

    url = loaded.settings.database_url
    where = f" at {masking.place(url.get_secret_value())}" if url is not None else ""
    try:
        async with database(loaded) as made:
            seen = await look(made)
    except VTError as error:
        found = wrong("database", error, is_vital=True)
        return Finding(found.state, found.subject, f"{found.text.rstrip('.')}{where}", found.fix, True)
    state, told, fix = _tables(seen)
    unused = "" if loaded.settings.history else "; conversations are not kept, as VT_HISTORY is off"
    text = f"{seen.kind}{where}, {told}{unused}"
    return Finding(state, "database", text, fix, is_vital=state == "bad")


def _tables(seen: Look) -> tuple[State, str, str]:
    """How it is, what is said of it, and what to do."""
    size = f"{seen.size_bytes / 1e6:,.1f} MB"
    match seen.tables:
        case "none":
            return "good", "empty; the first start makes its tables", ""
        case "current":
            return "good", f"{size}, tables up to date", ""
        case "older":
            fix = "Take a backup with `vtai backup FILE`; the next start brings them up to date."
            return "poor", f"{size}, tables of an older version", fix
        case "newer":
            fix = "Install the newer version again, or restore a backup of this one."
            return "bad", f"{size}, tables of a newer version of VT.ai", fix
        case _:
            assert_never(seen.tables)


async def _files(loaded: Loaded) -> Finding:
    from vtai.storage.files import blobs

    settings = loaded.settings
    if settings.files_url is None and not loaded.data_dir.exists():
        return Finding("good", "files", "in the data folder, which the first start makes")
    at = f" at {masking.masked(settings.files_endpoint)}" if settings.files_endpoint else ""
    where = f"{masking.masked(settings.files_url)}{at}" if settings.files_url else "in the data folder"
    try:
        await blobs.try_out(blobs.blobs_at(settings.files_url, settings.files_endpoint, loaded.data_dir))
    except VTError as error:
        return Finding("bad", "files", f"{where}: {error.message}", error.hint)
    return Finding("good", "files", f"{where}; one was written, read and deleted")


def _backups(loaded: Loaded) -> Finding:
    from vtai.wiring import backups

    made_at = backups.last(loaded)
    if made_at is None:
        return Finding("off", "backups", "none was made yet", "vtai backup FILE")
    days = int((time.time() - made_at) // _DAY_S)
    told = "the last one was made " + ("today" if days < 1 else f"{days} day{'s' if days > 1 else ''} ago")
    if days > _STALE_DAYS:
        return Finding("poor", "backups", told, "vtai backup FILE, best each night")
    return Finding("good", "backups", told)
