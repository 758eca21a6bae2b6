"""The settings panel's tab for the voice: what speaks and how, what listens, and what the microphone does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vtai.core import languages
from vtai.core.ports import Catalogue
from vtai.core.turn import Preferences, SpeechOptions
from vtai.ui import inputs
from vtai.ui.inputs import Absent

# As the voice and the ears that are part of VT.ai are called.
_BUILT_IN = "embedded"
_MICROPHONE = "microphone"
_MODES = {"message": "One message", "conversation": "Hands-free conversation"}

_Name = Annotated[Annotated[str, Field(max_length=200)] | None, Absent]


class VoiceValues(BaseModel):
    """The tab's values as the browser sends them. What is missing keeps its default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    speech_automatic: bool = False
    speech_voice: Annotated[Annotated[str, Field(max_length=100)] | None, Absent] = None
    speech_speed: float = Field(default=1.0, ge=0.25, le=4)
    speech_instructions: Annotated[Annotated[str, Field(max_length=1_000)] | None, Absent] = None
    spoken_language: Annotated[Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None, Absent] = None
    microphone: Literal["message", "conversation"] | None = None


def options_of(values: VoiceValues, before: SpeechOptions) -> SpeechOptions:
    """The options that the tab's values mean."""
    return replace(
        before,
        is_automatic=values.speech_automatic,
        voice=values.speech_voice,
        speed=values.speech_speed,
        instructions=values.speech_instructions,
    )


def language_of(values: VoiceValues, before: Preferences) -> str | None:
    """What the person speaks; as before where the values do not say."""
    is_told = "spoken_language" in values.model_fields_set
    return values.spoken_language if is_told else before.spoken_language


def is_hands_free(values: Mapping[str, Any], before: bool) -> bool:
    """Whether the microphone begins a conversation."""
    chosen = values.get(_MICROPHONE)
    return chosen == "conversation" if isinstance(chosen, str) and chosen in _MODES else before


def fields(
    catalogue: Catalogue, now: Preferences, *, can_talk: bool = False, is_hands_free: bool = False
) -> Iterable[dict[str, Any]]:
    """The tab's inputs, showing the preferences as they are now."""
    speech = now.speech
    if can_talk:
        yield inputs.choice(
            _MICROPHONE,
            "The microphone takes",
            _MODES,
            "conversation" if is_hands_free else "message",
            "Hands-free: replies are spoken, and you may speak over them.",
            None,
        )
    yield inputs.switch("speech_automatic", "Speak every reply", speech.is_automatic)
    yield _models(catalogue, now, "speech", "Voice model")
    yield inputs.text(
        "speech_voice",
        "Voice",
        speech.voice,
        "A name that the voice model knows. Built in: a language, such as en-gb or de; +f3 makes it higher.",
    )
    yield inputs.slider("speech_speed", "Speed", speech.speed, 0.25, 4, 0.05)
    yield inputs.text(
        "speech_instructions",
        "How to speak",
        speech.instructions,
        "Such as: calm, like a story. For voice models that take instructions.",
        "none",
    )
    yield _models(catalogue, now, "transcription", "Listening model")
    yield inputs.choice(
        "spoken_language", "You speak", _languages(now.spoken_language), now.spoken_language, default="Any"
    )
    if can_talk and catalogue.available("realtime"):
        yield _models(
            catalogue, now, "realtime", "Realtime model", "Hands-free, it listens and speaks by itself.", {}
        )


def _models(
    catalogue: Catalogue,
    now: Preferences,
    capability: Literal["speech", "transcription", "realtime"],
    label: str,
    hint: str = "",
    own: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The models that can, and the one that is part of VT.ai where there is such."""
    names = {model.name: model.name for model in catalogue.available(capability)}
    offered = {**names, **({_BUILT_IN: "Built in"} if own is None else own)}
    chosen = now.models.get(capability)
    if chosen is not None:
        offered.setdefault(chosen, chosen)
    first = next(iter(names), "the built-in one")
    return inputs.choice(f"model_{capability}", label, offered, chosen, hint or f"Automatic takes {first}.")


def _languages(chosen: str | None) -> Mapping[str, str]:
    """By their names; the chosen one, too, where the operator's settings have another."""
    known = {language.code: language.names[0].capitalize() for language in languages.known().values()}
    if chosen is not None:
        known.setdefault(chosen, chosen)
    return dict(sorted(known.items(), key=lambda item: item[1]))
