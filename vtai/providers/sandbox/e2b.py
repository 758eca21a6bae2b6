"""The engine of E2B: each session is a small virtual machine at that company, a third party.

Code, and the files of the chat that it works on, leave the server. The machines get no network.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from vtai.core.code import Check, CodeResult, SandboxReport, Strength
from vtai.providers.sandbox.e2b_session import FOLDER, E2BSession, foreign_errors, reason_of
from vtai.providers.sandbox.engine import NoSession, SandboxOptions

if TYPE_CHECKING:
    from pydantic import SecretStr

logger = logging.getLogger(__name__)

RENT_S: Final = 60.0
# The longest that every account may rent a machine for.
LONGEST_S: Final = 3600
# Makes a machine, with the SDK's own type.
Rent = Callable[[SandboxOptions, "SecretStr"], Awaitable[Any]]

_PARTY = "Code runs at E2B, a third party"
_INSTALL = 'Install it: pip install "vtai[e2b]".'
_KEY = "Set E2B_API_KEY to a key of your E2B account."
_STATUS = "Look at the account's limits and at E2B's status page, or choose another engine with code_sandbox."
_PREPARE = f"mkdir -p {FOLDER} && chmod 777 {FOLDER}"
_ENTER = f"import os, sys\nos.chdir({FOLDER!r})\nsys.path.insert(0, {FOLDER!r})"


class E2BEngine:
    """`key` is E2B's. `rent` makes a machine; the SDK does it where none is given."""

    name = "e2b"
    strength: Strength = "vm"

    def __init__(self, options: SandboxOptions, key: SecretStr, rent: Rent | None = None) -> None:
        self._options = options
        self._key = key
        self._rent = rent or _rented
        self._report: SandboxReport | None = None
        self._reporting = asyncio.Lock()
        self._sessions: set[E2BSession] = set()
        self._is_closed = False

    async def report(self) -> SandboxReport:
        """Rents a machine for a moment, until that has worked once."""
        async with self._reporting:
            if self._report is None or not self._report.is_usable:
                self._report = await self._tried()
            return self._report

    async def open(self) -> E2BSession:
        """Raises NoSession; ImportError where the SDK is missing."""
        if self._is_closed:
            raise NoSession("the sandbox is closed")
        errors = foreign_errors()
        machine: Any = None
        try:
            async with asyncio.timeout(RENT_S):
                machine = await self._rent(self._options, self._key)
                await machine.commands.run(_PREPARE, user="root")
                await machine.run_code(_ENTER, timeout=RENT_S)
        except BaseException as error:
            if machine is not None:
                await E2BSession(machine, self._options).close()
            if isinstance(error, errors):
                raise NoSession(reason_of(error)) from error
            raise
        session = E2BSession(machine, self._options)
        self._sessions = {known for known in self._sessions if known.is_alive} | {session}
        return session

    async def give_back(self) -> None:
        """Nothing is held here that would be worth it."""

    async def close(self) -> None:
        self._is_closed = True
        await asyncio.gather(*(session.close() for session in self._sessions))
        self._sessions.clear()

    async def _tried(self) -> SandboxReport:
        checks = [Check(_PARTY, passed=True, detail="What code works on leaves this server.")]
        try:
            session = await self.open()
        except ImportError:
            return self._refused("the package e2b-code-interpreter is not installed", _INSTALL, checks)
        except NoSession as error:
            fix = _KEY if "key" in str(error) else _STATUS
            return self._refused(str(error), fix, checks)
        try:
            end = None
            async for event in session.run("print(6 * 7)", self._options.timeout_s):
                end = event
        finally:
            await session.close()
        if not isinstance(end, CodeResult) or (end.status, end.stdout.strip()) != ("ok", "42"):
            return self._refused("a machine was rented and does not run code", _STATUS, checks)
        checks.append(Check("Code runs", passed=True, detail="ok"))
        return SandboxReport(self.name, True, self.strength, checks=tuple(checks))

    def _refused(self, reason: str, fix: str, checks: list[Check]) -> SandboxReport:
        return SandboxReport(self.name, False, reason=reason, fix=fix, checks=tuple(checks))


async def _rented(options: SandboxOptions, key: SecretStr) -> Any:
    from e2b_code_interpreter import AsyncSandbox

    return await AsyncSandbox.create(
        api_key=key.get_secret_value(),
        timeout=int(min(options.age_s, LONGEST_S)),
        allow_internet_access=False,
    )
