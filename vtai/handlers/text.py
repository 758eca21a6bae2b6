"""Answers in words, with the reasoning before them where the turn asks for it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes, think_tags
from vtai.core.errors import NotConfigured
from vtai.core.events import Notice
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, pictures, recordings, requests, speaking
from vtai.handlers.requests import Asked, Picked

if TYPE_CHECKING:
    from vtai.core.ports import Catalogue, Model, Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.TEXT,
    "Text",
    "Talk, writing, code, questions and everything that words alone can answer.",
    ("Give me three names for a cat", "Explain recursion to a child", "<think> Which is heavier, and why?"),
)


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer of the chat model, or of the reasoning model for a turn that is to think.

    Recordings are listened to first; without a question, what is said in them is the reply.
    """
    if recordings.are_all(turn):
        async with aclosing(recordings.written(turn, services)) as events:
            async for event in events:
                yield event
        return
    is_thinking = decision.is_thinking or turn.command == "think" or think_tags.take_marker(turn.text)[1]
    picked = (
        _thinker(turn, services.catalogue) if is_thinking else requests.pick(turn, services.catalogue, "chat")
    )
    sounds = await recordings.direct(turn, picked.model)
    async with aclosing(recordings.listened(turn, services, sounds)) as events:
        async for event in events:
            yield event
    urls, unseen = await _seen(turn, picked.model, services)
    asked = Asked(
        _system(picked.model, is_thinking=is_thinking),
        image_urls=urls,
        sounds=sounds,
        is_thinking=is_thinking,
    )
    prepared = await requests.prepare(turn, picked.model, asked, services)
    for notice in (*picked.notices, *unseen, *prepared.notices):
        yield notice
    async with aclosing(speaking.spoken(answers.answered(prepared, services), turn, services)) as events:
        async for event in events:
            yield event


def _thinker(turn: Turn, catalogue: Catalogue) -> Picked:
    """The reasoning model, else the chat model, which is asked to think aloud or says that it cannot."""
    try:
        return requests.pick(turn, catalogue, "reasoning")
    except NotConfigured:
        model = requests.chat_model(turn, catalogue)
    how = "answers without thinking first" if model.is_embedded else "was asked to think aloud"
    return Picked(model, (Notice("model", f"{model.name} is not a reasoning model; it {how}."),))


def _system(model: Model, *, is_thinking: bool) -> str:
    system = prompts.render("text", today=requests.today())
    if is_thinking and not model.can("reasoning") and not model.is_embedded:
        return f"{system}\n\n{prompts.render('think_aloud')}"
    return system


async def _seen(turn: Turn, model: Model, services: Services) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """The pictures that came along, for a model that sees; a notice for one that does not."""
    if not pictures.images(turn.attachments):
        return (), ()
    if not model.can("vision"):
        return (), (
            Notice("unseen", f"{model.name} cannot look at pictures; send the message to Vision for that."),
        )
    return await pictures.data_urls(await pictures.files(turn.attachments), model, services), ()
