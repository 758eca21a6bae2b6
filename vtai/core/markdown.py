"""Following Markdown as it streams: whether the text so far ends inside code."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ \t>]*(`{3,}(?=[^`]*$)|~{3,})")
_BACKTICKS = re.compile(r"`+")


class CodeTracker:
    """Takes text in pieces of any size and knows whether it ends in a fenced block or a code span.

    A span ends with its paragraph even when its closing backticks are missing; a fence does not. Code that is
    marked by indentation alone is not seen.
    """

    def __init__(self) -> None:
        self._line: list[str] = []
        self._fence = ""
        self._span = 0

    @property
    def is_open(self) -> bool:
        """Whether what comes next is code."""
        line = "".join(self._line)
        return bool(self._fence or _FENCE.match(line) or _span_after(line, self._span))

    def feed(self, text: str) -> CodeTracker:
        *ended, rest = text.split("\n")
        for line in ended:
            self._end_line("".join((*self._line, line)))
            self._line.clear()
        if rest:
            self._line.append(rest)
        return self

    def _end_line(self, line: str) -> None:
        if self._fence:
            marks = line.strip(" \t>\r")
            if len(marks) >= len(self._fence) and set(marks) == {self._fence[0]}:
                self._fence = ""
        elif fence := _FENCE.match(line):
            self._fence, self._span = fence.group(1), 0
        else:
            self._span = _span_after(line, self._span) if line.strip() else 0


def _span_after(line: str, span: int) -> int:
    """The length of the backticks of the span that is open after the line; 0 for none."""
    for run in _BACKTICKS.finditer(line):
        length = len(run.group())
        if span == 0:
            span = length
        elif span == length:
            span = 0
    return span
