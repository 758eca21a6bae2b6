"""What comes out of a session, made into events: output within its limits, figures, tables, the end of a run.

All of it is somebody else's code's word. Whatever does not have the agreed form raises Forged, and costs the
session its life.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from vtai.core.code import CodeError, CodeOutput
from vtai.core.events import TableReady
from vtai.providers.images.sizes import size_of
from vtai.providers.sandbox.engine import FileInfo, SandboxOptions

Stream = Literal["stdout", "stderr"]

MOST_FIGURES: Final = 8
MOST_PIXELS: Final = 40_000_000
MOST_FIGURE_BYTES: Final = 16 * 1024 * 1024
MOST_TABLES: Final = 20
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_TITLE, _MOST_CELL, _MOST_COLUMNS, _MOST_ROWS = 300, 300, 30, 50
_MOST_RESULT, _MOST_MESSAGE, _MOST_TRACEBACK, _MOST_NOTE, _MOST_NOTES = 24_000, 4_000, 8_000, 500, 10
_MOST_CHANGED, _MOST_NAME = 2_000, 1_024
_LARGEST_NUMBER = 1 << 53
# What a page or a terminal would act upon instead of showing it.
_CONTROLS = dict.fromkeys(code for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r")


class Forged(Exception):
    """What came is not what was agreed. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a run as the session tells it."""

    status: Literal["ok", "error", "memory"]
    result: str | None
    error: CodeError | None
    changed: tuple[FileInfo, ...]
    notes: tuple[str, ...]


def table(header: Mapping[str, Any]) -> TableReady:
    """Raises Forged."""
    columns = _texts(header.get("columns"), _MOST_COLUMNS, _MOST_CELL)
    rows = header.get("rows")
    if not isinstance(rows, list) or len(rows) > _MOST_ROWS:
        raise Forged("a table with wrong rows")
    cells = tuple(_texts(row, _MOST_COLUMNS, _MOST_CELL) for row in rows)
    if any(len(row) != len(columns) for row in cells):
        raise Forged("a table with uneven rows")
    total = _number(header.get("total_rows"))
    return TableReady(_text(header.get("title"), _MOST_TITLE), columns, cells, total)


def done(header: Mapping[str, Any]) -> Done:
    """Raises Forged."""
    status = header.get("status")
    if status not in ("ok", "error", "memory"):
        raise Forged("an end of no known kind")
    result = header.get("result")
    notes = list(_texts(header.get("notes", []), _MOST_NOTES, _MOST_NOTE))
    if left_out := _number(header.get("figures_left_out", 0)):
        notes.append(f"{left_out} more figures are left out; at most {MOST_FIGURES} are shown of one run.")
    changed = tuple(files(header.get("changed", [])))
    return Done(
        cast("Literal['ok', 'error', 'memory']", status),
        None if result is None else _text(result, _MOST_RESULT),
        _error(header.get("error")),
        changed,
        tuple(notes),
    )


def files(listed: object) -> list[FileInfo]:
    """Raises Forged."""
    if not isinstance(listed, list) or len(listed) > _MOST_CHANGED:
        raise Forged("a wrong list of files")
    found = []
    for entry in listed:
        if not isinstance(entry, dict):
            raise Forged("a file that is none")
        # The name is left as it is: it is asked for by it. `clean_name` makes it fit to be shown.
        name = entry.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= _MOST_NAME:
            raise Forged("a file without a name")
        found.append(FileInfo(name, _number(entry.get("size"))))
    return found


def refusal(header: Mapping[str, Any]) -> str | None:
    """Why a file was not put or taken; None where it was. Raises Forged."""
    error = header.get("error")
    return None if error is None else _text(error, _MOST_NOTE)


def figure(data: bytes) -> bytes | None:
    """The picture, by its beginning a PNG; None where it would be enormous when drawn. Raises Forged."""
    size = size_of(data) if data.startswith(_PNG) else None
    if size is None:
        raise Forged("a figure that is no PNG")
    return data if size[0] * size[1] <= MOST_PIXELS else None


@dataclass(slots=True)
class Printed:
    """What a run prints: pieces for people as they come, the beginning and the end for the model."""

    options: SandboxOptions
    total_bytes: int = 0
    _shown_bytes: int = 0
    _pending: list[CodeOutput] = field(default_factory=list)
    _heads: dict[Stream, bytearray] = field(default_factory=dict)
    _tails: dict[Stream, bytearray] = field(default_factory=dict)
    _sizes: dict[Stream, int] = field(default_factory=dict)
    _decoders: dict[Stream, codecs.IncrementalDecoder] = field(default_factory=dict)

    @property
    def is_too_much(self) -> bool:
        return self.total_bytes > self.options.most_output_bytes

    def feed(self, stream: Stream, data: bytes) -> None:
        """Takes a portion, as it came from the pipe."""
        self.total_bytes += len(data)
        self._sizes[stream] = self._sizes.get(stream, 0) + len(data)
        self._keep(stream, data)
        room = self.options.shown_output_bytes - self._shown_bytes
        if room <= 0:
            return
        self._shown_bytes += len(data[:room])
        decoder = self._decoders.setdefault(stream, codecs.getincrementaldecoder("utf-8")("replace"))
        text = shown(decoder.decode(data[:room]))
        if self._pending and self._pending[-1].stream == stream:
            text = self._pending.pop().text + text
        if text:
            self._pending.append(CodeOutput(stream, text))

    def take(self) -> list[CodeOutput]:
        """The pieces since the last time."""
        pieces, self._pending = self._pending, []
        return pieces

    def for_model(self) -> tuple[str, str, tuple[str, ...]]:
        """stdout, stderr, and what is to be said of them."""
        budget = self.options.model_output_bytes
        sizes = {stream: self._sizes.get(stream, 0) for stream in ("stdout", "stderr")}
        errors = min(sizes["stderr"], max(budget // 4, budget - sizes["stdout"]))
        texts = self._cut("stdout", budget - errors), self._cut("stderr", errors)
        notes = []
        if self.total_bytes > budget:
            notes.append(
                f"{self.total_bytes:,} bytes were printed; of what is longer the middle is left out here."
            )
        if self.total_bytes > self.options.shown_output_bytes:
            notes.append("The person was shown the beginning of the output only.")
        return *texts, tuple(notes)

    def _keep(self, stream: Stream, data: bytes) -> None:
        budget = self.options.model_output_bytes
        head = self._heads.setdefault(stream, bytearray())
        room = budget - len(head)
        head += data[:room]
        tail = self._tails.setdefault(stream, bytearray())
        tail += data[-budget:]
        del tail[:-budget]

    def _cut(self, stream: Stream, most: int) -> str:
        size = self._sizes.get(stream, 0)
        head = bytes(self._heads.get(stream, b""))
        if size <= most:
            return shown(head.decode("utf-8", "replace"))
        half = most // 2
        begin = head[:half].decode("utf-8", "ignore")
        end = bytes(self._tails[stream][-half:]).decode("utf-8", "ignore") if half else ""
        return shown(f"{begin}\n[... {size - 2 * half:,} bytes are left out ...]\n{end}")


def shown(text: str) -> str:
    """The text without what would be acted upon, and as proper Unicode."""
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")


def _error(said: object) -> CodeError | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise Forged("an error that is none")
    return CodeError(
        _text(said.get("type"), _MOST_TITLE),
        _text(said.get("message"), _MOST_MESSAGE),
        _text(said.get("traceback", ""), _MOST_TRACEBACK),
    )


def _text(said: object, most: int) -> str:
    if not isinstance(said, str) or len(said) > most:
        raise Forged("a text that is none, or too long")
    return shown(said)


def _texts(said: object, most: int, most_each: int) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > most:
        raise Forged("a list that is none, or too long")
    return tuple(_text(entry, most_each) for entry in said)


def _number(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= _LARGEST_NUMBER:
        raise Forged("a number that is none")
    return said
