"""Speaks: words that are given, the last answer, or an answer that is written first."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.errors import VTError
from vtai.core.events import TextDelta, ToolFinished, ToolStarted
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, files, requests, saying
from vtai.handlers.requests import Asked

if TYPE_CHECKING:
    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.SPEECH,
    "Speech",
    "Words spoken aloud: a given text, the last answer, or a new one.",
    ('Say "good morning" in a warm voice', "Read that aloud", "Read this to me: The tide is out"),
)

_STEP = "speech"


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The sound, after the text where that had to be written. Raises ProviderError or NotConfigured."""
    text = await _given(turn, services)
    if text is None:
        written: list[str] = []
        async with aclosing(_written(turn, services)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    written.append(event.text)
                yield event
        text = "".join(written)
    if not saying.plain(text):
        raise VTError("There are no words to speak.", 'Give the text: say "good morning".')
    yield ToolStarted(_STEP, "Speech", f"{len(saying.plain(text)):,} characters")
    sound, notices = await saying.aloud(text, turn, services)
    for notice in notices:
        yield notice
    yield sound
    yield ToolFinished(_STEP, f"{len(sound.data) / 1000:,.0f} kB of {sound.media_type}")


async def _given(turn: Turn, services: Services) -> str | None:
    """The text that is there already, in the message or in a file that came with it."""
    texts = [attachment for attachment in turn.attachments if attachment.kind in {"text", "document"}]
    if texts and (read := await files.contents(texts, saying.MAX_CHARACTERS + 1, services)):
        return read
    return saying.meant(turn, requests.question_of(turn))


async def _written(turn: Turn, services: Services) -> Stream:
    """What the chat model has to say, in a form that is pleasant to hear."""
    model = requests.chat_model(turn, services.catalogue)
    system = f"{prompts.render('text', today=requests.today())}\n\n{prompts.render('speech')}"
    prepared = await requests.prepare(turn, model, Asked(system, is_citing=False), services)
    for notice in prepared.notices:
        yield notice
    async with aclosing(answers.stream(prepared.request, services)) as events:
        async for event in events:
            yield event
