"""Giving what one person keeps to another one, wherever it is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vtai.core.history import Adopted
    from vtai.wiring.storing import Store


@dataclass(frozen=True, slots=True)
class Given:
    """How much it was. Notes and corrections are kept on this machine, apart from the rest."""

    kept: Adopted
    notes: int
    corrections: int


async def adopt(store: Store, data_dir: Path, source: str, target: str) -> Given:
    """Gives all of it; again, the rest of it. Raises VTError: what the database keeps goes all or not."""
    from vtai.providers.corrections import FileCorrections
    from vtai.providers.notes import FileNotes
    from vtai.storage import adopting

    now = time.time()
    kept = await store.database.write(lambda connection: adopting.adopt(connection, source, target, now))
    notes, corrections = FileNotes(data_dir), FileCorrections(data_dir)
    try:
        return Given(kept, await notes.give(source, target), await corrections.give(source, target))
    finally:
        await notes.close()
        await corrections.close()
