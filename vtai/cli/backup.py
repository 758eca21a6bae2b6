"""`vtai backup` and `vtai restore`: everything that is kept, as one file and back. The server may run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vtai.cli import kept, running, typing_in
from vtai.core.errors import NotConfigured

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.storage.backup.archive import Manifest


def make(parts: Parts, path: Path, *, with_config: bool = False) -> None:
    """Writes a backup and says what is in it. Raises VTError."""
    from vtai.wiring import backups

    path = path.expanduser().absolute()
    manifest = running.finish(backups.make(running.load(), path, with_config=with_config))
    parts.terminal.line(f"{path.name}: {_told(manifest)}, {_size(path.stat().st_size)}.")
    if manifest.missing:
        parts.terminal.aside(f"Files that were not there any more: {manifest.missing}.")
    if not manifest.has_files:
        parts.terminal.aside("Files are in the store that VT_FILES_URL names, and not in the backup.")
    if with_config:
        parts.terminal.aside("The keys of vendors are in it: keep it as safe as them.")
    else:
        parts.terminal.aside("The configuration and keys of vendors are not in it; --with-config adds them.")


def restore(parts: Parts, path: Path, *, with_config: bool = False, is_sure: bool = False) -> bool:
    """Puts a backup in place of what there is. False where that was not wanted after all. Raises VTError."""
    from vtai.wiring import backups

    loaded = running.load()
    question = "Put the backup in place of everything that is kept here? What came later is lost."
    if not is_sure and not typing_in.confirm(parts, question):
        return False
    path = path.expanduser().absolute()
    if path.is_dir():
        raise NotConfigured("That is a folder.", "Name a file that `vtai backup` made.")
    restored = running.finish(backups.restore(loaded, path, with_config=with_config))
    manifest = restored.manifest
    parts.terminal.line(f"Back to {kept.when(manifest.made_at)}: {_told(manifest)}.")
    if restored.was_damaged:
        parts.terminal.aside("The damaged database was moved aside. Start the server again if it runs.")
    parts.terminal.aside("A running server uses it from now on; open pages should be loaded again.")
    parts.terminal.aside("Keys and sign-ins are as they were: end again what was ended since.")
    if with_config:
        parts.terminal.aside("The configuration counts from the next start.")
    return True


def _told(manifest: Manifest) -> str:
    counts = manifest.counts
    files = counts.get("files", 0) - manifest.missing if manifest.has_files else 0
    numbers = (
        (counts.get("conversations", 0), "conversation"),
        (counts.get("people", 0), "account"),
        (files, "file"),
    )
    return ", ".join(f"{number:,} {what}{'' if number == 1 else 's'}" for number, what in numbers)


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"
