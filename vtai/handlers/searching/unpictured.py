"""An answer without remote pictures: a picture that a page smuggled in would tell its owner who reads it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta
from vtai.core.markdown import CodeTracker, in_code_span
from vtai.core.ports import Stream

# A blank line ends what is within a line, so it ends a picture too.
_BLANK = r"\n[ \t\r]*\n"
_SIGN, _ESCAPED = rf"(?!{_BLANK})", r"\\(?:[^\n]|(?=\n))"
# `![words](address "title")`, `![words][name]`, `![words]`, and the tag.
_PICTURE = re.compile(
    rf"!\[(?P<words>(?:{_SIGN}[^\[\]\\]|{_ESCAPED}|\[(?:{_SIGN}[^\[\]])*\])*)\]"
    rf"(?:\((?:{_SIGN}[^()\\]|{_ESCAPED}|\((?:{_SIGN}[^()])*\))*\)|[ \n]?\[(?:{_SIGN}[^\[\]])*\])?"
    r"|<(?:img|image|picture|source|video|audio|iframe|embed|object)\b(?P<attributes>[^>]*)>",
    re.IGNORECASE,
)
_PARAGRAPH_END = re.compile(_BLANK)
_CITATION = re.compile(r"!\[\d{1,3}(?:, ?\d{1,3})*\]")
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_START = re.compile(r"!\[|<(?=[a-z])|!\Z|<\Z", re.IGNORECASE)
_TAG_START = re.compile(r"<(?:img|image|picture|source|video|audio|iframe|embed|object)\b", re.IGNORECASE)
_OPEN_TAG_NAME = re.compile(r"<[a-z]{0,7}\Z", re.IGNORECASE)
_OPENER = re.compile(r"!+\[")
_OPENERS = frozenset("!<")
_NO_TAGS = str.maketrans("", "", "<>")
# What is still no picture after so many characters is disarmed as it stands.
_LONGEST = 4_000
# How much of a paragraph is looked at for code: the time grows faster than the length.
_LONGEST_SEEN = 1_000


class Unpictured:
    """Takes an answer in pieces of any size and gives it back with the words of pictures in their place.

    Code is left alone, where it certainly is code: a backtick that is never closed protects no picture.
    """

    def __init__(self) -> None:
        self._held = ""
        self._last = ""
        self._code = CodeTracker()

    def feed(self, text: str) -> str:
        """What is certain by now; the beginning of a picture is held back."""
        return self._shown(self._held + text, is_over=False)

    def finish(self) -> str:
        """What was held back, when the answer is over."""
        return self._shown(self._held, is_over=True)

    def _shown(self, text: str, *, is_over: bool) -> str:
        shown = self._taken(text, is_over=is_over)
        self._last = (self._last + shown)[-1:]
        return shown

    def _taken(self, text: str, *, is_over: bool) -> str:
        self._held = ""
        kept, at = "", 0
        while start := _START.search(text, at):
            self._code.feed(text[at : start.start()])
            kept += text[at : start.start()]
            at = start.start()
            if not is_over and self._is_unfinished(text[at:]):
                self._held = text[at:]
                return kept
            length, shown = self._replacement(text[at:])
            # What is put in must not become a picture together with what stands before it.
            if length > 1 and (self._last + kept)[-1:] in _OPENERS:
                shown = f" {shown}"
            self._code.feed(shown)
            kept += shown
            at += length
        self._code.feed(text[at:])
        return kept + text[at:]

    def _is_unfinished(self, rest: str) -> bool:
        """Whether more text could still change what this is."""
        if len(rest) > _LONGEST or self._code.in_fence:
            return False
        if self._code.in_span and "\n" not in rest:
            return rest.endswith("`") or not self._is_code(rest)
        if self._is_code(rest):
            return False
        if rest[0] == "<":
            return bool(_OPEN_TAG_NAME.match(rest)) or (bool(_TAG_START.match(rest)) and ">" not in rest)
        if len(rest) == 1:
            return True
        picture = _PICTURE.match(rest)
        if picture is None:
            return not _PARAGRAPH_END.search(rest)
        # After the words may come an address; it has to be seen whole.
        tail = rest[picture.end() :]
        has_address = rest[picture.end() - 1] == ")" or picture.group().count("][") > 0
        return not has_address and (not tail or (tail[0] in "([ \n" and not _is_plain(tail)))

    def _is_code(self, rest: str) -> bool:
        """Whether the beginning of the rest is code, by its line alone and by the paragraph alike."""
        if self._code.in_fence:
            return True
        if not self._code.in_span:
            return False
        line, ahead = self._code.line, rest.partition("\n")[0]
        views = (line, self._code.paragraph + line)
        return all(in_code_span((before + ahead)[:_LONGEST_SEEN], len(before)) for before in views)

    def _replacement(self, rest: str) -> tuple[int, str]:
        """How many characters are replaced, and by what."""
        if self._is_code(rest):
            return 1, rest[0]
        if picture := _PICTURE.match(rest):
            words = picture["words"]
            if words and _CITATION.fullmatch(picture.group()):
                # An exclamation and a citation; a space keeps them from becoming a picture later.
                return picture.end(), f"! [{words}]"
            if words is None:
                alt = _ALT.search(picture["attributes"])
                words = next((group for group in alt.groups() if group), "") if alt else ""
            return picture.end(), _OPENER.sub("[", words.translate(_NO_TAGS))
        if rest.startswith("!["):
            return 2, "["
        return (1, "< ") if _TAG_START.match(rest) else (1, rest[0])


def _is_plain(tail: str) -> bool:
    """Whether what follows the words is certainly no address."""
    if tail[0] == "(":
        return bool(_PARAGRAPH_END.search(tail))
    if tail[0] in " \n":
        return len(tail) > 1 and tail[1] != "["
    return "]" in tail


async def unpictured(events: Stream) -> AsyncGenerator[Event, None]:
    """The answer without remote pictures. Closes what it reads."""
    filtered = Unpictured()
    async with aclosing(events):
        try:
            async for event in events:
                text = filtered.feed(event.text) if isinstance(event, TextDelta) else filtered.finish()
                if text:
                    yield TextDelta(text)
                if not isinstance(event, TextDelta):
                    yield event
        except VTError:
            if text := filtered.finish():
                yield TextDelta(text)
            raise
        if text := filtered.finish():
            yield TextDelta(text)
