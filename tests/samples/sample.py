"""What a maker hands out: a file and the facts that whoever reads it must find, and where."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vtai.core.documents import Document
from vtai.core.messages import Attachment

_RANGE = re.compile(r"\b(lines?|rows?) (\d[\d,]*)(?:\s*[-\u2013]\s*(\d[\d,]*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Needle:
    """A fact in a file. `place` is a pattern that the place of its passage holds, "" for any.

    `number` is the line or row it stands on, counted from 1 with headings; 0 where nobody counts.
    """

    text: str
    place: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A file. `absent` is what no reader should hand on; `noted` are patterns that one of the notes holds."""

    name: str
    data: bytes
    needles: tuple[Needle, ...]
    absent: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"

    def saved(self, folder: Path) -> Attachment:
        """The file on disk, under a name that says nothing."""
        path = folder / "upload.bin"
        path.write_bytes(self.data)
        return Attachment(self.name, self.media_type, path, len(self.data))


Maker = Callable[[], Sample]


def plain(text: str) -> str:
    """Without line breaks and runs of spaces: how a fact reads, not how it is laid out."""
    return " ".join(text.replace("\u00ad", "").split())


def missing(document: Document, sample: Sample) -> list[str]:
    """What is wrong with a reading of a sample, in words; empty where all is well."""
    faults = [fault for needle in sample.needles if (fault := _fault(document, needle))]
    whole = plain(" ".join(passage.text for passage in document.passages))
    faults += [f"should not be there: {text!r}" for text in sample.absent if text in whole]
    notes = "\n".join(document.notes)
    faults += [
        f"no note about {pattern!r} in {document.notes}"
        for pattern in sample.noted
        if not re.search(pattern, notes, re.IGNORECASE)
    ]
    return faults


def _fault(document: Document, needle: Needle) -> str:
    wanted = plain(needle.text)
    places = [passage.place for passage in document.passages if wanted in plain(passage.text)]
    if not places:
        return f"not found: {needle.text!r}"
    if not any(re.search(needle.place, place, re.IGNORECASE) for place in places):
        return f"{needle.text!r} should be at {needle.place!r} but is at {places}"
    if needle.number and not any(_holds(place, needle.number) for place in places):
        return f"{needle.text!r} is number {needle.number} but is at {places}"
    return ""


def _holds(place: str, number: int) -> bool:
    """Whether the lines or rows that a place speaks of hold this one; a place that names none holds all."""
    if (found := _RANGE.search(place)) is None:
        return True
    first = int(found[2].replace(",", ""))
    last = int((found[3] or found[2]).replace(",", ""))
    return first <= number <= last
