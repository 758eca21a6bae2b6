"""Searches the web and answers from the pages it read, with numbered sources; or researches in rounds."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai.core import routes
from vtai.core.errors import VTError
from vtai.core.events import Notice, SourcesFound, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.routes import Decision, Route
from vtai.handlers import requests, speaking
from vtai.handlers.searching import answering, cards, evidence, inquiry, own, queries, reading, words
from vtai.handlers.searching.budget import Budget
from vtai.handlers.searching.finding import Findings, find
from vtai.handlers.searching.inquiry import Inquiry
from vtai.handlers.searching.reading import Patience, Shelf
from vtai.handlers.searching.research import research
from vtai.tools import loop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.core.events import Source
    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.WEB_SEARCH,
    "Web search",
    "News, prices, weather and everything that changes, answered from web pages.",
    ("What happened in the news today?", "Who won the match last night?"),
)

_PAGES = {"low": 3, "medium": 5, "high": 8}
_EMBEDDED_PAGES = 3
# So a fast model begins within two seconds of the results; who wants depth waits longer for slow pages.
_PATIENCE = {"low": Patience(1.5, 0.3), "medium": Patience(1.6, 0.7), "high": Patience(6.0, 1.5)}


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The steps, the sources, then an answer that cites them; the results alone where no model writes."""
    is_research, question = _wish(turn)
    is_writing = is_research or turn.preferences.search.summarise
    asked, notices = inquiry.opened(turn, services, question, is_writing=is_writing)
    for notice in notices:
        yield notice
    try:
        async with aclosing(_answered(asked, is_research=is_research)) as events:
            async for event in events:
                if isinstance(event, Usage):
                    asked.spent.append(event)
                else:
                    yield event
    except VTError:
        if asked.spent:
            yield loop.total(asked.spent)
        raise
    if asked.spent:
        yield loop.total(asked.spent)


def _wish(turn: Turn) -> tuple[bool, str]:
    """Whether to research, and what the question is without saying so."""
    text = requests.question_of(turn)
    subject = words.research_subject(text)
    is_wanted = turn.command == "research" or turn.preferences.search.is_research or subject is not None
    return is_wanted, subject or text


async def _answered(asked: Inquiry, *, is_research: bool) -> Stream:
    """One search, or research where that was asked for and a model is able to."""
    model = asked.model
    if is_research and model is not None and not model.is_embedded:
        budget = Budget(asked.options, model, asked.spent)
        stream = speaking.spoken(research(asked, budget), asked.turn, asked.services)
    elif asked.options.uses_own_search and model is not None and model.has_search:
        stream = speaking.spoken(own.answer(asked, model), asked.turn, asked.services)
    else:
        stream = _searched(asked)
    if is_research and (model is None or model.is_embedded):
        who = "a model" if model is None else f"a stronger model than {model.name}"
        yield Notice("research", f"Research needs {who}: add a vendor's key. This is one search instead.")
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _searched(asked: Inquiry) -> Stream:
    """Queries, search, reading, answer."""
    wanted = queries.plain(asked)
    if queries.needs_model(asked):
        yield ToolStarted("queries", "Search queries", asked.question)
        wanted = await queries.written(asked)
        yield ToolFinished("queries", "\n".join(wanted))
    findings = Findings()
    async with aclosing(find(asked, wanted, findings)) as events:
        async for event in events:
            yield event
    if findings.failure is not None:
        raise findings.failure
    if not findings.hits:
        yield TextDelta(_nothing(findings, wanted))
        return
    yield Notice("search", f"Found by {findings.origin}.")
    stream = _cards(asked, findings) if asked.model is None else _summed(asked, findings, wanted)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _summed(asked: Inquiry, findings: Findings, wanted: Sequence[str]) -> Stream:
    """The best pages are read, then the model answers from them."""
    depth, shelf = asked.options.depth, Shelf()
    is_embedded = asked.model is not None and asked.model.is_embedded
    best = findings.hits[: _EMBEDDED_PAGES if is_embedded else _PAGES[depth]]
    async with aclosing(reading.read(best, asked.services.pages, shelf, _PATIENCE[depth])) as events:
        async for event in events:
            yield event
    compared = " ".join(dict.fromkeys((asked.question, *wanted)))
    sources = await evidence.choose(asked, compared, findings.hits, shelf.pages, answering.room(asked))
    if not sources:
        yield Notice("pages", "None of the pages could be read; here is what was found.")
    stream = _told(asked, sources) if sources else _cards(asked, findings)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _told(asked: Inquiry, sources: Sequence[Source]) -> Stream:
    if asked.options.include_links:
        yield SourcesFound(tuple(sources))
    answer = speaking.spoken(answering.summary(asked, sources), asked.turn, asked.services)
    async with aclosing(answer) as events:
        async for event in events:
            yield event


async def _cards(asked: Inquiry, findings: Findings) -> Stream:
    """The results as they are."""
    if asked.options.summarise and asked.model is None:
        yield Notice("model", "No model is set up to sum the results up; here they are.")
    found = cards.sources(findings.hits)
    yield SourcesFound(found)
    yield TextDelta(cards.listed(found))


def _nothing(findings: Findings, wanted: Sequence[str]) -> str:
    sought = ", ".join(f"“{query}”" for query in wanted)
    return f"{findings.origin} found nothing for {sought}. Other words may find more."
