"""`vtai sandbox serve`: the sandbox of this machine as a service for a VT.ai server elsewhere.

One WebSocket is one session: it ends with its connection. Who has the token may run code; nobody else learns
more than that something is there.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from vtai.core.errors import SettingsError
from vtai.providers.sandbox import remote_frames
from vtai.providers.sandbox.engine import NoSession, SandboxEngine, SandboxOptions, Session
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.places import Places
from vtai.providers.sandbox.results import Forged
from vtai.providers.sandbox.service_session import Served

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket
    from uvicorn import Config

logger = logging.getLogger(__name__)

SHORTEST_TOKEN: Final = 16
OPEN_S: Final = 30.0
_BAD_MESSAGE, _TOO_LATE = 1003, 1000
_CLOSE_S = 5


class Service:
    """Sessions of one engine behind a token. `clock` is in seconds."""

    def __init__(
        self,
        engine: SandboxEngine,
        options: SandboxOptions,
        token: SecretStr,
        *,
        most_sessions: int,
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises SettingsError for a token that is too short to keep anybody out."""
        if len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise SettingsError(
                f"The token of the sandbox service is shorter than {SHORTEST_TOKEN} characters.",
                "Set VT_CODE_SANDBOX_TOKEN to a long random text, the same here and on the server.",
            )
        self._engine = engine
        self._options = options
        self._token = token
        self._most_sessions = most_sessions
        self._clock = clock
        self._connected = 0
        self.places = Places(
            at_once,
            per_person=at_once,
            most_waiting=options.most_waiting,
            most_waiting_per_person=options.most_waiting,
        )

    def app(self) -> Starlette:
        """What is served: the sessions, and whether all is well."""
        routes = [
            Route("/health", self._health),
            WebSocketRoute(remote_frames.PATH, self._connect),
        ]
        return Starlette(routes=routes, lifespan=self._life)

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self._engine.close()

    async def _health(self, _: Request) -> Response:
        """For a probe: it says nothing of what is behind it."""
        is_usable = (await self._engine.report()).is_usable
        return JSONResponse({"ready": is_usable}, status_code=200 if is_usable else 503)

    async def _connect(self, socket: WebSocket) -> None:
        from starlette.responses import PlainTextResponse

        if not self._may(socket.headers.get("authorization", "")):
            await socket.send_denial_response(PlainTextResponse("The token is not right.", 401))
            return
        if self._connected >= self._most_sessions:
            await socket.send_denial_response(PlainTextResponse("Every session is taken.", 503))
            return
        self._connected += 1
        try:
            await socket.accept()
            await self._serve(socket)
        finally:
            self._connected -= 1

    async def _serve(self, socket: WebSocket) -> None:
        from starlette.websockets import WebSocketDisconnect

        try:
            await socket.send_bytes(remote_frames.hello(await self._engine.report()))
            if (session := await self._opened(socket)) is None:
                return
            served = Served(socket, session, self.places, self._options, secrets.token_hex(8))
            try:
                await self._watched(served)
            finally:
                await served.close()
        except WebSocketDisconnect:
            return
        except (Forged, KeyError) as error:
            logger.warning("sandbox service: a connection is closed: %s", error)
            await socket.close(_BAD_MESSAGE)
        except TimeoutError:
            await socket.close(_TOO_LATE)

    async def _opened(self, socket: WebSocket) -> Session | None:
        """A session once it is asked for; None where there is none. Raises Forged, TimeoutError."""
        async with asyncio.timeout(OPEN_S):
            message = await socket.receive_bytes()
        header, _ = remote_frames.decoded(message, remote_frames.TO_SERVICE)
        if header["op"] != "open":
            raise Forged(f"{header['op']} before it was open")
        try:
            session = await self._session()
        except NoSession as error:
            logger.warning("sandbox service: no session: %s", error)
            await socket.send_bytes(frames.encode({"op": "refused", "reason": str(error)[:500]}))
            await socket.close()
            return None
        await socket.send_bytes(frames.encode({"op": "opened"}))
        return session

    async def _session(self) -> Session:
        """Raises NoSession."""
        report = await self._engine.report()
        if not report.is_usable:
            raise NoSession(report.reason)
        return await self._engine.open()

    async def _watched(self, served: Served) -> None:
        """Serves until the connection ends or the session is idle for too long, or too old. TimeoutError."""
        opened_at = self._clock()
        while True:
            left = max(0.0, self._options.age_s - (self._clock() - opened_at))
            try:
                async with asyncio.timeout(min(self._options.idle_s, left)):
                    message = await served.receive()
            except TimeoutError:
                if served.is_busy and left > 0:
                    continue
                raise
            await served.answer(*remote_frames.decoded(message, remote_frames.TO_SERVICE))

    def _may(self, authorization: str) -> bool:
        """Whether the token is right, in a time that tells nothing of it."""
        wanted = f"Bearer {self._token.get_secret_value()}".encode()
        return hmac.compare_digest(authorization.encode("utf-8", "replace"), wanted)

    def config(self, host: str, port: int) -> Config:
        """How the server is run: small messages, nothing said about itself."""
        from uvicorn import Config

        return Config(
            self.app(),
            host=host,
            port=port,
            ws="websockets-sansio",
            ws_max_size=remote_frames.MOST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            server_header=False,
            date_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=_CLOSE_S,
        )
