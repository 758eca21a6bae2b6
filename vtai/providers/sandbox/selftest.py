"""Finds out, by trying, what walls there can be on this machine, and whether they hold."""

from __future__ import annotations

import logging
from typing import Protocol

from vtai.core.code import Check, SandboxReport
from vtai.providers.sandbox.canaries import may_be_used, try_out
from vtai.providers.sandbox.engine import Level, NoSession, SandboxOptions, Session
from vtai.providers.sandbox.server_process import Hello

logger = logging.getLogger(__name__)

_LEVELS: tuple[Level, ...] = ("A", "B", "C")
_NAMES: dict[Level, str] = {
    "A": "Level A: namespaces, Landlock and seccomp",
    "B": "Level B: Landlock and seccomp",
    "C": "Level C: namespaces and seccomp",
}
_LANDLOCK = "Use Linux 5.13 or newer with Landlock on (`landlock` in the kernel's `lsm=` list)"
_NAMESPACES = (
    "allow user namespaces (`sysctl user.max_user_namespaces`; on Ubuntu an AppArmor profile with `userns,`; "
    "in a container a seccomp profile that lets `unshare` and `mount` through)"
)
_FIXES: dict[Level, str] = {
    "A": f"{_LANDLOCK}, and {_NAMESPACES}.",
    "B": f"{_LANDLOCK}.",
    "C": f"{_NAMESPACES[0].upper()}{_NAMESPACES[1:]}.",
}
ANY_FIX = f'{_LANDLOCK}, or {_NAMESPACES}, or let code run elsewhere: code_sandbox = "remote".'


class Examined(Protocol):
    """What is asked of an engine that has levels."""

    @property
    def name(self) -> str: ...

    async def hello(self) -> Hello:
        """Raises NoSession."""
        ...

    async def probe(self, level: Level) -> str | None:
        """Raises NoSession."""
        ...

    async def open_at(self, level: Level) -> Session:
        """Raises NoSession."""
        ...


async def examine(engine: Examined, options: SandboxOptions) -> SandboxReport:
    """The strongest level that works, every wall tried. One wall that does not hold, and none is used."""
    checks: list[Check] = []
    try:
        hello = await engine.hello()
        level = await _strongest(engine, options, checks)
        if level is None:
            why = "; ".join(dict.fromkeys(check.detail for check in checks))
            return _refused(engine, why, ANY_FIX, checks)
        checks += await try_out(lambda: engine.open_at(level), options, hello.libraries)
    except NoSession as error:
        return _refused(engine, str(error), ANY_FIX, checks)
    except OSError as error:
        return _refused(engine, f"it could not be tried out ({error.strerror})", ANY_FIX, checks)
    failed = [check for check in checks if not check.passed and check.name not in _NAMES.values()]
    if not may_be_used(failed):
        names = "; ".join(check.name for check in failed)
        logger.error("sandbox: the self-test failed and no code runs: %s", names)
        return _refused(engine, f"the self-test failed: {names}", failed[0].fix, checks)
    return SandboxReport(engine.name, True, "kernel", level, libraries=hello.libraries, checks=tuple(checks))


async def _strongest(engine: Examined, options: SandboxOptions, checks: list[Check]) -> Level | None:
    for level in (options.level,) if options.level else _LEVELS:
        reason = await engine.probe(level)
        if reason is None:
            checks.append(Check(_NAMES[level], passed=True))
            return level
        checks.append(Check(_NAMES[level], passed=False, detail=reason, fix=_FIXES[level]))
    return None


def _refused(engine: Examined, reason: str, fix: str, checks: list[Check]) -> SandboxReport:
    return SandboxReport(engine.name, False, reason=reason, fix=fix, checks=tuple(checks))
