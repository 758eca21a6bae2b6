"""Listening, answering and stopping: one process, one event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from vtai.core.errors import SettingsError, VTError
from vtai.server.access import access_key, address_lines, address_of

if TYPE_CHECKING:
    import uvicorn

    from vtai.server.doors import Doors
    from vtai.wiring import App

Say = Callable[[str], None]

# Running answers may end by themselves this long; then they are cut, and say so.
_GRACE_S = 3.0
_CUT_S = 1.0
_TICK_S = 0.05


def serve(app: App, host: str, port: int, say: Say | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C. `say` prints the lines that a person reads at start.

    Raises VTError before anything is loaded when it cannot listen there.
    """
    import uvicorn

    from vtai.server.app import build_server

    listener = listen(host, port)
    with listener:
        settings, data_dir = app.loaded.settings, app.loaded.data_dir
        sign_in, bound = settings.sign_in, listener.getsockname()[1]
        access = access_key(host, settings.access_key, data_dir) if sign_in == "auto" else None
        lines = address_lines(access, host, bound, settings.allowed_origins, sign_in)

        async def invite(doors: Doors) -> None:
            if (line := await doors.invitation(address_of(host, bound))) is not None:
                (say or _print)(line)

        config = uvicorn.Config(
            build_server(app, host, access, invite=invite),
            loop="auto",
            # The variant without the interfaces that the websockets library is about to drop.
            ws="websockets-sansio",
            # Compressing small pieces of text costs more time and memory than it saves.
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whose word counts for who asks is set for the whole server: see `proxied`.
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        server = _server(uvicorn.Server)(config, app, lambda: _announce(lines, say or _print))
        with _exits_quietly():
            _run(server, listener, settings.thread_pool_size)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there from now on. Raises SettingsError with one line and what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise SettingsError(f"{host!r} is not an address.", "A value that works: --host 127.0.0.1") from error
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            # A port that a stopped server has just left is free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Listening at once: who comes while the server still starts waits instead of being turned away.
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def _refused(host: str, port: int, error: OSError) -> VTError:
    match error.errno:
        case errno.EADDRINUSE:
            other = port + 1 if port < 65_535 else 8000
            return SettingsError(
                f"Port {port} is taken by another program.", f"Choose another: --port {other}"
            )
        case errno.EACCES:
            return SettingsError(f"Port {port} may not be used by this user.", "Choose another: --port 8000")
        case _:
            return SettingsError(f"{host!r} is not an address here.", "A value that works: --host 127.0.0.1")


def _run(server: uvicorn.Server, listener: socket.socket, threads: int) -> None:
    async def main() -> None:
        executor = ThreadPoolExecutor(threads, thread_name_prefix="vtai")
        asyncio.get_running_loop().set_default_executor(executor)
        await server.serve(sockets=[listener])

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(main())


def _server(base: type[uvicorn.Server]) -> Callable[..., uvicorn.Server]:
    """uvicorn's server, which also says when it listens and lets running answers end. A function, as its base
    class is imported late.
    """

    class Server(base):  # type: ignore[misc, valid-type]
        def __init__(self, config: uvicorn.Config, app: App, on_listening: Callable[[], None]) -> None:
            super().__init__(config)
            self._app = app
            self._on_listening = on_listening

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                self._on_listening()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await drain(self._app, lambda: self.force_exit)
            await super().shutdown(sockets=sockets)

    return Server


async def drain(app: App, is_forced: Callable[[], bool], grace_s: float = _GRACE_S) -> None:
    """Takes no new turns, lets the running ones end, and after `grace_s` cuts them, which they say."""
    app.chat.drain()
    await _wait_for_none(app, grace_s, is_forced)
    app.chat.cut()
    await _wait_for_none(app, _CUT_S, is_forced)


async def _wait_for_none(app: App, seconds: float, is_forced: Callable[[], bool]) -> None:
    for _ in range(round(seconds / _TICK_S)):
        if app.metrics.running == 0 or is_forced():
            return
        await asyncio.sleep(_TICK_S)


@contextmanager
def _exits_quietly() -> Iterator[None]:
    """After its own clean-up the server raises the signal that stopped it again: that is a normal end."""

    def leave(*_: Any) -> NoReturn:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except SystemExit as ended:
        if ended.code:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(lines: list[str], say: Say) -> None:
    for line in lines:
        say(line)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
