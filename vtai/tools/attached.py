"""The conversation's files for the assistant, as text."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vtai.core import transcribing
from vtai.core.documents import Document, Passage
from vtai.core.errors import BadArguments, BadAttachment
from vtai.core.marks import marked
from vtai.core.messages import Attachment
from vtai.core.ports import Services, ToolContext
from vtai.core.sound import Transcript
from vtai.tools.tool import tool


class FileSettings(BaseModel):
    """The table [tool.read_file] of tools.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_characters: int = Field(default=12_000, ge=500, le=100_000)
    """Most characters of one file that the model reads at once."""


@tool(settings=FileSettings)
async def read_file(
    name: Annotated[str, Field(description="The file's name, as the person attached it.")],
    context: ToolContext,
    settings: FileSettings,
    about: Annotated[str, Field(description="What to look for; empty reads from the start.")] = "",
    start: Annotated[int, Field(description="Passage to begin with, from 0.", ge=0)] = 0,
) -> str:
    """Reads a file of this conversation as text: documents, workbooks, mails, source code, the words in
    pictures and in recordings. For numbers in tables run code instead.
    """
    file = _named(name, context)
    document = await _document(file, context.services)
    passages, rest = await _chosen(document, about, start, settings.max_characters, context.services)
    text = "\n".join(
        f"[{passage.place}]\n{passage.text}" if passage.place else passage.text for passage in passages
    )
    notes = "".join(f"\n({note})" for note in document.notes)
    return f"{marked('file', text, name=file.name)}{notes}{rest}"


def _named(name: str, context: ToolContext) -> Attachment:
    files = {file.name: file for file in context.files}
    if (found := files.get(name.strip().removeprefix("/mnt/data/"))) is None:
        there_are = ", ".join(files) or "none"
        raise BadArguments(
            f"There is no file {name[:80]!r}.", f"The files of this conversation: {there_are}."
        )
    return found


async def _document(file: Attachment, services: Services) -> Document:
    if file.kind in {"audio", "video"}:
        return transcribing.document(file.name, await _heard(file, services))
    if file.kind != "image":
        return await services.reader.read(file)
    try:
        raw = await asyncio.to_thread(file.path.read_bytes)
    except OSError as error:
        raise BadAttachment(f"{file.name} is no longer there.", "Ask for it to be attached again.") from error
    read = await services.pictures.read(file.name, raw)
    return Document(file.name, (Passage("words in the picture", read.text),), read.facts)


async def _heard(file: Attachment, services: Services) -> Transcript:
    transcript = Transcript()
    async with aclosing(services.transcripts.listen(file)) as events:
        async for event in events:
            if isinstance(event, Transcript):
                transcript = event
    return transcript


async def _chosen(
    document: Document, about: str, start: int, room: int, services: Services
) -> tuple[list[Passage], str]:
    """Passages that fit, and a sentence about the rest."""
    passages = list(document.passages)
    total = len(passages)
    if about.strip() and sum(len(passage.text) for passage in passages) > room:
        scores = await services.similarity.similarities(about, [passage.text for passage in passages])
        best = sorted(range(total), key=lambda at: -scores[at])
        kept = sorted(_fitting(best, passages, room))
        told = f"{len(kept)} of {total} passages, nearest to {about[:80]!r}."
    else:
        kept = _fitting(range(start, total), passages, room)
        after = start + len(kept)
        told = (
            f"Passages {start} to {after - 1} of {total}; go on with start={after}." if after < total else ""
        )
        if total and not kept:
            told = f"There is nothing more: the last passage has the number {total - 1}."
    # Only one that stands alone can be longer than the room.
    if any(len(passages[at].text) > room for at in kept):
        told = f"{told} The passage is cut after {room} characters.".strip()
    shortened = [Passage(passages[at].place, passages[at].text[:room]) for at in kept]
    return shortened, f"\n({told})" if told else ""


def _fitting(order: range | list[int], passages: list[Passage], room: int) -> list[int]:
    taken: list[int] = []
    used = 0
    for at in order:
        used += len(passages[at].text)
        if taken and used > room:
            break
        taken.append(at)
    return taken
