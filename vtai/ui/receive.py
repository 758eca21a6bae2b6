"""From what a browser sent to a Turn: parsed once, checked, complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Literal, cast, get_args

from pydantic import UUID4, AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from vtai.core.messages import Attachment
from vtai.core.ports import Catalogue
from vtai.core.turn import Capability, Command, Preferences, Turn

MODEL_PICKER, ROUTE_PICKER, AUTOMATIC = "model", "route", "auto"
# About 50,000 tokens: longer texts belong in a file.
MOST_CHARACTERS = 200_000
_COMMANDS: frozenset[str] = frozenset(get_args(Command))

_Short = Annotated[str, StringConstraints(max_length=100)]
# Chainlit names files after ids, and sends "" for an id that it does not know yet.
_Id = Annotated[UUID4, AfterValidator(str)]
_NoId = Literal[""]


def _whole(text: str) -> str:
    """The text with halves of characters replaced: browsers send them, and nothing further on takes them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Parsed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SentMessage(_Parsed):
    """A message as the browser sends it."""

    id: _Id
    output: Annotated[str, AfterValidator(_whole)]
    command: _Short | None = None
    modes: dict[_Short, _Short] | None = Field(default=None, max_length=8)
    threadId: _Id | _NoId | None = None  # noqa: N815 Chainlit's name
    parentId: _Id | _NoId | None = None  # noqa: N815 Chainlit's name


class FileReference(_Parsed):
    id: _Id


class Sent(_Parsed):
    """The payload of the browser's `client_message` and `edit_message`."""

    message: SentMessage
    fileReferences: tuple[FileReference, ...] | None = Field(default=None, max_length=100)  # noqa: N815

    @property
    def id(self) -> str:
        return cast("str", self.message.id)

    @property
    def file_ids(self) -> tuple[str, ...]:
        return tuple(cast("str", reference.id) for reference in self.fileReferences or ())


class Order(_Parsed):
    """What a button under a picture asks for. `picture` and `mask` are keys of files of the session."""

    picture: _Id
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_whole)]
    mask: _Id | None = None

    @property
    def keys(self) -> tuple[str, str | None]:
        """The keys of the picture and of the marks on it, if there are any."""
        return cast("str", self.picture), cast("str | None", self.mask)


def turn_of(
    message: SentMessage,
    attachments: Sequence[Attachment],
    preferences: Preferences,
    catalogue: Catalogue,
    routes: Sequence[str],
) -> Turn:
    """The turn that the message asks for, with history still to come."""
    picked = message.modes or {}
    command = (message.command or "").lower()
    route = picked.get(ROUTE_PICKER, AUTOMATIC)
    if command == "research":
        # Sent to another route and back, it is still research.
        preferences = replace(preferences, search=replace(preferences.search, is_research=True))
    return Turn(
        text=message.output,
        attachments=tuple(attachments),
        command=cast("Command", command) if command in _COMMANDS else None,
        # A command is for this message alone and so says more than the picker.
        route=route if route in routes and command not in _COMMANDS else None,
        preferences=with_model(preferences, picked.get(MODEL_PICKER, AUTOMATIC), catalogue),
    )


def with_model(preferences: Preferences, name: str, catalogue: Catalogue) -> Preferences:
    """The preferences with the picked model for all it can do. An unknown one changes nothing."""
    offered = (model for model in catalogue.available("chat") if model.name == name)
    if (model := next(offered, None)) is None:
        return preferences
    picked: Mapping[Capability, str] = dict.fromkeys(model.capabilities, model.name)
    return replace(preferences, models=MappingProxyType({**preferences.models, **picked}))
