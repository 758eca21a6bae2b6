"""Speech of the vendors that only LiteLLM reaches."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from vtai.core.errors import BadAttachment, BadRequest, ContextTooLong
from vtai.core.ports import Audio, Model
from vtai.core.sound import Transcript
from vtai.core.turn import SpeechOptions
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_sentences import explained
from vtai.providers.litellm_errors import foreign_errors, translated
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.speech_sound import file_name, media_type_of
from vtai.providers.speech_vendor import voice_refused, wanted
from vtai.providers.speech_words import plainer, transcript, transcription_fields

Answer = TypeVar("Answer")

_SPARE_S = 5.0


class LiteLLMSpeech:
    """Speaks and listens through LiteLLM. `endpoint_for` says where a model answers and holds its key."""

    def __init__(
        self,
        endpoint_for: Callable[[Model], Endpoint],
        timeouts: Timeouts | None = None,
        library: LiteLLMLibrary | None = None,
    ) -> None:
        self._endpoint_for = endpoint_for
        self._timeouts = timeouts or Timeouts()
        self._library = library or LiteLLMLibrary()

    async def speak(self, model: Model, text: str, options: SpeechOptions) -> Audio:
        """The text as sound. Raises ProviderError."""
        litellm = await self._library.get()
        endpoint = self._endpoint_for(model)
        fields = wanted(model, endpoint, options)
        call = litellm.aspeech(input=text, **self._common(endpoint), **fields)
        try:
            answer = await self._answered(call, model, endpoint)
        except BadRequest as error:
            if (refused := voice_refused(error, model, fields)) is None:
                raise
            raise refused from error
        told = answer.response.headers.get("content-type", "")
        return Audio(answer.content, media_type_of(answer.content, told))

    async def transcribe(self, model: Model, audio: Audio, language: str | None) -> Transcript:
        """The words. Raises ProviderError or BadAttachment."""
        endpoint = self._endpoint_for(model)
        fields = transcription_fields(model, endpoint, language)
        try:
            return await self._heard(model, endpoint, audio, fields)
        except ContextTooLong as error:
            raise BadAttachment(
                f"The recording is too long for {model.name}.", "Send it in shorter parts."
            ) from error
        except BadRequest:
            if (fewer := plainer(fields)) is None:
                raise
        return await self._heard(model, endpoint, audio, fewer)

    async def _heard(
        self, model: Model, endpoint: Endpoint, audio: Audio, fields: dict[str, Any]
    ) -> Transcript:
        litellm = await self._library.get()
        recording = io.BytesIO(audio.data)
        recording.name = file_name(audio.media_type)
        call = litellm.atranscription(file=recording, **self._common(endpoint), **fields)
        answer = await self._answered(call, model, endpoint)
        told = {name: getattr(answer, name, None) for name in ("text", "segments", "language", "duration")}
        found = transcript(told, audio)
        if found is None:
            raise explained("down", endpoint, model)
        return found

    def _common(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "model": endpoint.litellm_model,
            "api_key": endpoint.key.get_secret_value() if endpoint.key else None,
            "api_base": endpoint.base_url,
            "timeout": self._timeouts.first_token_s,
            "max_retries": 0,
        }

    async def _answered(self, call: Awaitable[Answer], model: Model, endpoint: Endpoint) -> Answer:
        try:
            async with asyncio.timeout(self._timeouts.first_token_s + _SPARE_S):
                return await call
        except TimeoutError as error:
            raise explained("timed out", endpoint, model) from error
        except foreign_errors() as error:
            raise translated(error, endpoint, model, has_output=False) from error
