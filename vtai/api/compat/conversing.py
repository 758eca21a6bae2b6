"""Messages as OpenAI spells them, as ours: words, files on the desk, what the program wants of answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtai.api.compat.failures import WrongField
from vtai.core.messages import Message, ToolCall
from vtai.handlers.pictures import MAX_PICTURES

if TYPE_CHECKING:
    from vtai.api.compat.asked import Part, Said
    from vtai.api.compat.desk import Desk
    from vtai.api.compat.kept import Kept
    from vtai.core.messages import Attachment

_INLINE_PICTURE: Final = re.compile(r"!\[([^\]\n]{0,500})\]\((data:image/[a-z+.-]+;base64,[A-Za-z0-9+/=]+)\)")
_KEPT_FILE: Final = re.compile(r"\]\((?:https?://[^/()\s]{1,300})?/files/([A-Za-z0-9_-]{8,64})\)")
_MOST_EARLIER_FILES: Final = 8


@dataclass(frozen=True, slots=True)
class Conversed:
    """The messages in order; `instructions` are what the system messages among them say."""

    messages: tuple[Message, ...]

    @property
    def instructions(self) -> str:
        return "\n\n".join(m.text for m in self.messages if m.role == "system" and m.text.strip())

    @property
    def said(self) -> tuple[Message, ...]:
        """What people, models and tools said."""
        return tuple(message for message in self.messages if message.role != "system")

    @property
    def last(self) -> Message:
        """The message that is to be answered. Raises WrongField where it is not the user's."""
        said = self.said
        if not said or said[-1].role != "user":
            hint = "End with a message of the user."
            raise WrongField("There is no message to answer.", hint, "messages")
        return said[-1]


async def read(messages: Sequence[Said], desk: Desk, kept: Kept) -> Conversed:
    """The messages, with their files on the desk.

    Raises WrongField, BadAttachment, BadAddress or ProviderError.
    """
    return Conversed(tuple([await _message(said, n, desk, kept) for n, said in enumerate(messages)]))


async def _message(said: Said, number: int, desk: Desk, kept: Kept) -> Message:
    where = f"messages.{number}.content"
    match said.role:
        case "system" | "developer":
            return Message("system", _text(said, where))
        case "tool":
            return _tools(said, where)
        case "assistant":
            text, made = await _made(_text(said, where), desk, kept, where)
            calls = [ToolCall(c.id, c.function.name, c.function.arguments) for c in said.tool_calls or ()]
            return Message("assistant", text, made, tool_calls=tuple(calls))
        case "user":
            return await _users(said, where, desk)


def _tools(said: Said, where: str) -> Message:
    if not said.tool_call_id:
        hint = "Name the call that it is the result of."
        raise WrongField("A tool's message has no tool_call_id.", hint, where)
    return Message("tool", _text(said, where), tool_call_id=said.tool_call_id)


async def _users(said: Said, where: str, desk: Desk) -> Message:
    texts: list[str] = []
    files: list[Attachment] = []
    for place, part in enumerate(said.parts):
        if part.type == "text" and part.text is not None:
            texts.append(part.text)
        else:
            files.append(await _file(part, f"{where}.{place}", desk))
    if sum(file.kind == "image" for file in files) > MAX_PICTURES:
        raise WrongField(f"A message takes at most {MAX_PICTURES} pictures.", "Send fewer.", where)
    return Message("user", "\n".join(texts), tuple(files))


async def _file(part: Part, where: str, desk: Desk) -> Attachment:
    if part.type == "image_url" and part.image_url is not None:
        found = await desk.linked(part.image_url.url, f"{where}.image_url")
        if found.kind != "image":
            hint = "Link a picture, or send it as a data URL."
            raise WrongField(f"This is no picture, but {found.media_type}.", hint, f"{where}.image_url")
        return found
    if part.type == "input_audio" and part.input_audio is not None:
        sound = part.input_audio
        name = f"recording.{sound.format.lower()}" if sound.format.isalnum() else "recording.wav"
        return await desk.encoded(sound.data, name, f"audio/{sound.format.lower()}", f"{where}.input_audio")
    if part.type == "file" and part.file is not None:
        if part.file.file_data is None:
            hint = "Send the file itself as file_data."
            raise WrongField("Files are not kept here under an id.", hint, f"{where}.file")
        return await desk.inline(part.file.file_data, part.file.filename, f"{where}.file")
    hint = "There are: text, image_url, input_audio, file."
    raise WrongField(f"A part of the type {part.type[:40]!r} is not taken here.", hint, where)


def _text(said: Said, where: str) -> str:
    texts: list[str] = []
    for part in said.parts:
        text = part.text if part.type == "text" else part.refusal if part.type == "refusal" else None
        if text is None:
            raise WrongField(f"A message of the {said.role} takes text alone.", "Send it as text.", where)
        texts.append(text)
    return "\n".join(texts)


async def _made(text: str, desk: Desk, kept: Kept, where: str) -> tuple[str, tuple[Attachment, ...]]:
    """What an answer of before had made, which the next message may be about; the text without it."""
    inline = list(_INLINE_PICTURE.finditer(text))
    files = [await desk.inline(found[2], None, where) for found in inline[-_MOST_EARLIER_FILES:]]
    keys = list(dict.fromkeys(_KEPT_FILE.findall(text)))[-_MOST_EARLIER_FILES:]
    files += [file for key in keys if (file := await kept.found(key)) is not None]
    return _INLINE_PICTURE.sub(r"(picture: \1)", text), tuple(files)
