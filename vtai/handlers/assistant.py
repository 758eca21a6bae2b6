"""Answers with the help of tools: the model calls them until it can answer."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.errors import NotConfigured
from vtai.core.events import Notice
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, requests
from vtai.handlers.requests import Asked, Picked
from vtai.tools import loop

if TYPE_CHECKING:
    from vtai.core.ports import Catalogue, Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.ASSISTANT,
    "Assistant",
    "Tasks that take tools: calculations, dates and times.",
    ("What is 17.5 % of 2,349?", "How many days until 24 December?"),
)


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer with the tools' steps in it. A model that calls no tools answers in words, and says so."""
    picked = (
        _picked(turn, services.catalogue)
        if services.tools
        else requests.pick(turn, services.catalogue, "chat")
    )
    has_tools = bool(services.tools) and picked.model.can("tools")
    today = requests.today()
    system = prompts.render("assistant", today=today) if has_tools else prompts.render("text", today=today)
    asked = Asked(system, is_thinking=decision.is_thinking, is_citing=not has_tools, needs_files=False)
    prepared = await requests.prepare(turn, picked.model, asked, services)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    if has_tools:
        answer = loop.run(services.models, prepared.request, services.tools)
    else:
        answer = answers.answered(prepared, services)
    async with aclosing(answers.spoken(answer, turn, services)) as events:
        async for event in events:
            yield event


def _picked(turn: Turn, catalogue: Catalogue) -> Picked:
    try:
        return requests.pick(turn, catalogue, "tools")
    except NotConfigured as error:
        model = requests.chat_model(turn, catalogue)
        text = f"{model.name} cannot call tools; it answers in words alone. {error.hint}"
        return Picked(model, (Notice("tools", text),))
