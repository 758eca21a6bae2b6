"""Backups of what this installation keeps: where all of it is, for those who copy it and bring it back."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from vtai import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from vtai.settings import Loaded
    from vtai.storage.backup.archive import Manifest
    from vtai.storage.backup.making import Places
    from vtai.storage.backup.restoring import Restored

# Its time is that of the newest backup.
_LAST: Final = "last-backup"


async def make(loaded: Loaded, path: Path, *, with_config: bool = False) -> Manifest:
    """Writes a backup to a new file. Raises BadArguments, StorageUnavailable, SettingsError."""
    from vtai.storage.backup import making

    async with _places(loaded) as places:
        manifest = await making.make(places, path, with_config=with_config)
    with contextlib.suppress(OSError):
        await asyncio.to_thread((loaded.data_dir / _LAST).touch)
    return manifest


def last(loaded: Loaded) -> float | None:
    """When the last one was made on this machine, in seconds since the epoch."""
    try:
        return (loaded.data_dir / _LAST).stat().st_mtime
    except OSError:
        return None


async def restore(loaded: Loaded, path: Path, *, with_config: bool = False) -> Restored:
    """Puts a backup in place of what there is. Raises BadBackup, NotConfigured, StorageUnavailable."""
    from vtai.storage.backup import restoring
    from vtai.storage.files.blobs import blobs_at

    settings = loaded.settings
    blobs = blobs_at(settings.files_url, settings.files_endpoint, loaded.data_dir)
    async with _places(loaded) as places:
        return await restoring.restore(places, blobs, path, with_config=with_config)


@asynccontextmanager
async def _places(loaded: Loaded) -> AsyncGenerator[Places, None]:
    from vtai.providers import corrections, notes
    from vtai.storage.backup.making import Places
    from vtai.storage.database import Database
    from vtai.storage.files.blobs import FOLDER

    settings = loaded.settings
    database = Database(settings.database_url, loaded.data_dir)
    try:
        if not database.is_sqlite:
            await database.open()
        yield Places(
            database,
            loaded.data_dir,
            loaded.config_dir,
            loaded.data_dir / FOLDER if settings.files_url is None else None,
            (notes.FILE_NAME, corrections.FILE_NAME),
            __version__,
        )
    finally:
        await database.aclose()
