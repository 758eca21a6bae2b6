"""The sandbox that the settings ask for: built when it is first needed, refused where it is too weak."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from vtai.core.code import CodeEvent, CodeRequest, SandboxReport, SessionKey, Strength
from vtai.core.errors import NotConfigured
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import EngineName, SandboxEngine, SandboxOptions
from vtai.providers.sandbox.selftest import ANY_FIX

logger = logging.getLogger(__name__)

MakeEngine = Callable[[SandboxOptions], SandboxEngine]

# From weak to strong.
_ORDER: tuple[Strength, ...] = ("none", "wasm", "kernel", "container", "gvisor", "vm")
# What is not in our hands may be back: it is asked again.
_ELSEWHERE: frozenset[EngineName] = frozenset({"container", "remote", "e2b"})
RETRY_S: Final = 30.0
_INSTEAD: Final = "I can still explain the steps or write the code for you."


class ChosenSandbox:
    """Implements the port `Sandbox`.

    `makers` builds engines by name; the local one is known. Those that need an address or a key belong in it
    only where they are configured: `auto` takes the first of remote, e2b, local (Linux), seatbelt (macOS).
    """

    def __init__(
        self,
        options: SandboxOptions,
        makers: Mapping[EngineName, MakeEngine] | None = None,
        *,
        platform: str = sys.platform,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._makers: dict[EngineName, MakeEngine] = {"local": _local, **(makers or {})}
        self._platform = platform
        self._conversations: Conversations | None = None
        self._clock = clock
        self._report: SandboxReport | None = None
        self._reported_at = 0.0
        self._lock = asyncio.Lock()

    @property
    def name(self) -> EngineName:
        """The engine that the settings mean, whether it works or not."""
        if self._options.engine != "auto":
            return self._options.engine
        fits: dict[EngineName, bool] = {
            "remote": True,
            "e2b": True,
            "local": self._platform == "linux",
            "seatbelt": self._platform == "darwin",
        }
        # Never a container by itself: who reaches its daemon is root on the machine.
        return next((name for name, is_fit in fits.items() if is_fit and name in self._makers), "off")

    async def report(self) -> SandboxReport:
        async with self._lock:
            if self._report is None or self._may_have_changed(self._report):
                self._report = self._judged(await self._tried())
                level = logging.INFO if self._report.is_usable or self.name == "off" else logging.WARNING
                logger.log(level, "sandbox: %s %s", self._report.engine, self._report.reason or "is ready")
                self._reported_at = self._clock()
            return self._report

    async def run(self, request: CodeRequest) -> AsyncGenerator[CodeEvent, None]:
        report = await self.report()
        if not report.is_usable or self._conversations is None:
            raise refusal(report)
        async with aclosing(self._conversations.run(request)) as events:
            async for event in events:
                yield event

    async def end(self, session: SessionKey) -> None:
        if self._conversations is not None:
            await self._conversations.end(session)

    async def aclose(self) -> None:
        """Ends everything. May be called twice."""
        async with self._lock:
            if self._conversations is not None:
                await self._conversations.aclose()

    async def _tried(self) -> SandboxReport:
        name = self.name
        if name == "off":
            is_chosen = self._options.engine == "off"
            fix = 'Set code_sandbox = "auto" to switch it on.' if is_chosen else ANY_FIX
            return SandboxReport("off", False, reason=self._why_off(), fix=fix)
        maker = self._makers.get(name)
        if maker is None:
            reason = f"the engine {name!r} is not configured"
            return SandboxReport(
                name, False, reason=reason, fix=f'Set what {name!r} needs, or code_sandbox = "auto".'
            )
        if self._conversations is None:
            self._conversations = Conversations(maker(self._options), self._options)
        return await self._conversations.report()

    def _may_have_changed(self, report: SandboxReport) -> bool:
        is_old = self._clock() - self._reported_at >= RETRY_S
        return is_old and not report.is_usable and self.name in _ELSEWHERE

    def _why_off(self) -> str:
        if self._options.engine == "off":
            return "it is switched off in the settings"
        return f"there is no engine for this system ({self._platform})"

    def _judged(self, report: SandboxReport) -> SandboxReport:
        """Refuses walls that are weaker than the operator asks for."""
        least = self._options.minimum
        if not report.is_usable or _ORDER.index(report.strength) >= _ORDER.index(least):
            return report
        return replace(
            report,
            is_usable=False,
            reason=f"{report.engine} gives {report.strength!r} walls and code_sandbox_min asks for {least!r}",
            fix=f"Use an engine with {least!r} walls, or set code_sandbox_min to {report.strength!r}.",
        )


def refusal(report: SandboxReport) -> NotConfigured:
    """What people and models are told where no code runs; the hint ends with what an operator can do."""
    reason = report.reason or "no reason is known"
    return NotConfigured(
        f"Code execution is switched off on this server: no safe sandbox is available ({reason}). {_INSTEAD}",
        f"An administrator finds what was tried in `vtai sandbox check`. {report.fix or ANY_FIX}",
    )


def _local(options: SandboxOptions) -> SandboxEngine:
    from vtai.providers.sandbox.local import LocalEngine

    return LocalEngine(options)
