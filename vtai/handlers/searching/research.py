"""Research: plan, search, read, find the gaps, again; then a report. Within a budget, stopped any time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from vtai import prompts
from vtai.core.errors import VTError
from vtai.core.events import Event, Notice, SourcesFound, TextDelta, ToolFinished, ToolStarted
from vtai.core.web import Hit
from vtai.handlers import requests
from vtai.handlers.requests import Asked
from vtai.handlers.searching import cards, evidence, merging, queries, reading
from vtai.handlers.searching.answering import citing, room, written
from vtai.handlers.searching.budget import Budget
from vtai.handlers.searching.finding import Findings, find
from vtai.handlers.searching.inquiry import Inquiry
from vtai.handlers.searching.reading import Patience, Shelf

MOST_ROUNDS = 4
PAGES_A_ROUND = {"low": 3, "medium": 5, "high": 8}
# What a report is written from beside what one answer gets, and what the gaps are looked for in.
_REPORT_SHARE = 3
_GAP_CHARACTERS = 12_000
_NOTE_TOKENS = 500
_NOTE_TIMEOUT_S = 30.0
# A report that could be no longer than this is not worth its price.
_LEAST_REPORT_TOKENS = 300
_MISSING_CHARACTERS = 400


@dataclass
class Notebook:
    """What the rounds came to so far. `ended` says why there are no more of them."""

    rounds: int = 0
    asked: list[str] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    shelf: Shelf = field(default_factory=Shelf)
    origins: list[Findings] = field(default_factory=list)
    failure: VTError | None = None
    missing: str = ""
    ended: str = ""

    @property
    def seen(self) -> frozenset[str]:
        return frozenset(merging.key(hit.url) for hit in self.hits)

    def compared(self, inquiry: Inquiry) -> str:
        """What passages are compared with."""
        return " ".join(dict.fromkeys((inquiry.question, *self.asked)))


async def research(inquiry: Inquiry, budget: Budget) -> AsyncGenerator[Event, None]:
    """The rounds as steps, then the report with its sources. Raises VTError where nothing can search."""
    if inquiry.model is not None and not budget.knows_prices:
        name = inquiry.model.name
        yield Notice("budget", f"The price of {name} is not known: only time limits this research.")
    book = Notebook()
    async with aclosing(_gathered(inquiry, budget, book)) as events:
        async for event in events:
            yield event
    if book.failure is not None and not book.hits:
        raise book.failure
    if not book.hits:
        yield TextDelta(f"Nothing was found. {_ending(book, budget)}")
        return
    found = [results for findings in book.origins for results in findings.results]
    yield Notice("search", f"Found by {cards.origin(found)}.")
    async with aclosing(_reported(inquiry, budget, book)) as events:
        async for event in events:
            yield event


async def _gathered(inquiry: Inquiry, budget: Budget, book: Notebook) -> AsyncGenerator[Event, None]:
    for number in range(1, MOST_ROUNDS + 1):
        step = f"round-{number}"
        yield ToolStarted(step, f"Round {number} of at most {MOST_ROUNDS}, {budget.used()}")
        planned = await (_plan(inquiry, budget) if number == 1 else _gaps(inquiry, budget, book))
        if not planned:
            yield ToolFinished(step, f"No further round: {book.ended}.")
            return
        book.asked += planned
        async with aclosing(_round(inquiry, budget, book, planned, number)) as events:
            async for event in events:
                yield event
        book.rounds = number
        if not book.ended:
            book.ended = budget.exhausted() or ""
        yield ToolFinished(step, _summed(book))
        if book.ended:
            return
    book.ended = f"all {MOST_ROUNDS} rounds are done"


async def _round(
    inquiry: Inquiry, budget: Budget, book: Notebook, planned: tuple[str, ...], number: int
) -> AsyncGenerator[Event, None]:
    """One search and the reading of what is new."""
    findings = Findings(without=book.seen)
    # The first round always gets a moment: without it there would be nothing to report.
    left_s = max(budget.gathering_left_s, 1.0)
    async with aclosing(find(inquiry, planned, findings, f"search-{number}", left_s)) as events:
        async for event in events:
            yield event
    if findings.failure is not None:
        book.failure = findings.failure
        book.ended = "the search could not be reached"
        return
    if number > 1 and not findings.hits:
        book.ended = "a round brought nothing new"
    book.origins.append(findings)
    book.hits += findings.hits
    chosen = findings.hits[: PAGES_A_ROUND[inquiry.options.depth]]
    patience = Patience(grace_s=1.5).within(max(budget.gathering_left_s, 1.0))
    pages = inquiry.services.pages
    async with aclosing(reading.read(chosen, pages, book.shelf, patience, f"read-{number}")) as events:
        async for event in events:
            yield event


async def _plan(inquiry: Inquiry, budget: Budget) -> tuple[str, ...]:
    """The queries of the first round; the plain question where the model plans none."""
    system = prompts.render("research_plan", today=requests.today())
    if not budget.allows(len(system) + len(inquiry.question), _NOTE_TOKENS):
        return queries.plain(inquiry)
    asked = Asked(system, is_citing=False, needs_files=False)
    note = await inquiry.noted(asked, min(_NOTE_TIMEOUT_S, budget.gathering_left_s))
    return queries.parsed(note) or queries.plain(inquiry)


async def _gaps(inquiry: Inquiry, budget: Budget, book: Notebook) -> tuple[str, ...]:
    """The queries that would fill the gaps; none where there are no gaps, or no means to fill them."""
    size = min(_GAP_CHARACTERS, room(inquiry))
    if not budget.allows(size, _NOTE_TOKENS):
        book.ended = "the money for gathering is used up"
        return ()
    sources = await evidence.choose(inquiry, book.compared(inquiry), book.hits, book.shelf.pages, size)
    text = prompts.render(
        "research_findings",
        question=inquiry.question,
        queries="\n".join(book.asked),
        pages=evidence.rendered(sources),
    )
    system = prompts.render("research_gaps", today=requests.today())
    asked = Asked(system, text, is_citing=False, needs_files=False)
    note = queries.read_object(await inquiry.noted(asked, min(_NOTE_TIMEOUT_S, budget.gathering_left_s)))
    book.missing = _one_line(note.get("missing"))
    if note.get("enough") is True:
        book.ended = "the pages answer the question"
        return ()
    known = {query.casefold() for query in book.asked}
    fresh = tuple(q for q in queries.from_list(note.get("queries")) if q.casefold() not in known)
    if not fresh:
        book.ended = "no new question came up"
    return fresh


async def _reported(inquiry: Inquiry, budget: Budget, book: Notebook) -> AsyncGenerator[Event, None]:
    """The report, or the pages alone where there is no money left to write one."""
    size = budget.room(room(inquiry) * _REPORT_SHARE)
    if inquiry.model is not None:
        size = min(size, inquiry.model.context_tokens)
    tokens = budget.output_tokens(size)
    if tokens is not None and tokens < _LEAST_REPORT_TOKENS:
        found = cards.sources(book.hits)
        yield SourcesFound(found)
        book.ended = "the budget does not allow a report; these are the pages that were found"
        yield TextDelta(f"{_ending(book, budget)}\n\n{cards.listed(found)}")
        return
    sources = await evidence.choose(inquiry, book.compared(inquiry), book.hits, book.shelf.pages, size)
    if inquiry.options.include_links:
        yield SourcesFound(sources)
    system = prompts.render("research_report", today=requests.today(), citing=citing(inquiry))
    answer = written(inquiry, system, sources, tokens)
    async with aclosing(_in_time(answer, budget, book)) as events:
        async for event in events:
            yield event
    yield TextDelta(f"\n\n---\n\n{_ending(book, budget)}")


async def _in_time(
    answer: AsyncGenerator[Event, None], budget: Budget, book: Notebook
) -> AsyncGenerator[Event, None]:
    """The report as far as the time reaches. Closes what it reads."""
    async with aclosing(answer):
        while True:
            try:
                async with asyncio.timeout(budget.left_s):
                    event = await anext(answer)
            except StopAsyncIteration:
                return
            except TimeoutError:
                book.ended = "the time was over while the report was being written"
                return
            yield event


def _ending(book: Notebook, budget: Budget) -> str:
    """Why it ended and what was not found, in a sentence or two."""
    rounds = f"{book.rounds} {'round' if book.rounds == 1 else 'rounds'}"
    missing = f" Not found: {book.missing}" if book.missing else ""
    return f"*The research ended after {rounds}, {budget.used()}: {book.ended}.{missing}*"


def _summed(book: Notebook) -> str:
    found, read = len(book.hits), len(book.shelf.pages)
    total = f"{found} {'page' if found == 1 else 'pages'} found so far, {read} of them read."
    return f"{total} No further round: {book.ended}." if book.ended else total


def _one_line(text: object) -> str:
    """What a model says is missing, as words that make nothing but words on a page."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text.translate({ord(sign): " " for sign in "[]<>*`!"}).split())
    return line[:_MISSING_CHARACTERS]
