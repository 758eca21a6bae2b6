"""What a vendor says it heard, as a Transcript; and how it is asked for times. Knows no wire."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from vtai.core.sound import Audio, SpokenPart, Transcript

if TYPE_CHECKING:
    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint

# Fields that ask for times. A server that refuses the request is asked again without them.
_FOR_TIMES: Final = ("response_format", "timestamp_granularities")
# Some say the language in English.
_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "arabic": "ar",
        "bengali": "bn",
        "bulgarian": "bg",
        "catalan": "ca",
        "chinese": "zh",
        "croatian": "hr",
        "czech": "cs",
        "danish": "da",
        "dutch": "nl",
        "english": "en",
        "estonian": "et",
        "finnish": "fi",
        "french": "fr",
        "german": "de",
        "greek": "el",
        "hebrew": "he",
        "hindi": "hi",
        "hungarian": "hu",
        "indonesian": "id",
        "italian": "it",
        "japanese": "ja",
        "korean": "ko",
        "latvian": "lv",
        "lithuanian": "lt",
        "malay": "ms",
        "norwegian": "no",
        "persian": "fa",
        "polish": "pl",
        "portuguese": "pt",
        "romanian": "ro",
        "russian": "ru",
        "serbian": "sr",
        "slovak": "sk",
        "slovenian": "sl",
        "spanish": "es",
        "swahili": "sw",
        "swedish": "sv",
        "tamil": "ta",
        "thai": "th",
        "turkish": "tr",
        "ukrainian": "uk",
        "urdu": "ur",
        "vietnamese": "vi",
    }
)


def transcription_fields(model: Model, endpoint: Endpoint, language: str | None) -> dict[str, Any]:
    """What the vendor is to be asked beside the sound, without what the model refuses."""
    fields = dict(endpoint.extra_body) | ({"language": language} if language else {})
    return {name: value for name, value in fields.items() if name not in model.rejects}


def plainer(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same without asking for times; None where nothing asked for them."""
    is_plain = fields.get("response_format", "json") == "json" and "timestamp_granularities" not in fields
    kept = {name: value for name, value in fields.items() if name not in _FOR_TIMES}
    # Said outright: a library may ask for times where nothing is said.
    return None if is_plain else {**kept, "response_format": "json"}


def transcript(told: object, audio: Audio) -> Transcript | None:
    """The words with their times, or as one part without; None where the answer makes no sense."""
    if not isinstance(told, Mapping) or not isinstance(told.get("text"), str):
        return None
    parts = _segments(told.get("segments"))
    if not parts and (text := told["text"].strip()):
        seconds = _number(told.get("duration")) or seconds_of(audio)
        parts = (SpokenPart(0.0, seconds, text),)
    return Transcript(parts, _language(told.get("language")))


def seconds_of(audio: Audio) -> float:
    """How long a WAV file lasts; 0.0 for other kinds."""
    with suppress(wave.Error, EOFError, ValueError), wave.open(io.BytesIO(audio.data)) as file:
        return float(file.getnframes() / file.getframerate())
    return 0.0


def _segments(told: object) -> tuple[SpokenPart, ...]:
    """The parts in order; none where one of them makes no sense."""
    parts: list[SpokenPart] = []
    for segment in told if isinstance(told, list) else ():
        found = segment if isinstance(segment, Mapping) else getattr(segment, "__dict__", {})
        start_s, end_s, text = _number(found.get("start")), _number(found.get("end")), found.get("text")
        if start_s is None or end_s is None or not isinstance(text, str):
            return ()
        if text.strip():
            parts.append(SpokenPart(start_s, max(start_s, end_s), text.strip()))
    return tuple(sorted(parts, key=lambda part: part.start_s))


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        number = float(told)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _language(told: object) -> str | None:
    if not isinstance(told, str):
        return None
    name = told.strip().lower()
    return _LANGUAGES.get(name) or (name[:2] if len(name) == 2 or name[2:3] in {"-", "_"} else None)
