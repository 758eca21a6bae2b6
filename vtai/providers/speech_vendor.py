"""Speech at a vendor: `/audio/speech` and `/audio/transcriptions` of any OpenAI-shaped URL, over httpx."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment, BadRequest, ContextTooLong
from vtai.core.ports import Audio, Model
from vtai.core.sound import Transcript
from vtai.core.turn import SpeechOptions
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_answers import from_answer, read
from vtai.providers.error_sentences import explained
from vtai.providers.http_client import HttpClient
from vtai.providers.speech_sound import file_name, media_type_of
from vtai.providers.speech_words import plainer, transcript, transcription_fields

if TYPE_CHECKING:
    import httpx

_MAX_SOUND_BYTES = 64 * 1024 * 1024


class OpenAISpeech:
    """Speaks and listens over the OpenAI wire. `endpoint_for` says where a model answers and holds its key.

    An endpoint's `extra_body` holds what a vendor asks for and the person did not choose, such as a voice.
    """

    def __init__(
        self,
        endpoint_for: Callable[[Model], Endpoint],
        timeouts: Timeouts | None = None,
        http: HttpClient | None = None,
    ) -> None:
        self._endpoint_for = endpoint_for
        self._timeouts = timeouts or Timeouts()
        self._http = http or HttpClient(self._timeouts.connect_s)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def speak(self, model: Model, text: str, options: SpeechOptions) -> Audio:
        """The text as sound. Raises ProviderError."""
        endpoint = self._endpoint_for(model)
        fields = wanted(model, endpoint, options)
        body = {"model": model.id, "input": text, **fields}
        try:
            sound, told = await self._posted("speech", model, endpoint, json=body)
        except BadRequest as error:
            if (refused := voice_refused(error, model, fields)) is None:
                raise
            raise refused from error
        if "json" in told:
            sound = _unwrapped(sound, model, endpoint)
        return Audio(sound, media_type_of(sound, told))

    async def transcribe(self, model: Model, audio: Audio, language: str | None) -> Transcript:
        """The words, with times where the model tells them. Raises ProviderError or BadAttachment."""
        endpoint = self._endpoint_for(model)
        fields = {"model": model.id, **transcription_fields(model, endpoint, language)}
        fields.setdefault("response_format", "json")
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
        recording = {"file": (file_name(audio.media_type), audio.data, audio.media_type)}
        # Lists are sent as repeated fields, by the name that the form takes them under.
        sent = {f"{name}[]" if isinstance(value, list) else name: value for name, value in fields.items()}
        answer, _ = await self._posted("transcriptions", model, endpoint, data=sent, files=recording)
        try:
            told = json.loads(answer)
        except ValueError as error:
            raise explained("down", endpoint, model) from error
        if (found := transcript(told, audio)) is None:
            raise explained("down", endpoint, model)
        return found

    async def _posted(self, what: str, model: Model, endpoint: Endpoint, **content: Any) -> tuple[bytes, str]:
        """The body of a successful answer and its content type."""
        import httpx

        url = f"{(endpoint.base_url or '').rstrip('/')}/audio/{what}"
        headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"} if endpoint.key else {}
        client = await self._http.get()
        try:
            async with (
                asyncio.timeout(self._timeouts.first_token_s),
                client.stream("POST", url, headers=headers, **content) as response,
            ):
                data = await _read(response)
        except TimeoutError as error:
            raise explained("timed out", endpoint, model) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise explained("unreachable", endpoint, model) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise explained("cut", endpoint, model) from error
        if data is None:
            raise explained("down", endpoint, model)
        if not response.is_success:
            raise from_answer(read(response.status_code, data, response.headers), endpoint, model)
        return data, response.headers.get("content-type", "")


def wanted(model: Model, endpoint: Endpoint, options: SpeechOptions) -> dict[str, Any]:
    """What the person chose over what the vendor needs, without what the model refuses."""
    fields = dict(endpoint.extra_body)
    if options.voice is not None:
        fields["voice_id" if "voice_id" in fields else "voice"] = options.voice
    if options.speed != 1.0:
        fields["speed"] = options.speed
    if options.instructions:
        fields["instructions"] = options.instructions
    return {name: value for name, value in fields.items() if name not in model.rejects}


def voice_refused(error: BadRequest, model: Model, fields: Mapping[str, Any]) -> BadRequest | None:
    """The same with what to do, where the vendor speaks of the voice; None where it is of another thing."""
    voice = fields.get("voice", fields.get("voice_id"))
    if not isinstance(voice, str) or "voice" not in error.message.lower():
        return None
    hint = f"{model.name} may not know the voice {voice!r}: choose another in the settings under Voice"
    return BadRequest(error.message, f"{hint}, or leave the name empty.")


async def _read(response: httpx.Response) -> bytes | None:
    """The whole body, or None when it is larger than any sound we asked for."""
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > _MAX_SOUND_BYTES:
            return None
    return bytes(data)


def _unwrapped(answer: bytes, model: Model, endpoint: Endpoint) -> bytes:
    """The sound out of a JSON answer, where some vendors put it."""
    try:
        return base64.b64decode(json.loads(answer)["audio_data"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise explained("down", endpoint, model) from error
