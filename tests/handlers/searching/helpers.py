"""Hits, pages and searches for the tests of a web search."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from tests import fakes
from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta, ToolFinished, ToolStarted
from vtai.core.ports import Services
from vtai.core.routes import Decision
from vtai.core.turn import Preferences, SearchOptions, Turn
from vtai.core.web import Hit, Page, SearchRequest, SearchResults
from vtai.handlers import web_search

CATS = Hit("Cats", "https://example.org/cats", "Cats sleep a lot.", published="2026-03-01")
DOGS = Hit("Dogs", "https://dogs.example.net/all", "Dogs bark and run.")


def page(hit: Hit, *passages: str, **more: object) -> Page:
    site = hit.url.split("/")[2]
    return Page(hit.url, hit.title, site, passages, **more)  # type: ignore[arg-type]


def wanting(**options: object) -> Preferences:
    return Preferences(search=SearchOptions(**options))  # type: ignore[arg-type]


def told(*pieces: str) -> list[TextDelta]:
    return [TextDelta(piece) for piece in pieces]


def steps(events: list[Event]) -> dict[str, tuple[str, str]]:
    """Per step its name and what came of it."""
    names = {event.id: event.name for event in events if isinstance(event, ToolStarted)}
    ends = {event.id: event.output for event in events if isinstance(event, ToolFinished)}
    assert names.keys() == ends.keys(), "every step ends"
    return {step: (name, ends[step]) for step, name in names.items()}


async def until(
    turn: Turn, services: Services, kind: type[Event], name: str = ""
) -> set[asyncio.Task[object]]:
    """Reads a reply up to an event of a kind, stops it there, and gives the tasks that are left over."""
    before = asyncio.all_tasks()
    stream = web_search.reply(turn, Decision("web-search", 1.0, "", ""), services)
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, kind) and name in getattr(event, "name", ""):
                break
    return asyncio.all_tasks() - before


async def broken(turn: Turn, services: Services) -> tuple[list[Event], VTError | None]:
    """The events of a reply up to the error that ends it, and the error."""
    got: list[Event] = []
    try:
        async with aclosing(web_search.reply(turn, Decision("web-search", 1.0, "", ""), services)) as events:
            async for event in events:
                got.append(event)  # noqa: PERF401 - what came before the error is to be kept
    except VTError as error:
        return got, error
    return got, None


class AgedSearch(fakes.FakeSearch):
    """Remembers what it found some minutes ago."""

    async def search(self, request: SearchRequest) -> SearchResults:
        found = await super().search(request)
        return SearchResults(found.hits, "SearXNG", age_s=125)


class StuckSearch(fakes.FakeSearch):
    """Never answers; remembers whether it was let go."""

    let_go = 0

    async def search(self, request: SearchRequest) -> SearchResults:
        try:
            await asyncio.sleep(3_600)
        finally:
            self.let_go += 1
        raise AssertionError
