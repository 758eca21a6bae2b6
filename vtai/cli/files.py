"""Files that go along with a message, and files that an answer leaves behind."""

from __future__ import annotations

import mimetypes
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from vtai.core.errors import BadAttachment, VTError
from vtai.core.events import FileReady
from vtai.core.messages import Attachment

_MAX_NAME = 100
# Neither separators, drive letters and wildcards nor anything that is not seen.
_UNSAFE = re.compile(r"[^\w.\- ]+")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))}
)


def attach(paths: Sequence[Path], max_bytes: int, max_files: int) -> tuple[Attachment, ...]:
    """The files as attachments. Raises BadAttachment naming the one that cannot be taken, and why."""
    if len(paths) > max_files:
        raise BadAttachment(
            f"{len(paths)} files are too many for one message.",
            f"Send at most {max_files}, or raise the setting max_upload_files.",
        )
    return tuple(_attachment(path, max_bytes) for path in paths)


def save(file: FileReady, folder: Path) -> Path:
    """Writes the file under a safe name that nothing has yet, and returns where it is. Raises VTError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in _free_names(folder, safe_name(file.name)):
            try:
                with path.open("xb") as handle:
                    handle.write(file.data)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise VTError(
            f"{file.name!r} cannot be written to {folder}: {error.strerror}.",
            "Name another folder with --out.",
        ) from error
    raise VTError(f"{folder} has too many files called {file.name!r}.", "Name another folder with --out.")


def safe_name(name: str) -> str:
    """A file name made from a stranger's: no folders, no hidden file, no device, of bounded length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = _UNSAFE.sub("_", last).strip(". ")
    path = Path(cleaned or "file")
    stem, suffix = path.stem, path.suffix[:20]
    if stem.lower() in _RESERVED:
        stem = f"_{stem}"
    return stem[: _MAX_NAME - len(suffix)] + suffix


def _attachment(path: Path, max_bytes: int) -> Attachment:
    try:
        about = path.stat()
        if stat.S_ISREG(about.st_mode):
            path.open("rb").close()
    except OSError as error:
        raise BadAttachment(
            f"{str(path)!r} cannot be read: {error.strerror}.", "Check the path given to --file."
        ) from error
    if not stat.S_ISREG(about.st_mode):
        raise BadAttachment(f"{str(path)!r} is not a file.", "Check the path given to --file.")
    if about.st_size > max_bytes:
        raise BadAttachment(
            f"{str(path)!r} is larger than {max_bytes // 1_000_000} MB.",
            "Send a smaller file, or raise the setting max_upload_mb.",
        )
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Attachment(path.name, media_type, path.absolute(), about.st_size)


def _free_names(folder: Path, name: str) -> list[Path]:
    path = Path(name)
    return [folder / name] + [folder / f"{path.stem}-{number}{path.suffix}" for number in range(2, 1000)]
