"""The engine of a sandbox service elsewhere (`vtai sandbox serve`): a connection for each session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from vtai.core.code import SandboxReport, Strength
from vtai.providers.sandbox import remote_frames
from vtai.providers.sandbox.engine import NoSession, SandboxOptions
from vtai.providers.sandbox.remote_session import RemoteSession
from vtai.providers.sandbox.results import Forged

if TYPE_CHECKING:
    from pydantic import SecretStr
    from websockets.asyncio.client import ClientConnection

CONNECT_S: Final = 10.0
REPORT_S: Final = 120.0
PING_S: Final = 20.0
_CLOSE_S = 3.0
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_REACH = "Start `vtai sandbox serve` there and check code_sandbox_url."
_TOKEN = "Set code_sandbox_token to the VT_CODE_SANDBOX_TOKEN that the service was started with."  # noqa: S105 -- a hint
_SERVICE = (
    "code_sandbox_url must be the base address of `vtai sandbox serve` of the same version as this server."
)
_BUSY = "Start another service, or give it more sessions (code_sessions)."


class _NoConnection(Exception):
    """The service cannot be used: why, and what an operator can do."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.fix = fix


class RemoteEngine:
    """`url` is the service's base address, with http or https. Its strength is what the service says."""

    name = "remote"

    def __init__(self, options: SandboxOptions, url: str, token: SecretStr) -> None:
        self._options = options
        self._url = url
        self._token = token
        self._report: SandboxReport | None = None
        self._sessions: set[RemoteSession] = set()
        self._is_closed = False

    @property
    def strength(self) -> Strength:
        return self._report.strength if self._report is not None else "none"

    async def report(self) -> SandboxReport:
        """What the service says of itself. What is not usable is asked again the next time."""
        if self._report is None or not self._report.is_usable:
            self._report = await self._asked()
        return self._report

    async def open(self) -> RemoteSession:
        if self._is_closed:
            raise NoSession("the sandbox is closed")
        try:
            connection, report = await self._connected()
        except _NoConnection as error:
            raise NoSession(str(error)) from error
        if not report.is_usable:
            await connection.close()
            raise NoSession(f"the service runs no code: {report.reason}")
        session = RemoteSession(connection, self._options)
        try:
            await session.open()
        except BaseException:
            await session.close()
            raise
        self._sessions = {known for known in self._sessions if known.is_alive} | {session}
        return session

    async def give_back(self) -> None:
        """Nothing is held here that would be worth it."""

    async def close(self) -> None:
        self._is_closed = True
        await asyncio.gather(*(session.close() for session in self._sessions))
        self._sessions.clear()

    async def _asked(self) -> SandboxReport:
        try:
            connection, report = await self._connected()
        except _NoConnection as error:
            return SandboxReport(self.name, False, reason=str(error), fix=error.fix)
        await connection.close()
        return SandboxReport(
            self.name,
            report.is_usable,
            report.strength,
            report.level,
            report.reason and f"the service runs no code: {report.reason}",
            report.fix,
            report.libraries,
            report.checks,
        )

    async def _connected(self) -> tuple[ClientConnection, SandboxReport]:
        """A connection and what the service said first. Raises _NoConnection."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

        connection: ClientConnection | None = None
        try:
            connection = await connect(
                _address(self._url),
                additional_headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
                user_agent_header=None,
                compression=None,
                max_size=remote_frames.MOST_MESSAGE_BYTES,
                open_timeout=CONNECT_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=_CLOSE_S,
            )
            # The first time, the service tries out its walls before it answers.
            async with asyncio.timeout(REPORT_S):
                message = await connection.recv()
            header, payload = remote_frames.decoded(message, remote_frames.FROM_SERVICE)
            return connection, remote_frames.report_of(header, payload)
        except BaseException as error:
            if connection is not None:
                await connection.close()
            match error:
                case InvalidStatus():
                    raise _refused(error.response.status_code) from error
                case Forged():
                    raise _NoConnection(f"the service cannot be understood: {error}", _SERVICE) from error
                case InvalidURI() | InvalidHandshake():
                    raise _NoConnection("there is no sandbox service at this address", _SERVICE) from error
                case TimeoutError():
                    raise _NoConnection("the service does not answer in time", _REACH) from error
                case ConnectionClosed() | OSError():
                    raise _NoConnection("the service cannot be reached", _REACH) from error
                case _:
                    raise


def _address(url: str) -> str:
    """Where sessions are, from the base address. Raises _NoConnection."""
    parts = urlsplit(url.strip())
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise _NoConnection("code_sandbox_url is no address with http or https", _SERVICE)
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}{remote_frames.PATH}"


def _refused(status: int) -> _NoConnection:
    match status:
        case 401:
            return _NoConnection("the service refused the token", _TOKEN)
        case 503:
            return _NoConnection("every session of the service is taken", _BUSY)
        case _:
            reason = f"there is no sandbox service at this address (status {status})"
            return _NoConnection(reason, _SERVICE)
