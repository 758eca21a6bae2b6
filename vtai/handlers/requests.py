"""From a turn to a request: which model, which messages, which preferences. Shared by all handlers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vtai import prompts
from vtai.core import think_tags
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment, NotConfigured, VTError
from vtai.core.events import Notice
from vtai.core.messages import Message
from vtai.core.ports import Catalogue, Model, ModelRequest
from vtai.core.turn import Capability, Effort, Turn
from vtai.handlers import files

_ABILITY: dict[Capability, str] = {
    "reasoning": "think before it answers",
    "vision": "look at pictures",
    "tools": "call tools",
}

# Of the context that files may fill: a half, at three characters a token.
_FILE_CHARACTERS_PER_TOKEN = 1.5


@dataclass(frozen=True, slots=True)
class Picked:
    """A model, and what the person should know about the choice."""

    model: Model
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request, and what the person should know before it is answered."""

    request: ModelRequest
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call of a model is to be about. `text` None is what the person wrote."""

    system: str
    text: str | None = None
    image_urls: tuple[str, ...] = ()
    is_thinking: bool = False


def today() -> str:
    return f"{datetime.now(UTC):%A, %Y-%m-%d}"


def question_of(turn: Turn) -> str:
    """What the person wrote, without the mark for thinking."""
    return think_tags.take_marker(turn.text)[0].strip()


def chat_model(turn: Turn, catalogue: Catalogue) -> Model:
    """The model that the person chats with. Raises UnknownName or NotConfigured."""
    return catalogue.choose("chat", turn.preferences.models.get("chat"))


def pick(turn: Turn, catalogue: Catalogue, capability: Capability) -> Picked:
    """The model chosen for the capability, else the chat model if it is able, else the default.

    Notices say when another model answers than the person would expect, and when they used a name of
    before. Raises UnknownName, or NotConfigured saying which keys would turn the capability on.
    """
    picked = _able(turn, catalogue, capability)
    wanted = turn.preferences.models.get(capability) or turn.preferences.models.get("chat")
    if wanted and (renamed := catalogue.notice(wanted)) and picked.model == catalogue.resolve(wanted):
        return Picked(picked.model, (Notice("renamed", renamed), *picked.notices))
    return picked


def _able(turn: Turn, catalogue: Catalogue, capability: Capability) -> Picked:
    if wanted := turn.preferences.models.get(capability):
        expected = catalogue.resolve(wanted)
        model = catalogue.choose(capability, wanted)
    else:
        try:
            expected = chat_model(turn, catalogue)
        except NotConfigured:
            return Picked(catalogue.choose(capability))
        model = expected if expected.can(capability) else catalogue.choose(capability)
    if model == expected:
        return Picked(model)
    ability = _ABILITY.get(capability, f"do {capability}")
    why = "cannot answer now" if expected.can(capability) else f"cannot {ability}"
    return Picked(model, (Notice("model", f"{expected.name} {why}; {model.name} answers this one."),))


async def prepare(turn: Turn, model: Model, asked: Asked) -> Prepared:
    """The request: one system message, the history that fits, and the turn's own message once, last.

    Raises BadAttachment for files that are gone, or that hold the whole question and cannot be read.
    """
    room_for_files = int(model.context_tokens * _FILE_CHARACTERS_PER_TOKEN)
    texts = await files.read(turn.attachments, room_for_files)
    question = question_of(turn) if asked.text is None else asked.text
    if not question:
        question = _implied_question(texts, asked)
    last = Message(
        "user", "\n\n".join(part for part in (texts.block, question) if part), image_urls=asked.image_urls
    )
    history = await _history(turn.history, room_for_files - len(texts.block))
    conversation = Conversation((Message("system", asked.system), *history, last))
    if turn.preferences.trims_history:
        conversation = conversation.fit(model.context_tokens - _room_for_answer(turn, model))
    preferences = turn.preferences
    request = ModelRequest(
        model=model,
        messages=conversation.messages,
        temperature=preferences.temperature,
        top_p=preferences.top_p,
        max_tokens=preferences.max_tokens,
        effort=_effort(turn, model, asked),
        person=turn.person,
    )
    return Prepared(request, texts.notices)


def _effort(turn: Turn, model: Model, asked: Asked) -> Effort | None:
    """A turn that is to think does think, whatever the setting for the others is."""
    if not model.can("reasoning"):
        return None
    effort = turn.preferences.effort
    return "medium" if asked.is_thinking and effort in {None, "none"} else effort


def _implied_question(texts: files.FileTexts, asked: Asked) -> str:
    if texts.block:
        return prompts.render("file_question")
    if asked.image_urls:
        return prompts.render("vision_question")
    if texts.unread:
        raise BadAttachment(
            f"Not readable here yet: {', '.join(texts.unread)}.", "Send a plain text file, or paste the text."
        )
    raise VTError("The message is empty.", "Type a question.")


async def _history(history: Conversation, room_for_files: int) -> Sequence[Message]:
    """What was said before, as text alone: no reasoning, no marks, the files' texts while there is room."""
    said: list[Message] = []
    for message in reversed(history.messages):
        if message.role not in {"user", "assistant"}:
            continue
        block, room_for_files = await _earlier_files(message, room_for_files)
        text = (
            think_tags.take_marker(message.text)[0]
            if message.role == "user"
            else think_tags.split(message.text)[0]
        )
        parts = [part for part in (block, text.strip()) if part]
        said.append(Message(message.role, "\n\n".join(parts) or "(no text)"))
    return said[::-1]


async def _earlier_files(message: Message, room: int) -> tuple[str, int]:
    """The files of an earlier message: their texts where there is room, the names of the others."""
    if not message.attachments:
        return "", room
    try:
        texts = await files.read(message.attachments, max(room, 0)) if room > 0 else files.FileTexts()
    except BadAttachment:
        texts = files.FileTexts()
    names = ", ".join(attachment.name for attachment in message.attachments)
    return "\n\n".join(part for part in (texts.block, f"(Attached: {names})") if part), room - len(
        texts.block
    )


def _room_for_answer(turn: Turn, model: Model) -> int:
    """Tokens to keep free: as many as were asked for, else what the model may write, at most a quarter."""
    quarter = model.context_tokens // 4
    if turn.preferences.max_tokens is not None:
        return min(turn.preferences.max_tokens, model.context_tokens // 2)
    return min(model.max_output_tokens or quarter, quarter)
