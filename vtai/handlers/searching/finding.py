"""The search as a visible step: all queries side by side, one list of what they found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from vtai.core.errors import NotConfigured, ProviderError, TimedOut, VTError
from vtai.core.events import Event, ToolFinished, ToolProgress, ToolStarted
from vtai.core.web import Hit, SearchRequest, SearchResults
from vtai.handlers.searching import cards, merging, words
from vtai.handlers.searching.inquiry import Inquiry


@dataclass
class Findings:
    """What a search came to; filled while its events are read. `failure`: why no query was answered.

    `without` are the keys of pages that are known already.
    """

    hits: list[Hit] = field(default_factory=list)
    results: list[SearchResults] = field(default_factory=list)
    failure: VTError | None = None
    without: frozenset[str] = frozenset()

    @property
    def origin(self) -> str:
        """Who found it and how long ago, for people."""
        return cards.origin(self.results)


async def find(
    inquiry: Inquiry,
    queries: Sequence[str],
    findings: Findings,
    step: str = "search",
    timeout_s: float | None = None,
) -> AsyncGenerator[Event, None]:
    """The step of searching. Queries that fail are told and left out; `timeout_s` leaves late ones out."""
    yield ToolStarted(step, "Web search", "\n".join(queries))
    failures: list[VTError] = []
    by_query: dict[str, SearchResults] = {}
    async with aclosing(_outcomes(inquiry, queries, timeout_s)) as outcomes:
        async for query, outcome in outcomes:
            if isinstance(outcome, VTError):
                failures.append(outcome)
                yield ToolProgress(step, f"“{query}” was not answered: {outcome.message}\n")
            else:
                by_query[query] = outcome
    findings.results = [by_query[query] for query in queries if query in by_query]
    if not findings.results:
        findings.failure = failures[0] if failures else None
        yield ToolFinished(step, failures[0].message if failures else "Nothing was asked.", is_error=True)
        return
    lists = [results.hits for results in findings.results]
    wanted = inquiry.options.max_results
    ranked = await merging.ranked(inquiry, _compared(inquiry, queries), lists)
    findings.hits = [hit for hit in ranked if merging.key(hit.url) not in findings.without][:wanted]
    count = len(findings.hits)
    missing = "".join(f" “{query}” was not answered." for query in queries if query not in by_query)
    yield ToolFinished(step, f"{count} {'page' if count == 1 else 'pages'} from {findings.origin}.{missing}")


def _compared(inquiry: Inquiry, queries: Sequence[str]) -> str:
    """What the results are compared with: the queries hold what the question leaves to the conversation."""
    return " ".join(dict.fromkeys((inquiry.question, *queries)))


async def _outcomes(
    inquiry: Inquiry, queries: Sequence[str], timeout_s: float | None
) -> AsyncGenerator[tuple[str, SearchResults | VTError], None]:
    tasks = {asyncio.create_task(_found(inquiry, query)): query for query in queries}
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    running = set(tasks)
    try:
        while running:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            done, running = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield tasks[task], task.result()
            if not done:
                for task in running:
                    yield tasks[task], TimedOut("The search took too long.", "Try again.")
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _found(inquiry: Inquiry, query: str) -> SearchResults | VTError:
    options = inquiry.options
    request = SearchRequest(
        query,
        max_results=options.max_results,
        topic="news" if words.is_news(inquiry.question) else "general",
        time_range=options.time_range,
        region=options.region,
        safe_search=options.safe_search,
    )
    try:
        return await inquiry.services.search.search(request)
    except (ProviderError, NotConfigured) as error:
        return error
