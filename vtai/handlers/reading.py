"""What stands in for seeing where no model sees: the words in a picture, and facts about it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured
from vtai.core.events import Event, Notice, TextDelta, ToolFinished, ToolStarted
from vtai.core.marks import plain_attribute
from vtai.handlers import answers, requests
from vtai.handlers.requests import Asked

if TYPE_CHECKING:
    from vtai.core.documents import PictureText
    from vtai.core.ports import Services
    from vtai.core.turn import Turn
    from vtai.handlers.pictures import Raw

_QUOTED = 600
_READ = "the answer rests on the words in it and on plain facts."


async def reply(
    found: Sequence[Raw], turn: Turn, services: Services, missing: NotConfigured
) -> AsyncGenerator[Event, None]:
    """An answer from what can be read in the pictures. `missing` says what would give a model that sees.

    A picture without words is told by its facts alone, and no model makes more of it. Raises `missing` where
    nothing can read, and BadAttachment.
    """
    reads: list[PictureText] = []
    for number, raw in enumerate(found):
        step = f"reading {number}"
        yield ToolStarted(step, "Reading the picture", raw.name)
        try:
            reads.append(await services.pictures.read(raw.name, raw.data))
        except NotConfigured as error:
            yield ToolFinished(step, f"{error.message} {error.hint}", is_error=True)
            raise missing from error
        yield ToolFinished(step, shown(reads[-1]))
    yield Notice("read", f"{missing.message} It was read, not seen: {_READ} {missing.hint}")
    if not any(read.text.strip() for read in reads):
        yield TextDelta(_without_words(found, reads))
        return
    model = requests.chat_model(turn, services.catalogue)
    blocks = [block(raw.name, read) for raw, read in zip(found, reads, strict=True)]
    question = requests.question_of(turn) or prompts.render("picture_words_question")
    text = prompts.render("picture_words", pictures="\n\n".join(blocks), question=question)
    system = f"{prompts.render('text', today=requests.today())}\n\n{prompts.render('picture_reading')}"
    asked = Asked(system, text)
    if model.is_embedded:
        # It mixes up what was said before with what stands here, so the words come first as they are.
        turn = replace(turn, history=Conversation())
        yield TextDelta(_quoted(reads))
    prepared = await requests.prepare(turn, model, asked, services)
    for notice in prepared.notices:
        yield notice
    async with aclosing(answers.stream(prepared.request, services)) as events:
        async for event in events:
            yield event


def block(name: str, read: PictureText) -> str:
    """A picture as text for a model."""
    words = read.text.replace("</picture", "</ picture").strip() or "(There are no words in it.)"
    return prompts.render("picture", name=plain_attribute(name), facts="; ".join(read.facts), words=words)


def shown(read: PictureText) -> str:
    """What was read, for people."""
    return "\n".join([*read.facts, "", read.text or "No words were found."])


def _quoted(reads: Sequence[PictureText]) -> str:
    """The beginning of what was read, as a quotation."""
    words = "\n".join(read.text.strip() for read in reads)
    shown = words if len(words) <= _QUOTED else f"{words[:_QUOTED]} …"
    return "\n".join(f"> {line}" for line in shown.splitlines() if line.strip()) + "\n\n"


def _without_words(found: Sequence[Raw], reads: Sequence[PictureText]) -> str:
    lines = [f"- {raw.name}: {'; '.join(read.facts)}" for raw, read in zip(found, reads, strict=True)]
    return "\n".join(
        ["There are no words in it that I can read. What I can tell without seeing it:", "", *lines]
    )
