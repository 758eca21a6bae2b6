"""From a turn to a request: which model, which messages, which preferences. Shared by all handlers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vtai import prompts
from vtai.core import think_tags
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment, NotConfigured, VTError
from vtai.core.events import Notice, Source
from vtai.core.messages import Attachment, Message
from vtai.core.ports import Catalogue, Model, ModelRequest, Services
from vtai.core.turn import Capability, Effort, Turn
from vtai.handlers import files, pictures

_ABILITY: dict[Capability, str] = {
    "reasoning": "think before it answers",
    "vision": "look at pictures",
    "tools": "call tools",
}

# Of the context that files may fill: a half, at three characters a token.
_FILE_CHARACTERS_PER_TOKEN = 1.5
# About 70,000 tokens: beyond that the passages that bear on the question serve better, and cost less.
_MOST_FILE_CHARACTERS = 200_000
_EMBEDDED_FILE_CHARACTERS = 1_000
_EMBEDDED_PIECE = 250
# A question of fewer words leans on the one before it.
_FEW_WORDS = 6
# How far back a picture still goes along with the message that brought it.
_PICTURE_MESSAGES = 8


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
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call of a model is to be about. `text` None is what the person wrote.

    `sounds` are recordings that the model listens to by itself; they are not read for it.
    `is_citing`: passages of files get numbers to cite. `needs_files`: a message whose files cannot be read
    is an error; else it is answered without them, and the person is told. `file_room` is how many characters
    of files are sent to a model that can open them by itself; nothing is said then of what is left out.
    """

    system: str
    text: str | None = None
    image_urls: tuple[str, ...] = ()
    sounds: tuple[Attachment, ...] = ()
    is_thinking: bool = False
    is_citing: bool = True
    needs_files: bool = True
    file_room: int | None = None


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


async def prepare(turn: Turn, model: Model, asked: Asked, services: Services) -> Prepared:
    """The request: one system message, the history that fits, and the turn's own message once, last.

    Raises BadAttachment where none of the files can be read.
    """
    room = _room_for_files(model) if asked.file_room is None else asked.file_room
    texts = await files.read(
        [file for file in turn.attachments if file not in asked.sounds],
        _looked_for(turn),
        room,
        services,
        is_citing=asked.is_citing,
        piece=_EMBEDDED_PIECE if model.is_embedded else None,
        preferences=turn.preferences,
    )
    if texts.failures and not texts.block and not asked.image_urls and asked.needs_files:
        raise texts.failures[0]
    question = question_of(turn) if asked.text is None else asked.text
    if not question:
        question = _implied_question(texts, asked)
    said = "\n\n".join(part for part in (texts.block, question) if part)
    last = Message("user", said, asked.sounds, asked.image_urls)
    pictured = _pictured(turn) if model.can("vision") and not asked.image_urls else None
    history = await _history(turn, pictured, model, room - len(texts.block), services)
    system = "\n\n".join(filter(None, (asked.system, *_how_to_cite(texts), turn.instructions)))
    conversation = Conversation((Message("system", system), *history, last))
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
        asker=turn.asker,
        is_fresh=turn.is_again,
    )
    unread = tuple(
        Notice(f"unread {failure.message}", f"{failure.message} {failure.hint}") for failure in texts.failures
    )
    if asked.file_room is not None:
        return Prepared(request, (), texts.sources)
    return Prepared(request, (*texts.notices, *unread), texts.sources)


def _room_for_files(model: Model) -> int:
    """In characters. A small model answers from a few sentences and gets lost in a page."""
    if model.is_embedded:
        return _EMBEDDED_FILE_CHARACTERS
    return min(int(model.context_tokens * _FILE_CHARACTERS_PER_TOKEN), _MOST_FILE_CHARACTERS)


def _looked_for(turn: Turn) -> str:
    """What passages of a file are compared with: the question, and the one before it where it is short."""
    question = question_of(turn)
    if 0 < len(question.split()) < _FEW_WORDS and (before := turn.history.last_user_text):
        return f"{question}\n{before}"
    return question


def _how_to_cite(texts: files.FileTexts) -> Sequence[str]:
    if texts.is_timed:
        return (prompts.render("recording_citing") if texts.sources else prompts.render("recording_times"),)
    return (prompts.render("file_citing"),) if texts.sources else ()


def _effort(turn: Turn, model: Model, asked: Asked) -> Effort | None:
    """A turn that is to think does think, whatever the setting for the others is."""
    if not model.can("reasoning"):
        return None
    effort = turn.preferences.effort
    return "medium" if asked.is_thinking and effort in {None, "none"} else effort


def _implied_question(texts: files.FileTexts, asked: Asked) -> str:
    if texts.block or asked.sounds:
        return prompts.render("file_question")
    if asked.image_urls:
        return prompts.render("vision_question")
    if texts.failures:
        raise texts.failures[0]
    raise VTError("The message is empty.", "Type a question.")


async def _history(
    turn: Turn, pictured: Message | None, model: Model, room: int, services: Services
) -> Sequence[Message]:
    """What was said before: no reasoning, no marks; files while there is room, and the last pictures."""
    said: list[Message] = []
    for message in reversed(turn.history.messages):
        if message.role not in {"user", "assistant"}:
            continue
        block, room = await _earlier_files(message, turn, room, services)
        text = (
            think_tags.take_marker(message.text)[0]
            if message.role == "user"
            else think_tags.split(message.text)[0]
        )
        parts = [part for part in (block, text.strip()) if part]
        urls = await _earlier_pictures(message, model, services) if message is pictured else ()
        said.append(Message(message.role, "\n\n".join(parts) or "(no text)", image_urls=urls))
    return said[::-1]


def _pictured(turn: Turn) -> Message | None:
    """The newest message of the person that brought pictures, unless it is long ago."""
    recent = turn.history.messages[-_PICTURE_MESSAGES:]
    return next(
        (each for each in reversed(recent) if each.role == "user" and pictures.images(each.attachments)), None
    )


async def _earlier_pictures(message: Message, model: Model, services: Services) -> tuple[str, ...]:
    try:
        return await pictures.data_urls(await pictures.files(message.attachments), model, services)
    except BadAttachment:
        return ()


async def _earlier_files(message: Message, turn: Turn, room: int, services: Services) -> tuple[str, int]:
    """The files of an earlier message: their texts where there is room, the names of the others."""
    if not message.attachments:
        return "", room
    texts = files.FileTexts()
    if room > 0:
        texts = await files.read(
            message.attachments,
            _looked_for(turn),
            room,
            services,
            is_citing=False,
            preferences=turn.preferences,
            is_earlier=True,
        )
    names = ", ".join(attachment.name for attachment in message.attachments)
    block = "\n\n".join(part for part in (texts.block, f"(Attached: {names})") if part)
    return block, room - len(texts.block)


def _room_for_answer(turn: Turn, model: Model) -> int:
    """Tokens to keep free: as many as were asked for, else what the model may write, at most a quarter."""
    quarter = model.context_tokens // 4
    if turn.preferences.max_tokens is not None:
        return min(turn.preferences.max_tokens, model.context_tokens // 2)
    return min(model.max_output_tokens or quarter, quarter)
