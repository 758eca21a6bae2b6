"""A browser tab without a browser: speaks the page's socket protocol and remembers what it was sent."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from tests.ui.recorder import Recorder

if TYPE_CHECKING:
    import socketio

_WAIT_S = 20.0


class Refused(Exception):
    """The server did not let the tab in."""


def new_id() -> str:
    return str(uuid.uuid4())


class Tab:
    """`async with Tab(url) as tab`. `handshake` and `headers` replace what a browser would send."""

    def __init__(
        self, url: str, handshake: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        self.url = url
        self.session = new_id()
        self.screen = Recorder()
        self._auth = {
            "sessionId": self.session,
            "clientType": "webapp",
            "threadId": "",
            "userEnv": "{}",
            "chatProfile": "",
        }
        self._auth |= handshake or {}
        self._headers = headers or {}
        self._news = asyncio.Event()
        self._client = self._new_client()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    async def connect(self) -> None:
        from socketio.exceptions import ConnectionError as NotConnected

        try:
            await self._client.connect(
                self.url,
                headers=self._headers,
                auth=self._auth,
                transports=["websocket"],
                socketio_path="/ws/socket.io",
                wait_timeout=10,
            )
        except NotConnected as error:
            await self._leave()
            raise Refused(str(error)) from error
        await self._client.emit("connection_successful")

    async def lose_connection(self) -> None:
        """Goes away and comes back as the same session."""
        await self._leave()
        self._client = self._new_client()

    async def emit(self, event: str, *data: Any) -> None:
        await self._client.emit(event, data[0] if data else None)

    async def say(self, text: str, **message: Any) -> str:
        """Sends a message; gives its id."""
        key = new_id()
        sent = {"id": key, "threadId": "", "type": "user_message", "name": "User", "output": text, **message}
        await self.emit("client_message", {"message": sent, "fileReferences": []})
        return key

    async def ask(self, text: str, **message: Any) -> str:
        """Sends a message and waits for the end of the reply; gives the answer."""
        replies = len(self.ended)
        await self.say(text, **message)
        await self.until(lambda: len(self.ended) > replies)
        return self.answers[-1]

    async def send_sound(self, pieces: Iterable[tuple[bytes, float | None]]) -> None:
        """Sends pieces of sound with their times, as the page does while it records."""
        for number, (samples, at_ms) in enumerate(pieces):
            about = {"isStart": number == 0, "mimeType": "pcm16", "elapsedTime": at_ms}
            await self.emit("audio_chunk", about | {"data": samples})

    async def press_microphone(self) -> None:
        """Presses the button and waits until the page may record."""
        before = self.screen.named("audio_connection").count("on")
        await self.emit("audio_start")
        await self.until(lambda: self.screen.named("audio_connection").count("on") > before)

    @property
    def toasts(self) -> list[str]:
        return [toast["message"] for toast in self.screen.named("toast")]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(_WAIT_S):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    @property
    def answers(self) -> list[str]:
        return [step["output"] for step in self.screen.of_kind("assistant_message")]

    @property
    def ended(self) -> list[dict[str, Any]]:
        """The runs of replies that are over."""
        return [step for step in self.screen.of_kind("run") if step["name"] == "on_message" and step["end"]]

    @property
    def everything(self) -> str:
        """All that was ever sent to this browser."""
        return repr(self.screen.sent)

    async def _leave(self) -> None:
        await self._client.disconnect()
        # The library leaves its HTTP session open.
        if self._client.eio.http is not None:
            await self._client.eio.http.close()

    def _new_client(self) -> socketio.AsyncClient:
        import socketio

        client = socketio.AsyncClient(reconnection=False)

        def remember(event: str, *data: Any) -> None:
            self.screen.sent.append((event, data[0] if data else None))
            self._news.set()

        client.on("*", remember)
        return client
