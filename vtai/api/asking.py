"""What a message to be answered looks like, and the preferences that its options mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from vtai.api.reading import WHOLE, WHOLE_TEXT, Body
from vtai.core.turn import Capability, Command, Effort, Preferences
from vtai.core.web import SafeSearch, TimeRange

if TYPE_CHECKING:
    from vtai.core.ports import Model

# About 50,000 tokens: longer texts belong in a file.
MOST_CHARACTERS = 200_000
MOST_SAID = 400

_Word = Annotated[str, Field(max_length=100), WHOLE_TEXT]
_Key = Annotated[str, Field(min_length=1, max_length=64), WHOLE_TEXT]


class Said(Body):
    """A message of before."""

    role: Literal["user", "assistant"]
    text: Annotated[str, Field(max_length=MOST_CHARACTERS), WHOLE_TEXT]
    files: Annotated[tuple[_Key, ...], Field(max_length=20)] = ()
    """Keys of files that came with it, or were made for it."""


class ImageChoice(Body):
    """How pictures are made."""

    size: _Word | None = None
    quality: _Word | None = None
    background: _Word | None = None
    format: Literal["png", "jpeg", "webp"] | None = None
    compression: Annotated[int, Field(ge=0, le=100), WHOLE] | None = None
    moderation: _Word | None = None
    count: Annotated[int, Field(ge=1, le=4), WHOLE] = 1


class SpeechChoice(Body):
    """How the reply is spoken."""

    is_automatic: bool = False
    """The reply is spoken, asked or not."""
    voice: _Word | None = None
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    instructions: Annotated[str, Field(max_length=1_000), WHOLE_TEXT] | None = None
    language: Annotated[str, Field(pattern="^[A-Za-z]{2,3}$")] | None = None


class SearchChoice(Body):
    """How the web is searched."""

    summarise: bool = True
    depth: Literal["low", "medium", "high"] = "medium"
    include_links: bool = True
    max_results: Annotated[int, Field(ge=1, le=20), WHOLE] = 5
    time_range: TimeRange | None = None
    region: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None
    safe_search: SafeSearch = "moderate"
    uses_own_search: bool = False
    is_research: bool = False
    budget_s: Annotated[float, Field(ge=10, le=3_600)] = 120.0
    budget_usd: Annotated[float, Field(gt=0, le=100)] = 0.5


class AssistantChoice(Body):
    """How far the assistant may go."""

    max_steps: Annotated[int, Field(ge=1, le=100), WHOLE] = 12
    max_s: Annotated[float, Field(ge=10, le=3_600)] = 300.0
    max_tokens: Annotated[int, Field(ge=1_000, le=10_000_000), WHOLE] = 200_000
    max_usd: Annotated[float, Field(gt=0, le=100)] = 1.0
    tools: Annotated[tuple[_Word, ...], Field(max_length=100)] | None = None
    """Names of the tools it may use; absent allows all that are on."""


class Options(Body):
    """What is absent is as the settings have it."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] | None = None
    effort: Effort | None = None
    trims_history: bool | None = None
    routes_by_itself: bool | None = None
    asks_when_unsure: bool | None = None
    spoken_language: Annotated[str, Field(pattern="^[A-Za-z]{2,3}$")] | None = None
    image: ImageChoice | None = None
    speech: SpeechChoice | None = None
    search: SearchChoice | None = None
    assistant: AssistantChoice | None = None


class Message(Body):
    """A message to be answered."""

    text: Annotated[str, Field(max_length=MOST_CHARACTERS), WHOLE_TEXT]
    files: Annotated[tuple[_Key, ...], Field(max_length=20)] = ()
    """Keys of files that come with it."""
    conversation: _Key | None = None
    """Goes on with this one; absent begins a new one."""
    history: Annotated[tuple[Said, ...], Field(max_length=MOST_SAID)] | None = None
    """What was said before, for an answer that is kept nowhere. Not beside `conversation`."""
    route: _Word | None = None
    """Where it goes; absent lets it find its way."""
    command: Command | None = None
    model: Annotated[str, Field(min_length=1, max_length=200), WHOLE_TEXT] | None = None
    """The model for all that it can do."""
    options: Options = Options()
    stream: bool = False
    """Events as they come, as text/event-stream; else all at once."""
    keep: bool = True
    """Keep message and answer in the conversation."""
    approvals: Literal["no", "ask"] = "no"
    """Tools that ask first are answered with no; or they wait for POST /runs/{id}/approvals."""


def preferences_of(message: Message, before: Preferences, model: Model | None) -> Preferences:
    """The preferences with what the message chose."""
    options = message.options
    plain = options.model_dump(exclude_none=True, exclude={"image", "speech", "search", "assistant"})
    wanted = replace(
        before,
        **plain,
        image=replace(before.image, **_set(options.image)),
        speech=replace(before.speech, **_set(options.speech)),
        search=replace(before.search, **_set(options.search)),
        assistant=replace(before.assistant, **_set(options.assistant)),
    )
    if message.command == "research":
        wanted = replace(wanted, search=replace(wanted.search, is_research=True))
    if model is None:
        return wanted
    picked: Mapping[Capability, str] = dict.fromkeys(model.capabilities, model.name)
    return replace(wanted, models=MappingProxyType({**wanted.models, **picked}))


def _set(choice: Body | None) -> dict[str, Any]:
    """What was chosen, in the types of the preferences."""
    if choice is None:
        return {}
    chosen = {name: getattr(choice, name) for name in choice.model_fields_set}
    if chosen.get("tools") is not None:
        chosen["tools"] = frozenset(chosen["tools"])
    return chosen
