"""A model that searches the web by itself answers, and names the pages that it used."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core.events import Notice, SourcesFound, TextDelta, ToolFinished, ToolStarted
from vtai.handlers import answers, requests
from vtai.handlers.requests import Asked
from vtai.handlers.searching.unpictured import unpictured

if TYPE_CHECKING:
    from vtai.core.ports import Model, Stream
    from vtai.handlers.searching.inquiry import Inquiry

_STEP = "search"


async def answer(inquiry: Inquiry, model: Model) -> Stream:
    """The model's answer from pages of its own finding. Raises ProviderError."""
    asked = Asked(
        prompts.render("web_search_own", today=requests.today()), is_citing=False, needs_files=False
    )
    prepared = await requests.prepare(inquiry.turn, model, asked, inquiry.services)
    for notice in prepared.notices:
        yield notice
    yield ToolStarted(_STEP, "Web search", inquiry.question)
    is_answering = False
    stream = unpictured(answers.stream(replace(prepared.request, searches=True), inquiry.services))
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, TextDelta) and not is_answering:
                is_answering = True
                yield ToolFinished(_STEP, f"{model.name} searched by itself.")
                yield Notice("search", f"Found by {model.name} itself.")
            if not isinstance(event, SourcesFound) or inquiry.options.include_links:
                yield event
    if not is_answering:
        yield ToolFinished(_STEP, f"{model.name} found nothing to say.", is_error=True)
