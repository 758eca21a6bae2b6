"""The settings panel: its tabs, and the preferences that its values mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from vtai.core.ports import Catalogue
from vtai.core.turn import Capability, Effort, ImageOptions, Preferences, SearchOptions, SpeechOptions

# The browser's lists cannot hold an empty value.
_DEFAULT = "default"
_SHOW_CORRECTIONS = "show_corrections"
_CAPABILITIES: tuple[tuple[Capability, str], ...] = (
    ("chat", "Text"),
    ("reasoning", "Thinking"),
    ("vision", "Looking at pictures"),
    ("image", "Making pictures"),
    ("speech", "Speaking"),
    ("transcription", "Listening"),
    ("tools", "Assistant with tools"),
)
_EFFORTS = ("none", "minimal", "low", "medium", "high")
_SIZES = ("1024x1024", "1536x1024", "1024x1536")


def _absent(value: object) -> object:
    """Empty and "default" leave the choice to the model; numbers may come as text."""
    return None if value in ("", _DEFAULT) else value


_Absent = BeforeValidator(_absent)
_Word = Annotated[Annotated[str, Field(max_length=100)] | None, _Absent]
_Percent = Annotated[Annotated[int, Field(ge=0, le=100)] | None, _Absent]


class Values(BaseModel):
    """The panel's values as the browser sends them. What is missing keeps its default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    temperature: Annotated[Annotated[float, Field(ge=0, le=2)] | None, _Absent] = None
    top_p: Annotated[Annotated[float, Field(gt=0, le=1)] | None, _Absent] = None
    max_tokens: Annotated[Annotated[int, Field(ge=1, le=1_000_000)] | None, _Absent] = None
    effort: Annotated[Effort | None, _Absent] = None
    trims_history: bool = True
    routes_by_itself: bool = True
    never_ask: bool = False
    image_size: _Word = None
    image_quality: _Word = None
    image_background: _Word = None
    image_format: Annotated[Literal["png", "jpeg", "webp"] | None, _Absent] = None
    image_compression: _Percent = None
    image_moderation: _Word = None
    image_count: int = Field(default=1, ge=1, le=4)
    speech_automatic: bool = False
    speech_voice: _Word = None
    speech_speed: float = Field(default=1.0, ge=0.25, le=4)
    search_summarise: bool = True
    search_depth: Literal["low", "medium", "high"] = "medium"
    search_links: bool = True
    search_results: int = Field(default=5, ge=1, le=20)


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
        speech=SpeechOptions(
            is_automatic=parsed.speech_automatic, voice=parsed.speech_voice, speed=parsed.speech_speed
        ),
        search=SearchOptions(
            summarise=parsed.search_summarise,
            depth=parsed.search_depth,
            include_links=parsed.search_links,
            max_results=parsed.search_results,
        ),
    )


def _models(values: Mapping[str, Any], before: Preferences) -> Mapping[Capability, str]:
    chosen: dict[Capability, str] = dict(before.models)
    for capability, _ in _CAPABILITIES:
        if (name := values.get(_model_id(capability))) is None:
            continue
        chosen.pop(capability, None)
        if isinstance(name, str) and name != _DEFAULT and len(name) <= 200:
            chosen[capability] = name
    return MappingProxyType(chosen)


def wants_corrections(values: Mapping[str, Any]) -> bool:
    """Whether the panel was confirmed with the wish to see the corrections."""
    return values.get(_SHOW_CORRECTIONS) is True


def tabs(catalogue: Catalogue, now: Preferences, *, can_learn: bool = False) -> list[dict[str, Any]]:
    """The panel as Chainlit's browser side takes it, showing the preferences as they are now."""
    return [
        _tab("models", "Models", _model_lists(catalogue, now)),
        _tab("answers", "Answers", _answers(now)),
        _tab("routing", "Routing", _routing(now, can_learn)),
        _tab("pictures", "Pictures", _pictures(now.image)),
        _tab("speech", "Speech", _speech(now.speech)),
        _tab("search", "Search", _search(now.search)),
    ]


def _model_lists(catalogue: Catalogue, now: Preferences) -> Iterable[dict[str, Any]]:
    for capability, label in _CAPABILITIES:
        names = [model.name for model in catalogue.available(capability)]
        chosen = now.models.get(capability)
        if chosen is not None and chosen not in names:
            names.append(chosen)
        hint = f"Automatic takes {names[0]}." if names else "Nothing is set up for this: see vtai doctor."
        yield _list(_model_id(capability), label, names, chosen, hint)


def _answers(now: Preferences) -> Iterable[dict[str, Any]]:
    yield _text("temperature", "Temperature", now.temperature, "0 to 2. Empty leaves it to the model.")
    yield _text("top_p", "Top-p", now.top_p, "Above 0, up to 1. Empty leaves it to the model.")
    yield _text("max_tokens", "Longest answer in tokens", now.max_tokens, "Empty leaves it to the model.")
    yield _list("effort", "Reasoning effort", _EFFORTS, now.effort, "For models that reason.")
    yield _switch(
        "trims_history", "Trim long chats", now.trims_history, "Old messages go when the model is full."
    )


def _routing(now: Preferences, can_learn: bool) -> Iterable[dict[str, Any]]:
    yield _switch(
        "routes_by_itself",
        "Dynamic routing",
        now.routes_by_itself,
        "Off: only tools and files decide the route.",
    )
    yield _switch(
        "never_ask",
        "Never ask",
        not now.asks_when_unsure,
        "Where a picture or the assistant is likely but not sure: text, without a question.",
    )
    if can_learn:
        # The panel has inputs only; this one is never kept.
        yield _switch(
            _SHOW_CORRECTIONS,
            "Show my corrections",
            False,
            "Opens, once you confirm, the list of what you taught the routing: undo or export it there.",
        )


def _pictures(now: ImageOptions) -> Iterable[dict[str, Any]]:
    yield _list("image_size", "Size", _SIZES, now.size, "Width by height.")
    yield _list("image_quality", "Quality", ("auto", "low", "medium", "high"), now.quality)
    yield _list("image_background", "Background", ("auto", "transparent", "opaque"), now.background)
    yield _list("image_format", "Format", ("png", "jpeg", "webp"), now.format)
    yield _text("image_compression", "Compression in percent", now.compression, "For jpeg and webp.")
    yield _list("image_moderation", "Moderation", ("auto", "low"), now.moderation)
    yield _slider("image_count", "Pictures at a time", now.count, 1, 4, 1)


def _speech(now: SpeechOptions) -> Iterable[dict[str, Any]]:
    yield _switch("speech_automatic", "Speak every answer", now.is_automatic)
    yield _text("speech_voice", "Voice", now.voice, "A name the model knows. Empty takes its first.")
    yield _slider("speech_speed", "Speed", now.speed, 0.25, 4, 0.05)


def _search(now: SearchOptions) -> Iterable[dict[str, Any]]:
    yield _switch("search_summarise", "Summarise", now.summarise, "Off: the results alone.")
    yield _list(
        "search_depth", "Depth", ("low", "medium", "high"), now.depth, "How much of each page is read.", False
    )
    yield _switch("search_links", "List the sources", now.include_links)
    yield _slider("search_results", "Pages a search", now.max_results, 1, 20, 1)


def _model_id(capability: Capability) -> str:
    return f"model_{capability}"


def _tab(key: str, label: str, inputs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"id": key, "label": label, "inputs": list(inputs)}


def _input(kind: str, key: str, label: str, initial: Any, hint: str, **more: Any) -> dict[str, Any]:
    common = {"type": kind, "id": key, "label": label, "initial": initial, "description": hint or None}
    return common | {"tooltip": None, "disabled": False} | more


def _list(
    key: str, label: str, values: Iterable[str], chosen: str | None, hint: str = "", has_default: bool = True
) -> dict[str, Any]:
    items = [{"label": value, "value": value} for value in values]
    if has_default:
        items.insert(0, {"label": "Automatic", "value": _DEFAULT})
    return _input("select", key, label, chosen or _DEFAULT, hint, items=items)


def _text(key: str, label: str, value: object, hint: str = "") -> dict[str, Any]:
    shown = "" if value is None else str(value)
    return _input("textinput", key, label, shown, hint, placeholder="automatic", multiline=False)


def _switch(key: str, label: str, value: bool, hint: str = "") -> dict[str, Any]:
    return _input("switch", key, label, value, hint)


def _slider(key: str, label: str, value: float, least: float, most: float, step: float) -> dict[str, Any]:
    return _input("slider", key, label, value, "", min=least, max=most, step=step)
