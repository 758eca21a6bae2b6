"""Answers about pictures: attached ones, addresses in the text, or the last ones that were talked about."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.errors import BadAttachment, NotConfigured
from vtai.core.events import Notice
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, pictures, reading, requests, speaking
from vtai.handlers.requests import Asked, Picked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn
    from vtai.handlers.pictures import Raw

route = Route(
    routes.VISION,
    "Vision",
    "Questions about a picture that is attached or linked.",
    ("What is in this picture?", "Read the text in this photo"),
)


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer of a model that sees; without one, of the chat model from the words in the picture.

    Raises NotConfigured with the keys that would give one where nothing can read either.
    """
    found = await pictures.of_turn(turn, services)
    if not found.pictures:
        found = await pictures.earlier(turn.history.messages, services)
    if not found.pictures:
        raise BadAttachment(
            "There is no picture to look at.",
            "Attach one, paste one, or give the address of one (https://...).",
        )
    for failure in found.failures:
        yield Notice(f"picture {failure.message}", f"{failure.message} {failure.hint}")
    try:
        picked = requests.pick(turn, services.catalogue, "vision")
    except NotConfigured as missing:
        answer = reading.reply(found.pictures, turn, services, missing)
    else:
        answer = _seen(found.pictures, picked, turn, decision, services)
    async with aclosing(speaking.spoken(answer, turn, services)) as events:
        async for event in events:
            yield event


async def _seen(
    found: Sequence[Raw], picked: Picked, turn: Turn, decision: Decision, services: Services
) -> Stream:
    urls = await pictures.data_urls(found, picked.model, services)
    system = prompts.render("vision", today=requests.today())
    asked = Asked(system, image_urls=urls, is_thinking=decision.is_thinking)
    prepared = await requests.prepare(turn, picked.model, asked, services)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    async with aclosing(answers.answered(prepared, services)) as events:
        async for event in events:
            yield event
