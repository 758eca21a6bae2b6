"""Searches the web and answers from what it found, with numbered sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.errors import NotConfigured, ProviderError, VTError
from vtai.core.events import Notice, SourcesFound, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, citations, requests
from vtai.handlers.requests import Asked
from vtai.tools import loop

if TYPE_CHECKING:
    from vtai.core.events import Source
    from vtai.core.ports import Model, SearchResults, Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.WEB_SEARCH,
    "Web search",
    "News, prices, weather and everything that changes, answered from web pages.",
    ("What happened in the news today?", "Who won the match last night?"),
)

_STEP = "search"
# Search engines refuse longer queries.
_MAX_QUERY_CHARACTERS = 380
_PASSAGE_CHARACTERS = {"low": 400, "medium": 1_500, "high": 6_000}
_ASKING = re.compile(
    r"^(?:please |can you |could you )*(?:search (?:the )?(?:web|internet|online)(?: for| about)?|search for"
    r"|google(?: for)?|look up|web search(?: for)?)[: ]+",
    re.IGNORECASE,
)


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The sources, then an answer that cites them; the results alone where no model is to write one."""
    model = _writer(turn, services)
    spent: list[Usage] = []
    query = await _query(turn, model, services, spent)
    yield ToolStarted(_STEP, "Web search", query)
    results = await services.search.search(query, turn.preferences.search.max_results)
    yield ToolFinished(_STEP, f"{len(results.sources)} pages from {results.provider}")
    if not results.sources:
        yield TextDelta(f"{results.provider} found nothing for “{query}”. Other words may find more.")
        return
    is_listed = turn.preferences.search.include_links or model is None
    if is_listed:
        yield SourcesFound(results.sources)
    if model is None:
        if turn.preferences.search.summarise:
            yield Notice("model", "No model is set up to sum the results up; here they are.")
        yield TextDelta(_as_list(results))
        return
    async with aclosing(answers.spoken(_summary(turn, model, results, services), turn, services)) as events:
        async for event in events:
            if isinstance(event, Usage):
                spent.append(event)
                continue
            yield event
    if spent:
        yield loop.total(spent)


def _writer(turn: Turn, services: Services) -> Model | None:
    """The model that sums the results up, or None where they are to stand alone."""
    if not turn.preferences.search.summarise:
        return None
    try:
        return requests.chat_model(turn, services.catalogue)
    except NotConfigured:
        return None


async def _query(turn: Turn, model: Model | None, services: Services, spent: list[Usage]) -> str:
    """What to search for: the message, put in context by the model where there is one."""
    plain = " ".join(_ASKING.sub("", requests.question_of(turn)).split())
    if not plain:
        raise VTError("There is nothing to search for.", "Say what you want to know.")
    if model is None or model.is_embedded or len(turn.history) == 0:
        return plain[:_MAX_QUERY_CHARACTERS]
    system = prompts.render("search_query", today=requests.today())
    prepared = await requests.prepare(turn, model, Asked(system, is_citing=False), services)
    written = ""
    try:
        async with aclosing(answers.stream(prepared.request, services)) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        written += text
                    case Usage():
                        spent.append(event)
                    case _:
                        pass
    except ProviderError:
        # The answer will fail for the same reason and say so; the pages are worth having all the same.
        return plain[:_MAX_QUERY_CHARACTERS]
    line = written.strip().partition("\n")[0].strip(" \"'“”`*")
    return (line or plain)[:_MAX_QUERY_CHARACTERS]


async def _summary(turn: Turn, model: Model, results: SearchResults, services: Services) -> Stream:
    """The model's answer from the pages, with no number in it that no page has."""
    options = turn.preferences.search
    # A third of the context for all pages together, at three characters a token.
    room = min(_PASSAGE_CHARACTERS[options.depth], model.context_tokens // max(len(results.sources), 1))
    citing = prompts.render("web_search_citing") if options.include_links else "Do not cite the pages."
    asked = Asked(
        prompts.render("web_search", today=requests.today(), citing=citing.replace("\n", " ")),
        prompts.render(
            "web_search_question", question=requests.question_of(turn), pages=_pages(results.sources, room)
        ),
        is_citing=False,
    )
    prepared = await requests.prepare(turn, model, asked, services)
    for notice in prepared.notices:
        yield notice
    numbers = frozenset(source.number for source in results.sources) if options.include_links else frozenset()
    async with aclosing(citations.checked(answers.stream(prepared.request, services), numbers)) as events:
        async for event in events:
            yield event


def _pages(sources: Sequence[Source], room: int) -> str:
    """The pages as data for the model; a page cannot close its own mark."""
    return "\n".join(
        prompts.render(
            "web_page",
            number=str(source.number),
            title=_attribute(source.title),
            url=_attribute(source.url),
            passage=source.passage[:room].replace("</page", "</ page").replace("<page", "< page"),
        )
        for source in sources
    )


def _attribute(text: str) -> str:
    return "".join(" " if character in '"<>\r\n' else character for character in text)[:300]


def _as_list(results: SearchResults) -> str:
    """The results for people to read."""
    lines = [
        f"{source.number}. [{_label(source.title) or source.url}]({source.url})\n"
        f"   {_shortened(source.passage)}"
        for source in results.sources
    ]
    return "\n".join([*lines, "", f"Found by {results.provider}."])


def _label(title: str) -> str:
    return " ".join(title.replace("[", "(").replace("]", ")").split())


def _shortened(passage: str, length: int = 300) -> str:
    text = " ".join(passage.split())
    return text if len(text) <= length else text[: length - 1] + "…"
