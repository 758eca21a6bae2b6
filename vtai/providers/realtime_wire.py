"""The realtime WebSocket in OpenAI's shape: connect, set the session up, send and receive events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from vtai.providers.error_answers import from_answer, of_event, read
from vtai.providers.error_sentences import explained
from vtai.providers.redaction import RedactingFilter

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from vtai.core.errors import ProviderError
    from vtai.core.ports import Model
    from vtai.core.turn import Preferences
    from vtai.providers.endpoint import Endpoint

Told = Mapping[str, Any]

_MOST_BYTES: Final = 16 * 1024 * 1024
_PCM: Final = {"type": "audio/pcm", "rate": 24_000}
# At its lowest level the library writes headers down.
_SOCKET_LOG: Final = logging.getLogger(f"{__name__}.socket")
_SOCKET_LOG.addFilter(RedactingFilter())
# How long the vendor waits for more before it answers.
SILENCE_MS: Final = 500
_SLOWEST, _FASTEST = 0.25, 1.5


class Closed(Exception):
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to ask for what."""

    model: Model
    endpoint: Endpoint
    connect_s: float = 10.0

    @property
    def url(self) -> str:
        """Where its WebSocket is: the vendor's base URL with another scheme."""
        parts = urlsplit(self.endpoint.base_url or "")
        scheme = "ws" if parts.scheme == "http" else "wss"
        path = parts.path.rstrip("/")
        return f"{scheme}://{parts.netloc}{path}/realtime?model={quote(self.model.id, safe='')}"

    def failure(self, error: object) -> ProviderError:
        """What an error that the vendor told stands for."""
        return from_answer(of_event(error), self.endpoint, self.model)


class RealtimeWire:
    """One connection whose session is set up."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        """Raises Closed."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._socket.send(json.dumps({"type": kind, **fields}))
        except ConnectionClosed as error:
            raise Closed from error

    async def receive(self) -> Told:
        """The next event. Raises Closed."""
        from websockets.exceptions import ConnectionClosed

        while True:
            try:
                raw = await self._socket.recv()
            except ConnectionClosed as error:
                raise Closed from error
            try:
                event = json.loads(raw)
            except ValueError:
                continue
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                return event

    async def events(self) -> AsyncGenerator[Told, None]:
        """Until the connection ends: raises Closed then."""
        while True:
            yield await self.receive()

    async def aclose(self) -> None:
        await self._socket.close()


async def opened(address: Address, session: Told) -> RealtimeWire:
    """A connection with this session. Raises ProviderError."""
    wire = RealtimeWire(await _connected(address))
    try:
        async with asyncio.timeout(address.connect_s):
            await _set_up(wire, address, session)
    except TimeoutError as error:
        await wire.aclose()
        raise explained("timed out", address.endpoint, address.model) from error
    except Closed as error:
        raise explained("cut", address.endpoint, address.model) from error
    except BaseException:
        await wire.aclose()
        raise
    return wire


async def _set_up(wire: RealtimeWire, address: Address, session: Told) -> None:
    await wire.send("session.update", session=session)
    while (event := await wire.receive())["type"] != "session.updated":
        if event["type"] == "error":
            raise address.failure(event.get("error"))


async def _connected(address: Address) -> ClientConnection:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    endpoint, model = address.endpoint, address.model
    headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"} if endpoint.key else {}
    try:
        return await connect(
            address.url,
            additional_headers=headers,
            open_timeout=address.connect_s,
            max_size=_MOST_BYTES,
            logger=_SOCKET_LOG,
        )
    except InvalidStatus as error:
        response = error.response
        headers = {name.lower(): value for name, value in response.headers.raw_items()}
        told = read(response.status_code, bytes(response.body or b""), headers)
        raise from_answer(told, endpoint, model) from error
    except TimeoutError as error:
        raise explained("timed out", endpoint, model) from error
    except (OSError, WebSocketException, ImportError) as error:
        raise explained("unreachable", endpoint, model) from error


def session_of(
    endpoint: Endpoint, preferences: Preferences, instructions: str, *, has_voice: bool = True
) -> dict[str, Any]:
    """What the session is to be like: what the vendor's entry says, and over it what the person chose."""
    speech = preferences.speech
    detection = {
        "type": "server_vad",
        "silence_duration_ms": SILENCE_MS,
        "create_response": True,
        "interrupt_response": True,
    }
    session: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": " ".join(filter(None, [instructions, speech.instructions])),
        "audio": {"input": {"format": _PCM, "turn_detection": detection}, "output": {"format": _PCM}},
    }
    chosen: dict[str, Any] = {"input": {}, "output": {}}
    if preferences.spoken_language:
        chosen["input"]["transcription"] = {"language": preferences.spoken_language}
    if speech.voice and has_voice:
        chosen["output"]["voice"] = speech.voice
    if speech.speed != 1.0:
        chosen["output"]["speed"] = min(_FASTEST, max(_SLOWEST, speech.speed))
    return _laid_over(_laid_over(session, endpoint.extra_body), {"audio": chosen})


def _laid_over(below: Told, above: Told) -> dict[str, Any]:
    """Both tables; where they disagree the upper one."""
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[name] = _laid_over(known, value) if both else value  # type: ignore[arg-type]
    return merged
