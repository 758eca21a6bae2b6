"""The files of a message as text for a model: whole where they fit, else what bears on the question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from vtai import prompts
from vtai.core import transcribing
from vtai.core.documents import Document
from vtai.core.errors import BadAttachment
from vtai.core.events import Notice, Source
from vtai.core.marks import plain_attribute, unclosed
from vtai.core.messages import Attachment
from vtai.core.ports import Services
from vtai.core.turn import Preferences
from vtai.handlers import passages, recordings

# About what a mark around a passage takes.
_MARK_CHARACTERS = 80
_TAGS = ("file", "passage")


@dataclass(frozen=True, slots=True)
class FileTexts:
    """The files' texts as one block for a message, and what to tell about it.

    `sources` are the passages that were chosen, where not all fitted; `failures` one error a file that could
    not be read. `is_timed`: a recording is among them, and its passages have times.
    """

    block: str = ""
    sources: tuple[Source, ...] = ()
    notices: tuple[Notice, ...] = ()
    failures: tuple[BadAttachment, ...] = ()
    is_timed: bool = False


async def read(
    attachments: Sequence[Attachment],
    question: str,
    room: int,
    services: Services,
    *,
    is_citing: bool = True,
    piece: int | None = None,
    preferences: Preferences = Preferences(),
    is_earlier: bool = False,
) -> FileTexts:
    """The files among the attachments, together at most `room` characters; pictures are passed over.

    `is_citing`: chosen passages get numbers that the answer can cite, and what is said in a recording always
    does, for its times. `piece`: passages are cut to so many characters before some are chosen.
    `preferences` say what is spoken in recordings and who listens; of an earlier message (`is_earlier`) only
    those are taken that were listened to before.
    """
    files = [attachment for attachment in attachments if attachment.kind != "image"]
    if is_earlier:
        files = [file for file in files if await _is_at_hand(file, services, preferences)]
    documents, failures = await _documents(files, services, preferences)
    notices = [
        Notice(f"file {document.name}", f"{document.name}: {note}")
        for document in documents
        for note in document.notes
    ]
    fits = sum(map(_length, documents)) <= room
    is_timed = any(recordings.is_sound(file) for file in files)
    if fits and not (is_timed and is_citing):
        block = "\n\n".join(_whole(document) for document in documents)
        return FileTexts(block, (), tuple(notices), failures, is_timed)
    if piece is not None and not fits:
        documents = [passages.in_pieces(document, piece) for document in documents]
    chosen = (
        [passages.whole(document) for document in documents]
        if fits
        else await passages.choose(documents, question, room, services.similarity)
    )
    numbered = passages.numbered(chosen) if is_citing else ()
    block = "\n\n".join(_parts(part, numbered) for part in chosen)
    notices += [
        passages.notice(part, document)
        for part, document in zip(chosen, documents, strict=True)
        if part.is_cut
    ]
    return FileTexts(block, numbered, tuple(notices), failures, is_timed)


async def contents(attachments: Sequence[Attachment], max_characters: int, services: Services) -> str:
    """The bare text of the files. Raises BadAttachment for one that cannot be read."""
    documents, failures = await _documents(attachments, services, Preferences())
    if failures:
        raise failures[0]
    texts = ["\n".join(passage.text for passage in document.passages) for document in documents]
    return "\n\n".join(text for text in texts if text.strip())[:max_characters]


async def _documents(
    files: Sequence[Attachment], services: Services, preferences: Preferences
) -> tuple[list[Document], tuple[BadAttachment, ...]]:
    read = await asyncio.gather(*(_document(file, services, preferences) for file in files))
    documents = [each for each in read if isinstance(each, Document)]
    return documents, tuple(each for each in read if isinstance(each, BadAttachment))


async def _document(
    file: Attachment, services: Services, preferences: Preferences
) -> Document | BadAttachment:
    try:
        if recordings.is_sound(file):
            return transcribing.document(file.name, await recordings.heard(file, services, preferences))
        return await services.reader.read(file)
    except BadAttachment as error:
        return error


async def _is_at_hand(file: Attachment, services: Services, preferences: Preferences) -> bool:
    return not recordings.is_sound(file) or await recordings.is_known(file, services, preferences)


def _length(document: Document) -> int:
    return sum(len(passage.text) + _MARK_CHARACTERS for passage in document.passages)


def _whole(document: Document) -> str:
    """All of a file, with a mark wherever a new place begins."""
    lines: list[str] = []
    place = ""
    for passage in document.passages:
        if passage.place != place:
            place = passage.place
            lines.append(f"[{place}]")
        lines.append(passage.text)
    return _block(document.name, "\n".join(lines))


def _parts(chosen: passages.Chosen, numbered: Sequence[Source]) -> str:
    """The chosen passages of a file, each with its place and the number it is cited by."""
    numbers = {(source.title, source.passage): source.number for source in numbered}
    marked = [
        prompts.render(
            "file_passage",
            number=str(numbers.get((passages.title(chosen.name, passage), passage.text), "")),
            place=plain_attribute(passage.place),
            text=unclosed(passage.text, _TAGS),
        )
        for passage in chosen.passages
    ]
    return _block(chosen.name, "\n".join(marked), is_safe=True)


def _block(name: str, text: str, *, is_safe: bool = False) -> str:
    """The text between marks that it cannot close itself."""
    return prompts.render(
        "file", name=plain_attribute(name), content=text if is_safe else unclosed(text, _TAGS)
    )
