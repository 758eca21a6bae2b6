"""The file that is being read, as the modules for each format see it, and what they hand back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vtai.core.documents import Passage
from vtai.core.errors import BadAttachment
from vtai.providers.reading.limits import Limits

HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence on what was left out or read in another way."""

    text: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A page that is a picture: its words are yet to be recognised. `number` counts from 1."""

    number: int


Piece = Passage | Note | Scan


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is for people and for its suffix, `path` for us. `head` are the first bytes."""

    name: str
    path: Path
    media_type: str = ""
    limits: Limits = field(default_factory=Limits)
    head: bytes = b""
    size_bytes: int = 0

    @classmethod
    def opened(cls, name: str, path: Path, media_type: str, limits: Limits) -> Source:
        """Raises BadAttachment where it is gone or empty."""
        gone = BadAttachment(f"{name} is no longer there.", "Attach it again.")
        # A pipe would never end, and a device never stop.
        if not path.is_file():
            raise gone
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
            size_bytes = path.stat().st_size
        except OSError as error:
            raise gone from error
        if not head:
            raise BadAttachment(f"{name} is empty.", "Choose another file.")
        return cls(name, path.absolute(), media_type, limits, head, size_bytes)

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix.lower()


Pieces = Callable[[Source], Iterator[Piece]]


def locked(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} is protected with a password.", "Save a copy without the password and attach that."
    )


def damaged(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} could not be read: it is damaged, or not what its name says.",
        "Open and save it again with the program it comes from, or send it in another format.",
    )


def unread(name: str, what: str, hint: str) -> BadAttachment:
    """For a kind of file that nothing here reads: `what` as in "is a picture"."""
    return BadAttachment(f"{name} {what}.", hint)
