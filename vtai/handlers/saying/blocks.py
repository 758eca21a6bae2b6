"""Markdown as it streams, told apart into prose, code, tables and formulas. Not how they are said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Prose:
    """A piece of the running paragraph, with its marks."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """A paragraph, heading or list item is over. `number` is that of the item which begins, if it has one."""

    kind: Literal["paragraph", "item"] = "paragraph"
    number: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    lines: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as they are written; the first row is the headings."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula on lines of its own, in TeX."""

    text: str


Part = Prose | End | Code | Table | Formula

_QUOTE = re.compile(r"^[ \t]{0,3}>[ \t]?(?:>[ \t]?)*")
_FENCE = re.compile(r"^[ \t]*(`{3,}(?=[^`]*$)|~{3,})[ \t]*([^\s`{]*)")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|(\d{1,3})[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_RULE = re.compile(r"^[ \t]{0,3}(?:(?:[-*_][ \t]*){3,}|=+[ \t]*)$")
_ROW_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$")
_DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\]]+\]:(?:\s|$)")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_BAR = re.compile(r"(?<!\\)\|")
_FORMULA = re.compile(r"^[ \t]*(\$\$|\\\[)(.*)$")
_CLOSERS: Final = {"$$": "$$", "\\[": "\\]"}
# What a line may begin with while it is not yet known what it is.
_UNDECIDED = re.compile(r"^[ \t]*(?:[-*_+=#>~`•|<\\$:]|\d{1,3}[.)]?|\[[ xX]?\]?|[ \t])*$")
# Shorter beginnings of a line wait: they could be the headings of a table.
_LEAST_BEGINNING: Final = 20
_LONGEST_BEGINNING: Final = 200
_MOST_ROWS: Final = 2_000


class Blocks:
    """Takes Markdown in pieces of any size. Prose comes as it is; a block that is open is held back."""

    def __init__(self) -> None:
        self._line = ""
        self._given = 0
        self._open: Literal["", "fence", "table", "formula", "comment", "indented"] = ""
        self._fence = ""
        self._language = ""
        self._kept: list[str] = []
        self._lines = 0
        self._heading_row: str | None = None
        self._is_after_blank = True
        self._is_in_list = False

    def feed(self, text: str) -> Iterator[Part]:
        *ended, rest = (self._line + text.replace("\r", "")).split("\n")
        for line in ended:
            yield from self._take(line)
        self._line = rest
        if self._is_prose_so_far(rest):
            start = self._given
            if not start:
                start = len(rest) - len(self._unmarked(rest))
                yield from self._before_prose(rest)
            yield Prose(rest[start:])
            self._given = len(rest)

    def finish(self) -> Iterator[Part]:
        """What was held back, when the text is over."""
        if self._line:
            yield from self._take(self._line)
            self._line = ""
        yield from self._release_row()
        yield from self._close()
        yield End()

    def _is_prose_so_far(self, line: str) -> bool:
        if self._given:
            return len(line) > self._given
        if self._open or self._heading_row is not None or len(line) < _LEAST_BEGINNING:
            return False
        bare = _QUOTE.sub("", line)
        is_held = (
            "|" in bare
            or bare.startswith(("    ", "\t", "<!--"))
            or (len(bare) < _LONGEST_BEGINNING and _UNDECIDED.match(bare))
            or re.match(r"[ \t]*(?:\[[^\]]{0,200}(?:\]:?)?$|\[[^\]]{1,200}\]:|`{3}|~{3}|\$\$|\\\[|#)", bare)
        )
        return not is_held

    def _take(self, line: str) -> Iterator[Part]:
        """One line that is over."""
        if self._given:
            given, self._given = self._given, 0
            yield Prose(line[given:] + "\n")
            self._is_after_blank = False
            return
        if self._open:
            is_used = self._continue(line)
            if not (is_used and self._is_open):
                yield from self._close()
            if is_used:
                return
        yield from self._begin(_QUOTE.sub("", line))

    @property
    def _is_open(self) -> bool:
        return bool(self._open)

    def _continue(self, line: str) -> bool:
        """Whether the line belongs to the open block; one that ends with it is no longer open."""
        match self._open:
            case "fence":
                marks = line.strip(" \t>")
                if len(marks) >= len(self._fence) and set(marks) == {self._fence[0]}:
                    self._open = ""
                else:
                    self._lines += 1
            case "formula":
                before, mark, _ = line.partition(self._fence)
                self._kept.append(before)
                self._open = "" if mark else "formula"
            case "comment":
                self._open = "" if "-->" in line else "comment"
            case "table":
                row = _QUOTE.sub("", line)
                if not _BAR.search(row):
                    return False
                if len(self._kept) < _MOST_ROWS:
                    self._kept.append(row)
            case _:
                if line.strip() and not _INDENTED.match(line):
                    return False
                self._lines += bool(line.strip())
        return True

    def _close(self) -> Iterator[Part]:
        """The block that is over, whichever it was."""
        if self._fence and self._fence[0] in "`~":
            yield Code(self._language, self._lines)
        elif self._fence:
            yield Formula(" ".join(self._kept).strip())
        elif self._open == "indented":
            yield Code("", self._lines)
        elif self._kept:
            yield Table(tuple(_cells(row) for row in self._kept))
        self._open, self._fence, self._language, self._lines, self._kept = "", "", "", 0, []
        self._is_after_blank = True

    def _begin(self, line: str) -> Iterator[Part]:
        """A line outside of any block."""
        if self._heading_row is not None and _ROW_RULE.match(line) and "-" in line:
            self._open, self._kept, self._heading_row = "table", [self._heading_row], None
            yield End()
            return
        yield from self._release_row()
        if not line.strip():
            self._is_after_blank = True
            yield End()
        elif self._opens(line):
            yield End()
            if self._fence and not self._open:
                yield from self._close()
        elif heading := _HEADING.match(line):
            self._is_in_list = False
            yield from (End(), Prose(heading[1] or ""), End())
        elif _RULE.match(line) or _DEFINITION.match(line):
            yield End()
        elif _BAR.search(line) and not _ITEM.match(line):
            self._heading_row = line
        else:
            yield from self._before_prose(line)
            yield Prose(self._unmarked(line) + "\n")
            self._is_after_blank = False

    def _opens(self, line: str) -> bool:
        """Whether a block begins, which is remembered then."""
        if fence := _FENCE.match(line):
            self._open, self._fence, self._language = "fence", fence[1], fence[2]
        elif formula := _FORMULA.match(line):
            self._fence = _CLOSERS[formula[1]]
            before, mark, _ = formula[2].partition(self._fence)
            self._open, self._kept = "" if mark else "formula", [before]
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            self._open = "comment"
        elif (
            _INDENTED.match(line) and self._is_after_blank and not self._is_in_list and not _ITEM.match(line)
        ):
            self._open, self._lines = "indented", 1
        else:
            return False
        return True

    def _before_prose(self, line: str) -> Iterator[Part]:
        """The end of what was before, where a list item begins."""
        if item := _ITEM.match(_QUOTE.sub("", line)):
            yield End("item", item[1] or "")
            self._is_in_list = True
        elif self._is_after_blank and not line.startswith((" ", "\t")):
            self._is_in_list = False

    def _release_row(self) -> Iterator[Part]:
        """A line with bars that no table followed."""
        if self._heading_row is not None:
            row, self._heading_row = self._heading_row, None
            yield Prose(", ".join(cell for cell in _cells(row) if cell) + "\n")
            self._is_after_blank = False

    @staticmethod
    def _unmarked(line: str) -> str:
        """The line without the marks of quotations and lists in front."""
        line = _QUOTE.sub("", line)
        return line[item.end() :] if (item := _ITEM.match(line)) else line


def _cells(row: str) -> tuple[str, ...]:
    row = re.sub(r"^[ \t]*\||(?<!\\)\|[ \t]*$", "", row)
    return tuple(cell.strip().replace("\\|", "|") for cell in _BAR.split(row))
