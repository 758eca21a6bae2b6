"""Numbers in square brackets that an answer cites, checked against the pages that there are."""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta
from vtai.core.markdown import CodeTracker
from vtai.core.ports import Stream

# Whether a statement can rest on the source of that number.
Supports = Callable[[str, int], bool]

# A number that is made a link leads to its source and nowhere else: whatever address came along is dropped.
_CITATION = re.compile(r" ?\[(\d{1,3}(?:, ?\d{1,3}){0,9})\](?:\([^()\s]{0,500}\))?")
_BEGINNING = re.compile(r" ?(?:\[[\d, ]{0,60}(?:\](?:\([^()\s]{0,500})?)?)?\Z")
_FENCE_LINE = re.compile(r"(?:^|\n)[ \t>]*(?:`{3,}|~{3,})[ \t]*\Z")
_SENTENCE_END = re.compile(r"(?:[.!?…][)\"'”»]*(?=\s)|[。!?]|\n)")
_LETTER = re.compile(r"\w")
# No statement is longer; what is kept of the text is bounded by it.
_LONGEST_STATEMENT = 1_000


class Checker:
    """Takes an answer in pieces of any size and leaves out the numbers that are not among `numbers`.

    So are those whose source cannot hold the statement in front of them, where `supports` is given. Brackets
    in code are left alone: `row[7]` cites nothing.
    """

    def __init__(self, numbers: frozenset[int], supports: Supports | None = None) -> None:
        self._numbers = numbers
        self._supports = supports
        self._held = ""
        self._said = ""
        self._last = ""
        self._code = CodeTracker()

    def feed(self, text: str) -> str:
        """What is certain by now; the beginning of a citation is held back."""
        waiting = self._held + text
        beginning = _BEGINNING.search(waiting)
        ready = beginning.start() if beginning else len(waiting)
        self._held = waiting[ready:]
        return self._checked(waiting[:ready])

    def finish(self) -> str:
        """What was held back, when the answer is over."""
        held, self._held = self._held, ""
        return self._checked(held)

    def _checked(self, text: str) -> str:
        kept = self._passed(text)
        self._last = (self._last + kept)[-1:]
        return kept

    def _passed(self, text: str) -> str:
        kept, start = "", 0
        for citation in _CITATION.finditer(text):
            before = text[start : citation.start()]
            self._see(before)
            kept += before
            if not self._code.is_open:
                existing = self._existing(citation)
                # "![1]" would become a picture as soon as the number becomes a link.
                is_shout = existing.startswith("[") and (self._last + kept).endswith("!")
                kept += f" {existing}" if is_shout else existing
            elif self._ends_code():
                # Right behind the end of a code block it would keep the block open.
                self._see("\n")
                kept += "\n" + self._existing(citation).lstrip()
            else:
                self._see(citation.group())
                kept += citation.group()
            start = citation.end()
        self._see(text[start:])
        return kept + text[start:]

    def _existing(self, citation: re.Match[str]) -> str:
        statement = _statement(self._said)
        listed = dict.fromkeys(int(part) for part in citation.group(1).split(","))
        numbers = [number for number in listed if self._stands(statement, number)]
        space = " " if citation.group().startswith(" ") else ""
        return f"{space}[{', '.join(map(str, numbers))}]" if numbers else ""

    def _stands(self, statement: str, number: int) -> bool:
        return number in self._numbers and (self._supports is None or self._supports(statement, number))

    def _see(self, text: str) -> None:
        self._code.feed(text)
        self._said = (self._said + text)[-_LONGEST_STATEMENT:]

    def _ends_code(self) -> bool:
        """Whether the line so far is the end of a code block, if nothing else comes on it."""
        return bool(_FENCE_LINE.search(self._said)) and not copy.deepcopy(self._code).feed("\n").is_open


def _statement(said: str) -> str:
    """The sentence that a citation at the end of the text belongs to.

    Citations follow their sentence or stand before its full stop. In a list or a table it is the line.
    """
    text = said.rstrip()
    ends = [end.end() for end in _SENTENCE_END.finditer(text) if _LETTER.search(text, end.end())]
    return text[ends[-1] :] if ends else text


async def checked(
    events: Stream, numbers: frozenset[int], supports: Supports | None = None
) -> AsyncGenerator[Event, None]:
    """The answer with only those citations that have a page. Closes what it reads."""
    checker = Checker(numbers, supports)
    async with aclosing(events):
        try:
            async for event in events:
                text = checker.feed(event.text) if isinstance(event, TextDelta) else checker.finish()
                if text:
                    yield TextDelta(text)
                if not isinstance(event, TextDelta):
                    yield event
        except VTError:
            if text := checker.finish():
                yield TextDelta(text)
            raise
        if text := checker.finish():
            yield TextDelta(text)
