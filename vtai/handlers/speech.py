"""Speaks: words that are given, the last answer, or one that is written first; in another language too."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import languages, routes
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured
from vtai.core.events import FileReady, Notice, ToolFinished, ToolStarted
from vtai.core.marks import marked
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, files, requests, speaking
from vtai.handlers.requests import Asked
from vtai.handlers.saying import meaning
from vtai.handlers.saying.meaning import Wanted

if TYPE_CHECKING:
    from vtai.core.languages import Language
    from vtai.core.ports import Model, Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.SPEECH,
    "Speech",
    "Words spoken aloud: a given text, the last answer, or a new one.",
    ('Say "good morning" in a warm voice', "Read that aloud", "Read this to me: The tide is out"),
)

_STEP = "speech"


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The sound, with the text where that is written or translated. Raises ProviderError or NotConfigured."""
    wanted = await _wanted(turn, services)
    language = wanted.language
    if wanted.text is None:
        stream = speaking.voiced(_written(turn, services), turn, services)
    elif language is None or languages.of(wanted.text, "") == language.code:
        stream = _read(wanted.text, turn, services)
    else:
        stream = _in_language(wanted.text, language, turn, services)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _wanted(turn: Turn, services: Services) -> Wanted:
    """The text that is there already, in the message or in a file that came with it."""
    question = requests.question_of(turn)
    texts = [attachment for attachment in turn.attachments if attachment.kind in {"text", "document"}]
    if texts and (read := await files.contents(texts, 2 * speaking.MAX_CHARACTERS, services)):
        return Wanted(read, meaning.language_asked(question))
    return meaning.wanted(turn, question)


async def _read(text: str, turn: Turn, services: Services) -> Stream:
    """The text as it is, and how much sound that makes."""
    yield ToolStarted(_STEP, "Speech", f"{min(len(text), speaking.MAX_CHARACTERS):,} characters")
    size, media_type = 0, ""
    async with aclosing(speaking.aloud(text, turn, services)) as events:
        async for event in events:
            if isinstance(event, FileReady):
                size, media_type = size + len(event.data), event.media_type
            yield event
    yield ToolFinished(_STEP, f"{size / 1000:,.0f} kB of {media_type}")


async def _in_language(text: str, language: Language, turn: Turn, services: Services) -> Stream:
    """The text in another language; as it is, where no model is able to translate."""
    name = language.names[0]
    try:
        model = requests.chat_model(turn, services.catalogue)
        missing = f"a stronger model than {model.name}" if model.is_embedded else ""
    except NotConfigured:
        missing = "a model"
    if missing:
        yield Notice(
            "translation",
            f"Putting it into {name} needs {missing}: add a vendor's key. This is the text as it is.",
        )
        stream = _read(text, turn, services)
    else:
        translated = _translated(text, name, model, turn, services)
        stream = speaking.voiced(translated, turn, services, language.code)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _translated(text: str, language: str, model: Model, turn: Turn, services: Services) -> Stream:
    """The text in another language, and nothing else."""
    alone = replace(turn, attachments=(), history=Conversation(), instructions="")
    asked = Asked(prompts.render("speech_translation", language=language), marked("text", text))
    prepared = await requests.prepare(alone, model, asked, services)
    async with aclosing(answers.stream(prepared.request, services)) as events:
        async for event in events:
            yield event


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
