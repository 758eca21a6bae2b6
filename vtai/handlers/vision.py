"""Answers about pictures: attached ones, addresses in the text, or the last ones that were talked about."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.errors import BadAttachment
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, pictures, requests
from vtai.handlers.requests import Asked

if TYPE_CHECKING:
    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.VISION,
    "Vision",
    "Questions about a picture that is attached or linked.",
    ("What is in this picture?", "Read the text in this photo"),
)


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer of a model that sees. Raises NotConfigured with the keys that would give one."""
    picked = requests.pick(turn, services.catalogue, "vision")
    urls = await pictures.of_turn(turn) or await pictures.earlier(turn.history.messages)
    if not urls:
        raise BadAttachment(
            "There is no picture to look at.",
            "Attach one, paste one, or give the address of one (https://...).",
        )
    asked = Asked(
        prompts.render("vision", today=requests.today()), image_urls=urls, is_thinking=decision.is_thinking
    )
    prepared = await requests.prepare(turn, picked.model, asked)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    async with aclosing(answers.spoken(answers.stream(prepared.request, services), turn, services)) as events:
        async for event in events:
            yield event
