"""What a person starts with before changing anything, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from vtai.core.turn import (
    AssistantOptions,
    Capability,
    ImageOptions,
    Preferences,
    SearchOptions,
    SpeechOptions,
)

if TYPE_CHECKING:
    from vtai.settings import Settings


def preferences_from(settings: Settings) -> Preferences:
    """What a person starts with before changing anything."""
    return Preferences(
        models=_models(settings),
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        effort=settings.reasoning_effort,
        trims_history=settings.trim_history,
        routes_by_itself=settings.dynamic_routing,
        asks_when_unsure=settings.ask_when_unsure,
        image=_image(settings),
        speech=_speech(settings),
        spoken_language=settings.spoken_language.lower() if settings.spoken_language else None,
        search=_search(settings),
        assistant=_assistant(settings),
    )


def _models(settings: Settings) -> Mapping[Capability, str]:
    wanted: dict[Capability, str | None] = {
        "chat": settings.default_model,
        "reasoning": settings.reasoning_model,
        "vision": settings.vision_model,
        "image": settings.image_model,
        "speech": settings.speech_model,
        "transcription": settings.transcription_model,
        "tools": settings.assistant_model,
        "realtime": settings.realtime_model if settings.voice_mode == "realtime" else None,
    }
    return MappingProxyType({capability: name for capability, name in wanted.items() if name})


def _image(settings: Settings) -> ImageOptions:
    return ImageOptions(
        size=settings.image_size,
        quality=settings.image_quality,
        background=settings.image_background,
        format=settings.image_format,
        compression=settings.image_compression,
        moderation=settings.image_moderation,
        count=settings.image_count,
    )


def _speech(settings: Settings) -> SpeechOptions:
    return SpeechOptions(
        is_automatic=settings.speak_replies,
        voice=settings.speech_voice,
        speed=settings.speech_speed,
        instructions=settings.speech_instructions,
    )


def _search(settings: Settings) -> SearchOptions:
    return SearchOptions(
        summarise=settings.search_summarise,
        depth=settings.search_depth,
        include_links=settings.search_links,
        max_results=settings.search_results,
        time_range=settings.search_time_range,
        region=settings.search_region.lower() if settings.search_region else None,
        safe_search=settings.search_safe,
        model=settings.search_model,
        uses_own_search=settings.search_own,
        budget_s=settings.search_research_s,
        budget_usd=settings.search_research_usd,
    )


def _assistant(settings: Settings) -> AssistantOptions:
    return AssistantOptions(
        max_steps=settings.assistant_steps,
        max_s=settings.assistant_s,
        max_tokens=settings.assistant_tokens,
        max_usd=settings.assistant_usd,
        hosted=frozenset(settings.assistant_hosted),
    )
