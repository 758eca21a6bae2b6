"""The settings panel: its tabs, and the preferences that its values mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field

from vtai.core.ports import Catalogue, Tool
from vtai.core.turn import Capability, Effort, ImageOptions, Preferences
from vtai.ui import assistant_tab, search_tab, voice_tab
from vtai.ui.inputs import DEFAULT, Absent, choice, slider, switch, tab, text

_SHOW_CORRECTIONS = "show_corrections"
_CAPABILITIES: tuple[tuple[Capability, str], ...] = (
    ("chat", "Text"),
    ("reasoning", "Thinking"),
    ("vision", "Looking at pictures"),
    ("image", "Making pictures"),
    ("tools", "Assistant with tools"),
)
# Those have a tab of their own.
_OF_THE_VOICE: tuple[Capability, ...] = ("speech", "transcription", "realtime")
_EFFORTS = ("none", "minimal", "low", "medium", "high")
_SIZES = ("1024x1024", "1536x1024", "1024x1536")


_Word = Annotated[Annotated[str, Field(max_length=100)] | None, Absent]
_Percent = Annotated[Annotated[int, Field(ge=0, le=100)] | None, Absent]


class Values(search_tab.SearchValues, assistant_tab.AssistantValues, voice_tab.VoiceValues):
    """The panel's values as the browser sends them. What is missing keeps its default."""

    temperature: Annotated[Annotated[float, Field(ge=0, le=2)] | None, Absent] = None
    top_p: Annotated[Annotated[float, Field(gt=0, le=1)] | None, Absent] = None
    max_tokens: Annotated[Annotated[int, Field(ge=1, le=1_000_000)] | None, Absent] = None
    effort: Annotated[Effort | None, Absent] = None
    trims_history: bool = True
    routes_by_itself: bool = True
    never_ask: bool = False
    image_size: _Word = None
    image_quality: _Word = None
    image_background: _Word = None
    image_format: Annotated[Literal["png", "jpeg", "webp"] | None, Absent] = None
    image_compression: _Percent = None
    image_moderation: _Word = None
    image_count: int = Field(default=1, ge=1, le=4)


def preferences_of(values: Mapping[str, Any], before: Preferences) -> Preferences:
    """The preferences that the panel's values mean. Raises pydantic's ValidationError."""
    parsed = Values.model_validate(dict(values))
    return replace(
        before,
        models=_models(values, before),
        temperature=parsed.temperature,
        top_p=parsed.top_p,
        max_tokens=parsed.max_tokens,
        effort=parsed.effort,
        trims_history=parsed.trims_history,
        routes_by_itself=parsed.routes_by_itself,
        asks_when_unsure=not parsed.never_ask,
        image=ImageOptions(
            size=parsed.image_size,
            quality=parsed.image_quality,
            background=parsed.image_background,
            format=parsed.image_format,
            compression=parsed.image_compression,
            moderation=parsed.image_moderation,
            count=parsed.image_count,
        ),
        speech=voice_tab.options_of(parsed, before.speech),
        spoken_language=voice_tab.language_of(parsed, before),
        search=search_tab.options_of(parsed, before.search),
        assistant=assistant_tab.options_of(parsed, values, before.assistant),
    )


def _models(values: Mapping[str, Any], before: Preferences) -> Mapping[Capability, str]:
    chosen: dict[Capability, str] = dict(before.models)
    for capability in (*(each for each, _ in _CAPABILITIES), *_OF_THE_VOICE):
        if (name := values.get(_model_id(capability))) is None:
            continue
        chosen.pop(capability, None)
        if isinstance(name, str) and name != DEFAULT and len(name) <= 200:
            chosen[capability] = name
    return MappingProxyType(chosen)


def wants_corrections(values: Mapping[str, Any]) -> bool:
    """Whether the panel was confirmed with the wish to see the corrections."""
    return values.get(_SHOW_CORRECTIONS) is True


def wants_notes(values: Mapping[str, Any]) -> bool:
    """Whether the panel was confirmed with the wish to see what is remembered."""
    return assistant_tab.wants_notes(values)


def is_hands_free(values: Mapping[str, Any], before: bool) -> bool:
    """Whether the microphone begins a conversation."""
    return voice_tab.is_hands_free(values, before)


def tabs(
    catalogue: Catalogue,
    now: Preferences,
    *,
    tools: Sequence[Tool] = (),
    can_learn: bool = False,
    can_talk: bool = False,
    is_hands_free: bool = False,
) -> list[dict[str, Any]]:
    """The panel as Chainlit's browser side takes it, showing the preferences as they are now."""
    voice = voice_tab.fields(catalogue, now, can_talk=can_talk, is_hands_free=is_hands_free)
    return [
        tab("models", "Models", _model_lists(catalogue, now)),
        tab("answers", "Answers", _answers(now)),
        tab("routing", "Routing", _routing(now, can_learn)),
        tab("pictures", "Pictures", _pictures(now.image)),
        tab("voice", "Voice", voice),
        tab("search", "Search", search_tab.fields(catalogue, now.search)),
        tab("assistant", "Assistant", assistant_tab.fields(catalogue, now.assistant, tools)),
    ]


def _model_lists(catalogue: Catalogue, now: Preferences) -> Iterable[dict[str, Any]]:
    for capability, label in _CAPABILITIES:
        names = [model.name for model in catalogue.available(capability)]
        chosen = now.models.get(capability)
        if chosen is not None and chosen not in names:
            names.append(chosen)
        hint = f"Automatic takes {names[0]}." if names else "Nothing is set up for this: see vtai doctor."
        yield choice(_model_id(capability), label, names, chosen, hint)


def _answers(now: Preferences) -> Iterable[dict[str, Any]]:
    yield text("temperature", "Temperature", now.temperature, "0 to 2. Empty leaves it to the model.")
    yield text("top_p", "Top-p", now.top_p, "Above 0, up to 1. Empty leaves it to the model.")
    yield text("max_tokens", "Longest answer in tokens", now.max_tokens, "Empty leaves it to the model.")
    yield choice("effort", "Reasoning effort", _EFFORTS, now.effort, "For models that reason.")
    yield switch(
        "trims_history", "Trim long chats", now.trims_history, "Old messages go when the model is full."
    )


def _routing(now: Preferences, can_learn: bool) -> Iterable[dict[str, Any]]:
    yield switch(
        "routes_by_itself",
        "Dynamic routing",
        now.routes_by_itself,
        "Off: only tools and files decide the route.",
    )
    yield switch(
        "never_ask",
        "Never ask",
        not now.asks_when_unsure,
        "Where a picture or the assistant is likely but not sure: text, without a question.",
    )
    if can_learn:
        # The panel has inputs only; this one is never kept.
        yield switch(
            _SHOW_CORRECTIONS,
            "Show my corrections",
            False,
            "Opens, once you confirm, the list of what you taught the routing: undo or export it there.",
        )


def _pictures(now: ImageOptions) -> Iterable[dict[str, Any]]:
    yield choice("image_size", "Size", _SIZES, now.size, "Width by height.")
    yield choice("image_quality", "Quality", ("auto", "low", "medium", "high"), now.quality)
    yield choice("image_background", "Background", ("auto", "transparent", "opaque"), now.background)
    yield choice("image_format", "Format", ("png", "jpeg", "webp"), now.format)
    yield text("image_compression", "Compression in percent", now.compression, "For jpeg and webp.")
    yield choice("image_moderation", "Moderation", ("auto", "low"), now.moderation)
    yield slider("image_count", "Pictures at a time", now.count, 1, 4, 1)


def _model_id(capability: Capability) -> str:
    return f"model_{capability}"
