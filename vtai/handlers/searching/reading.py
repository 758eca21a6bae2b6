"""The best pages are read side by side, each a visible step, and what is late is left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from vtai.core.errors import VTError
from vtai.core.events import Event, ToolFinished, ToolStarted
from vtai.core.ports import PageReader
from vtai.core.web import Hit, Page
from vtai.handlers.searching import cards, merging

# Text that the engine sent along and that is longer than this stands in for the page.
_LEAST_CONTENT = 600
_PASSAGE_CHARACTERS = 1_500


@dataclass(frozen=True, slots=True)
class Patience:
    """How long pages are waited for, in seconds.

    Never longer than `longest_s`; once half of them are there, as long again as that took, within
    `grace_s` and `longest_s`. A quick answer is worth more than the last page.
    """

    longest_s: float = 6.0
    grace_s: float = 0.7

    def within(self, seconds: float) -> Patience:
        return Patience(max(min(self.longest_s, seconds), 0.0), min(self.grace_s, max(seconds, 0.0)))


@dataclass
class Shelf:
    """The pages that were read, by the address they were found under; filled while events are read."""

    pages: dict[str, Page] = field(default_factory=dict)


async def read(
    hits: Sequence[Hit], reader: PageReader, shelf: Shelf, patience: Patience, step: str = "read"
) -> AsyncGenerator[Event, None]:
    """A step a page. Pages whose text came with the search are not fetched again."""
    deadline = time.monotonic() + patience.longest_s
    began, is_half = time.monotonic(), False
    steps: dict[asyncio.Task[Page | VTError], tuple[str, Hit]] = {}
    try:
        for number, hit in enumerate(hits, start=1):
            task = asyncio.create_task(_page(hit, reader, patience))
            steps[task] = f"{step}-{number}", hit
        for name, hit in steps.values():
            yield ToolStarted(name, f"Reading {merging.site(hit.url)}", hit.url)
        running = set(steps)
        while running:
            left = max(deadline - time.monotonic(), 0)
            done, running = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield _finished(*steps[task], task.result(), shelf)
            if not done:
                break
            if not is_half and 2 * len(shelf.pages) >= len(steps):
                is_half = True
                took = time.monotonic() - began
                deadline = min(deadline, began + took + max(took, patience.grace_s))
        for task in running:
            task.cancel()
        for task in (task for task in steps if task in running):
            yield ToolFinished(steps[task][0], "Skipped: it took too long.", is_error=True)
    finally:
        for task in steps:
            task.cancel()
        await asyncio.gather(*steps, return_exceptions=True)


async def _page(hit: Hit, reader: PageReader, patience: Patience) -> Page | VTError:
    if len(hit.content) >= _LEAST_CONTENT:
        return Page(
            hit.url, hit.title, merging.site(hit.url), _passages(hit.content), hit.published,
            notes=("The text came with the search.",),
        )  # fmt: skip
    try:
        return await reader.read(hit.url, timeout_s=max(patience.longest_s, 0.1))
    except VTError as error:
        return error


def _finished(step: str, hit: Hit, outcome: Page | VTError, shelf: Shelf) -> ToolFinished:
    """What came of a page, in one line."""
    if isinstance(outcome, VTError):
        return ToolFinished(step, f"Skipped: {' '.join(outcome.message.split())}", is_error=True)
    notes = [" ".join(note.split()) for note in outcome.notes]
    if not any(passage.strip() for passage in outcome.passages):
        return ToolFinished(step, " ".join(("Skipped: it holds no text.", *notes)), is_error=True)
    shelf.pages[hit.url] = outcome
    count = len(outcome.passages)
    age = cards.ago(outcome.age_s)
    read = f"{count} {'passage' if count == 1 else 'passages'}" + (f", read {age}." if age else ".")
    return ToolFinished(step, " ".join((read, *notes)))


def _passages(content: str) -> tuple[str, ...]:
    """The text in pieces of whole paragraphs where they are short enough."""
    pieces: list[str] = []
    for paragraph in content.split("\n"):
        for start in range(0, len(paragraph), _PASSAGE_CHARACTERS):
            part = paragraph[start : start + _PASSAGE_CHARACTERS].strip()
            if pieces and part and len(pieces[-1]) + len(part) < _PASSAGE_CHARACTERS:
                pieces[-1] += f"\n{part}"
            elif part:
                pieces.append(part)
    return tuple(pieces)
