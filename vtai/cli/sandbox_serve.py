"""`vtai sandbox serve`: the sandbox of this machine as a service for a VT.ai server elsewhere."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai.core.errors import NotConfigured, SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.cli.parts import Parts
    from vtai.cli.terminal import Terminal
    from vtai.providers.sandbox.engine import SandboxEngine, SandboxOptions
    from vtai.settings import Loaded

_NO_TLS = (
    "Anybody on the way can read what is sent, the token too: put TLS in front, or use a network of your own."
)


def serve(parts: Parts, host: str, port: int) -> None:
    """Runs the service until it is stopped. Raises SettingsError without a token, NotConfigured where no code
    can be run safely.
    """
    from vtai.cli import logs
    from vtai.settings import load
    from vtai.wiring.assistance import sandbox_options

    loaded = load()
    logs.to_stderr(loaded.settings.log_level)
    token = loaded.settings.code_sandbox_token
    if token is None:
        raise SettingsError(
            "The sandbox service does not start without a token: whoever reaches it could run code.",
            "Set VT_CODE_SANDBOX_TOKEN to a long random text, the same here and on the server.",
        )
    options = sandbox_options(loaded)
    asyncio.run(_served(_engine(loaded, options), options, token, (host, port), parts.terminal))


async def _served(
    engine: SandboxEngine,
    options: SandboxOptions,
    token: SecretStr,
    address: tuple[str, int],
    terminal: Terminal,
) -> None:
    from uvicorn import Server

    from vtai.providers.sandbox.service import Service

    host, port = address
    try:
        service = Service(
            engine,
            options,
            token,
            most_sessions=_sessions(options),
            at_once=options.at_once or os.cpu_count() or 1,
        )
        report = await engine.report()
        if not report.is_usable:
            raise NotConfigured(
                f"No code can be run safely here: {report.reason}.",
                report.fix or "`vtai sandbox check` tells what was tried.",
            )
        level = f", level {report.level}" if report.level else ""
        terminal.line(f"The sandbox service is at http://{host}:{port} ({report.strength}{level}).")
        if not _is_loopback(host):
            terminal.aside(_NO_TLS)
        await Server(service.config(host, port)).serve()
    finally:
        await engine.close()


def _engine(loaded: Loaded, options: SandboxOptions) -> SandboxEngine:
    """Containers where the settings ask for them, else the engine of this system."""
    from vtai.providers.sandbox.local import LocalEngine
    from vtai.providers.sandbox.makers import makers

    settings = loaded.settings
    if settings.code_sandbox != "container":
        return LocalEngine(replace(options, engine="local"))
    known = makers(None, None, None, settings.code_sandbox_image, settings.code_sandbox_runtime)
    return known["container"](options)


def _sessions(options: SandboxOptions) -> int:
    """As many as are allowed and as the memory that is free now has room for."""
    from vtai.providers.sandbox.conversations import MOST_SESSIONS, SESSION_BYTES
    from vtai.providers.sandbox.watchdog import free_bytes

    free = free_bytes()
    most = options.sessions or MOST_SESSIONS
    return most if free is None else max(1, min(most, free // 2 // SESSION_BYTES))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
