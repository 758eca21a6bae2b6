"""An answer without remote pictures: a picture that a page smuggled in would tell its owner who reads it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta
from vtai.core.markdown import CodeTracker
from vtai.core.ports import Stream

# `![words](address "title")`, `![words][name]`, `![words]`, and the tag.
_PICTURE = re.compile(
    r"!\[(?P<words>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]"
    r"(?:\((?:[^()\\]|\\.|\([^()]*\))*\)|[ \n]?\[[^\[\]]*\])?"
    r"|<(?:img|image|picture|source|video|audio|iframe|embed|object)\b(?P<attributes>[^>]*)>",
    re.IGNORECASE | re.DOTALL,
)
_CITATION = re.compile(r"!\[\d{1,3}(?:, ?\d{1,3})*\]")
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_START = re.compile(r"!\[|<(?=[a-z])|!\Z|<\Z", re.IGNORECASE)
_TAG_START = re.compile(r"<(?:img|image|picture|source|video|audio|iframe|embed|object)\b", re.IGNORECASE)
_OPEN_TAG_NAME = re.compile(r"<[a-z]{0,7}\Z", re.IGNORECASE)
_OPENERS = frozenset("!<")
_NO_TAGS = str.maketrans("", "", "<>")
# What is still no picture after so many characters is disarmed as it stands.
_LONGEST = 4_000


class Unpictured:
    """Takes an answer in pieces of any size and gives it back with the words of pictures in their place.

    Code is left alone.
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
            self._code.feed(text[at : at + length])
            # What is put in must not become a picture together with what stands before it.
            kept += f" {shown}" if length > 1 and (self._last + kept)[-1:] in _OPENERS else shown
            at += length
        self._code.feed(text[at:])
        return kept + text[at:]

    def _is_unfinished(self, rest: str) -> bool:
        """Whether more text could still change what this is."""
        if self._code.is_open or len(rest) > _LONGEST:
            return False
        if rest[0] == "<":
            return bool(_OPEN_TAG_NAME.match(rest)) or (bool(_TAG_START.match(rest)) and ">" not in rest)
        if len(rest) == 1:
            return True
        picture = _PICTURE.match(rest)
        if picture is None:
            return "\n\n" not in rest
        # After the words may come an address; it has to be seen whole.
        tail = rest[picture.end() :]
        has_address = rest[picture.end() - 1] == ")" or picture.group().count("][") > 0
        return not has_address and (not tail or (tail[0] in "([ \n" and not _is_plain(tail)))

    def _replacement(self, rest: str) -> tuple[int, str]:
        """How many characters are replaced, and by what."""
        if self._code.is_open:
            return 1, rest[0]
        if picture := _PICTURE.match(rest):
            words = picture["words"]
            if words and _CITATION.fullmatch(picture.group()):
                # An exclamation and a citation; a space keeps them from becoming a picture later.
                return picture.end(), f"! [{words}]"
            if words is None:
                alt = _ALT.search(picture["attributes"])
                words = next((group for group in alt.groups() if group), "") if alt else ""
            return picture.end(), words.replace("![", "[").translate(_NO_TAGS)
        if rest.startswith("!["):
            return 2, "["
        return (1, "< ") if _TAG_START.match(rest) else (1, rest[0])


def _is_plain(tail: str) -> bool:
    """Whether what follows the words is certainly no address."""
    if tail[0] == "(":
        return "\n\n" in tail
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
