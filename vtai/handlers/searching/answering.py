"""The answer from numbered pages: no number that no page has, no remote pictures, no tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from vtai import prompts
from vtai.core.events import Event, Source
from vtai.handlers import answers, citations, requests
from vtai.handlers.requests import Asked
from vtai.handlers.searching import evidence
from vtai.handlers.searching.inquiry import Inquiry
from vtai.handlers.searching.support import Support
from vtai.handlers.searching.unpictured import unpictured

# What the model reads of all pages together, in characters.
_ROOM = {"low": 4_000, "medium": 12_000, "high": 40_000}
# The packaged model takes a second for each few hundred words.
_EMBEDDED_ROOM = 3_000


def room(inquiry: Inquiry) -> int:
    """How many characters of pages go to the model: at most a third of its context."""
    if inquiry.model is None:
        return 0
    most = _EMBEDDED_ROOM if inquiry.model.is_embedded else _ROOM[inquiry.options.depth]
    return min(most, inquiry.model.context_tokens)


def summary(inquiry: Inquiry, sources: Sequence[Source]) -> AsyncGenerator[Event, None]:
    """The answer to the question. Raises ProviderError."""
    system = prompts.render("web_search", today=requests.today(), citing=citing(inquiry))
    return written(inquiry, system, sources)


def citing(inquiry: Inquiry) -> str:
    """What the model is told about numbers."""
    if inquiry.options.include_links:
        return prompts.render("web_search_citing").replace("\n", " ")
    return prompts.render("web_search_plain")


async def written(
    inquiry: Inquiry, system: str, sources: Sequence[Source], max_tokens: int | None = None
) -> AsyncGenerator[Event, None]:
    """What the model writes from the pages. `max_tokens` lowers what the person allowed."""
    if inquiry.model is None:
        raise ValueError("nobody writes")
    text = prompts.render(
        "web_search_question", question=requests.question_of(inquiry.turn), pages=evidence.rendered(sources)
    )
    asked = Asked(system, text, is_citing=False, needs_files=False)
    prepared = await requests.prepare(inquiry.turn, inquiry.model, asked, inquiry.services)
    for notice in prepared.notices:
        yield notice
    request = prepared.request
    if max_tokens is not None:
        request = replace(request, max_tokens=min(max_tokens, request.max_tokens or max_tokens))
    is_citing = inquiry.options.include_links
    numbers = frozenset(source.number for source in sources) if is_citing else frozenset()
    answer = unpictured(answers.stream(request, inquiry.services))
    support = Support(sources, inquiry.question)
    async with aclosing(citations.checked(answer, numbers, support)) as events:
        async for event in events:
            yield event
