"""Folders for what is not finished yet, on the disk where it is to be."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from vtai.core.errors import StorageUnavailable

_PREFIX: Final = ".vtai-unfinished-"
_DAY_S: Final = 86_400.0


@asynccontextmanager
async def aside(folder: Path) -> AsyncGenerator[Path, None]:
    """A new folder in this one, gone at the end; so is one that a crash left. Raises StorageUnavailable."""
    try:
        made = await asyncio.to_thread(_made, folder)
    except OSError as error:
        raise StorageUnavailable(
            "The folder cannot be written.", "Make it writable, or name another one."
        ) from error
    try:
        yield made
    finally:
        await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)


def _made(folder: Path) -> Path:
    for old in folder.glob(f"{_PREFIX}*"):
        if old.stat().st_mtime < time.time() - _DAY_S:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
