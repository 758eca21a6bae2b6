"""Numbers in square brackets that an answer cites, checked against the pages that there are."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta
from vtai.core.markdown import CodeTracker
from vtai.core.ports import Stream

_CITATION = re.compile(r" ?\[(\d{1,3}(?:, ?\d{1,3}){0,9})\]")
_BEGINNING = re.compile(r" ?(?:\[[\d, ]{0,60})?\Z")


class Checker:
    """Takes an answer in pieces of any size and leaves out the numbers that are not among `numbers`.

    Brackets in code are left alone: `row[7]` cites nothing.
    """

    def __init__(self, numbers: frozenset[int]) -> None:
        self._numbers = numbers
        self._held = ""
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
        kept, start = "", 0
        for citation in _CITATION.finditer(text):
            before = text[start : citation.start()]
            self._code.feed(before)
            group = citation.group()
            kept += before + (group if self._code.is_open else self._existing(group, citation.group(1)))
            self._code.feed(group)
            start = citation.end()
        self._code.feed(text[start:])
        return kept + text[start:]

    def _existing(self, group: str, listed: str) -> str:
        numbers = [number for part in listed.split(",") if (number := int(part)) in self._numbers]
        space = " " if group.startswith(" ") else ""
        return f"{space}[{', '.join(map(str, numbers))}]" if numbers else ""


async def checked(events: Stream, numbers: frozenset[int]) -> AsyncGenerator[Event, None]:
    """The answer with only those citations that have a page. Closes what it reads."""
    checker = Checker(numbers)
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
