"""The work on a document that happens in a child process: telling what it is, and reading it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from vtai.core.documents import Passage
from vtai.core.errors import BadAttachment
from vtai.providers.reading import kinds, pdf
from vtai.providers.reading.limits import Limits
from vtai.providers.reading.source import Note, Piece, Scan, Source

# Which module reads a kind, and its function.
_READERS: dict[kinds.FileKind, tuple[str, str]] = {
    "pdf": ("pdf", "read"),
    "word": ("word", "read"),
    "sheets": ("sheets", "read"),
    "slides": ("slides", "read"),
    "book": ("books", "read"),
    "opendocument": ("opendocument", "read"),
    "archive": ("archives", "read"),
    "rich_text": ("rich_text", "read"),
    "database": ("databases", "read"),
    "notebook": ("notebooks", "read"),
    "mail": ("mail", "read"),
    "html": ("markup", "read"),
    "xml": ("text_files", "read_xml"),
    "json": ("text_files", "read_json"),
    "table": ("tables", "read"),
    "text": ("text_files", "read"),
}


def read(_payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Reads the file at `options["path"]`: {"kind", "scans"}, and JSON with "passages" and "notes".

    A passage is [place, text]. `scans` are [index, page]: what is recognised on that page belongs before the
    passage of that index. Further options: `name`, `media_type`, `limits`. Raises BadAttachment.
    """
    source = _source(options)
    kind = kinds.told(source)
    module, function = _READERS[kind]
    reader = getattr(import_module(f"vtai.providers.reading.{module}"), function)
    gathered = _Gathered(source.limits)
    gathered.take(reader(source))
    if mismatch := kinds.mismatch(source, kind):
        gathered.notes.insert(0, mismatch)
    if not gathered.passages and not gathered.scans:
        raise BadAttachment(
            " ".join([f"{source.name} holds no text that can be read.", *gathered.notes]),
            "Attach another file, or a picture of what you see in it.",
        )
    document = {"passages": gathered.passages, "notes": gathered.notes}
    return {"kind": kind, "scans": gathered.scans}, json.dumps(document, ensure_ascii=False).encode(
        "utf-8", "replace"
    )


def page(_payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A PNG of the page `options["page"]` of a PDF file; the other options as for `read`."""
    return {}, pdf.picture(_source(options), options["page"])


def _source(options: dict[str, Any]) -> Source:
    limits = Limits.from_options(options["limits"])
    return Source.opened(options["name"], Path(options["path"]), options.get("media_type", ""), limits)


class _Gathered:
    """What has been read so far, within the limits."""

    def __init__(self, limits: Limits) -> None:
        self.passages: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.scans: list[tuple[int, int]] = []
        self._characters = 0
        self._limits = limits
        self._began = time.monotonic()

    def take(self, pieces: Iterator[Piece]) -> None:
        """Takes pieces until there are no more, or a limit is reached; then a note says where."""
        for piece in pieces:
            match piece:
                case Note(text):
                    self.notes.append(text)
                case Scan(number):
                    self.scans.append((len(self.passages), number))
                case Passage(place, text):
                    if stop := self._stop(len(text)):
                        self.notes.append(self._left_out(stop))
                        return
                    self._characters += len(text)
                    self.passages.append((place, text))

    def _stop(self, more: int) -> str | None:
        if self._characters + more > self._limits.characters:
            return f"{self._limits.characters:,} characters"
        if time.monotonic() - self._began > self._limits.seconds:
            return f"{self._limits.seconds:g} seconds of reading"
        return None

    def _left_out(self, limit: str) -> str:
        if not self.passages:
            return f"The limit of {limit} was reached at once; all of it was left out."
        return f"Read up to {self.passages[-1][0]}; the rest was left out: the limit is {limit}."
