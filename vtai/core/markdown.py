"""Following Markdown as it streams: what of it is code."""

from __future__ import annotations

import re

_FENCE = re.compile(r"([ \t>]*)(`{3,}(?=[^`]*$)|~{3,})")
_BACKTICKS = re.compile(r"`+")
# The first that begins counts: an escaped sign, a span, perhaps a tag or an address, backticks without end.
_TAG, _ADDRESS = r"<[a-z/!?][^>]*>?|", r"\]\([^()]*\)?|"
_READINGS = [
    re.compile(
        rf"\\.|(?P<marks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)|{others}`+", re.IGNORECASE | re.DOTALL
    )
    for others in ("", _TAG, _ADDRESS, _TAG + _ADDRESS)
]


def in_code_span(text: str, at: int) -> bool:
    """Whether this place of a paragraph is in a code span (CommonMark 0.31.2, section 6.1).

    Only where that holds whether or not what looks like a tag or an address before it is one.
    """
    return all(
        any(found.start("code") <= at < found.end("code") for found in reading.finditer(text))
        for reading in _READINGS
    )


class CodeTracker:
    """Takes text in pieces of any size and knows whether it ends in a fenced block or a code span.

    A span ends with its paragraph even when its closing backticks are missing, a fence with its quotation.
    Code that is marked by indentation alone is not seen.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._fence = ""
        self._is_quoted = False
        self._span = 0

    @property
    def line(self) -> str:
        """The last line so far."""
        return "".join(self._line)

    @property
    def paragraph(self) -> str:
        """The lines of the last paragraph before the last line, with their ends."""
        return "".join(self._lines)

    @property
    def in_fence(self) -> bool:
        """Whether what comes next is in a fenced block, its first line apart."""
        return self._fence_holds(self.line)

    @property
    def in_span(self) -> bool:
        """Whether backticks in the paragraph are open that are no fence."""
        return not self.in_fence and _span_after(self.line, self._span) > 0

    @property
    def is_open(self) -> bool:
        """Whether what comes next is code."""
        return self.in_fence or self.in_span or bool(_FENCE.match(self.line))

    def feed(self, text: str) -> CodeTracker:
        *ended, rest = text.split("\n")
        for line in ended:
            self._end_line("".join((*self._line, line)))
            self._line.clear()
        if rest:
            self._line.append(rest)
        return self

    def _fence_holds(self, line: str) -> bool:
        return bool(self._fence) and (not self._is_quoted or line.lstrip(" \t").startswith(">"))

    def _end_line(self, line: str) -> None:
        if not self._fence_holds(line):
            self._fence = ""
        if self._fence:
            marks = line.strip(" \t>\r")
            if len(marks) >= len(self._fence) and set(marks) == {self._fence[0]}:
                self._fence = ""
        elif fence := _FENCE.match(line):
            self._fence, self._is_quoted, self._span = fence.group(2), ">" in fence.group(1), 0
            self._lines.clear()
        elif line.strip():
            self._span = _span_after(line, self._span)
            self._lines.append(f"{line}\n")
        else:
            self._span = 0
            self._lines.clear()


def _span_after(line: str, span: int) -> int:
    """The length of the backticks of the span that is open after the line; 0 for none."""
    for run in _BACKTICKS.finditer(line):
        length = len(run.group())
        if span == 0:
            span = length
        elif span == length:
            span = 0
    return span
