"""A file that is made to do harm, and what must become of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vtai.core.documents import Document
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.core.ports import Reader

_PAGE_BYTES = 4_096
# What a person should never read: places on the server, and the words of a program.
_INTERNAL = re.compile(
    r"/(?:tmp|work|home|usr|proc|etc)\b|upload\.bin|Traceback|Errno|\w+Error\b|0x[0-9a-f]{6}|<class"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """`write` puts the file at a path. `said`: a pattern that the refusal or one of the notes holds."""

    name: str
    write: Callable[[Path], None]
    said: str = ""

    def planted(self, folder: Path) -> Attachment:
        path = folder / "upload.bin"
        self.write(path)
        return Attachment(self.name, "application/octet-stream", path, path.stat().st_size)


def saved(make: Callable[..., bytes], *arguments: object) -> Callable[[Path], None]:
    """What writes that to a path, made when it is wanted."""

    def write(path: Path) -> None:
        path.write_bytes(make(*arguments))

    return write


async def outcome(reader: Reader, file: Attachment) -> Document | BadAttachment:
    """What is read, or why not; any other error passes."""
    try:
        return await reader.read(file)
    except BadAttachment as refused:
        return refused


def faults(got: Document | BadAttachment, name: str, said: str = "") -> list[str]:
    """What people should not have to read of this outcome; empty where all is well."""
    told = got.notes if isinstance(got, Document) else (got.message, got.hint)
    found = [f"not for people: {text}" for text in told if _INTERNAL.search(text)]
    if isinstance(got, BadAttachment):
        found += [f"does not name the file: {got.message}"] * (not got.message.startswith(name))
        found += ["nothing to do next"] * (not got.hint)
    if said and not re.search(said, " ".join(told)):
        found.append(f"does not say {said!r}: {told}")
    return found


def memory_bytes() -> int:
    """What this process holds now; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * _PAGE_BYTES
