"""Searches of the web that do as they are told, without a web.

Depends on words in the message: "brackets" cites files, "news" searches and cites nine pages, "research" goes
two rounds, "picture" answers with remote pictures, "nothing" finds no search engine. With "wait" it waits in
the middle until `go` exists beside the file of requests. Results alone come as cards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path

from vtai.core.errors import NotConfigured
from vtai.core.events import (
    Event,
    Source,
    SourcesFound,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.ports import Services
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.handlers import web_search
from vtai.handlers.searching import cards

PASSAGES = (
    Source(1, "Cats", "https://example.org/cats", "Cats sleep a lot."),
    Source(2, "contract.pdf, page 9", "", "9.2 Either party may end this contract with a notice of 90 days."),
    Source(3, "ledger (final).xlsx, sheet Sales, rows 2-41", "", "Region\tQ1\nNorth\t12\n" * 40),
)
LONG = "The mirror was unfolded in three steps, each checked from the ground before the next one began. " * 9
HOSTILE = '<img src="https://outside.example/a.png"> **not bold** <script>alert(1)</script>'


def pages() -> tuple[Source, ...]:
    """Nine pages, of an hour, a day, a month, and without a date."""
    found = [
        Source(1, "Telescope unfolds its mirror", "https://example.org/mirror_(1)", LONG, "Example News",
               "2026-11-22T08:00:00+00:00"),
        Source(2, "First picture released", "https://example.com/picture", HOSTILE, "", "2026-11-03"),
        Source(3, "A long headline about a telescope that goes on and on without saying anything new",
               "https://a-very-long-name-of-a-site.example.net/2026/11", LONG, "", "2026-10"),
    ]  # fmt: skip
    more = (Source(n, f"Page {n}", f"https://example.org/{n}", f"Words of page {n}.") for n in range(4, 10))
    return (*found, *more)


class Searcher:
    """In the place of the web search handler."""

    route = web_search.route

    def __init__(self, path: Path) -> None:
        self._path = path

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncGenerator[Event, None]:
        options = turn.preferences.search
        self._write({"search": asdict(options), "command": turn.command})
        if "brackets" in turn.text:
            yield SourcesFound(PASSAGES)
            yield TextDelta("Cats sleep a lot [1]. The notice is 90 days [2], and the sales are listed [3].")
            return
        if "nothing" in turn.text:
            raise NotConfigured("Nothing is set up to search with.", "Set TAVILY_API_KEY or VT_SEARXNG_URL.")
        script = self._rounds() if options.is_research else self._steps("")
        async for event in script:
            if event is None:
                await self._wait(turn)
            else:
                yield event
        for event in _answer(turn):
            yield event

    async def _rounds(self) -> AsyncGenerator[Event | None, None]:
        for number, used in (
            (1, "0 s of 120 s and $0.000 of $0.50"),
            (2, "34 s of 120 s and $0.052 of $0.50"),
        ):
            yield ToolStarted(f"round-{number}", f"Round {number} of at most 4, {used} used")
            async for event in self._steps(f"-{number}"):
                if event is not None or number == 2:
                    yield event
            yield ToolFinished(
                f"round-{number}", f"{5 * number} pages found so far, {3 * number} of them read."
            )

    async def _steps(self, end: str) -> AsyncGenerator[Event | None, None]:
        yield ToolStarted(f"queries{end}", "Search queries", "What is new?")
        yield ToolFinished(f"queries{end}", "space telescope news")
        queries = "space telescope news november 2026\nspace telescope mirror\nweltraumteleskop neuigkeiten"
        yield ToolStarted(f"search{end}", "Web search", queries)
        yield ToolProgress(f"search{end}", "“weltraumteleskop neuigkeiten” was not answered: Too slow.\n")
        yield ToolFinished(f"search{end}", "9 pages from SearXNG.")
        sites = ("example.org", "example.com", "a-very-long-name-of-a-site.example.net", "slow.example.org")
        for number, site in enumerate(sites):
            yield ToolStarted(f"read{end}-{number}", f"Reading {site}", f"https://{site}/page")
        yield ToolFinished(f"read{end}-0", "12 passages.")
        yield ToolFinished(f"read{end}-1", "Skipped: this page asks to be paid for.", is_error=True)
        yield None
        yield ToolFinished(f"read{end}-2", "3 passages, read 2 minutes ago.")
        yield ToolFinished(f"read{end}-3", "Skipped: it took too long.", is_error=True)

    async def _wait(self, turn: Turn) -> None:
        go = self._path.with_name("go")
        while "wait" in turn.text and not go.exists():
            await asyncio.sleep(0.05)
        go.unlink(missing_ok=True)

    def _write(self, line: dict[str, object]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _answer(turn: Turn) -> list[Event]:
    found = SourcesFound(pages())
    if not turn.preferences.search.summarise:
        return [found, TextDelta(cards.listed(found.sources))]
    text = "The mirror is **unfolded** [1], and the first picture was released [2]. More is to come [3, 9]."
    if "picture" in turn.text:
        text = "![a chart](https://outside.example/a.png) [1] ![](https://outside.example/b.mp4) <img src='https://outside.example/c.png'>"
    return [found, TextDelta(text), Usage("large", 2_345, 120, 0.0031)]
