"""The self-test tells walls from no walls: against processes without any, every canary must sing."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from tests.providers.sandbox.bare_session import BareEngine, BareSession
from vtai.core.code import SandboxReport
from vtai.providers.sandbox.engine import MIB, Level, SandboxOptions
from vtai.providers.sandbox.selftest import examine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

# A text of each attempt, by what its check is called.
ATTEMPTS = {
    "No variable of the server's environment is seen": "/environ",
    "A file of the server cannot be read": "file.read()\n",
    "Nothing can be written outside the folder": "/new",
    "A port of this machine cannot be reached": "sock.connect",
    "A unix socket of this machine cannot be reached": "sendto",
    "No process can be made": "os.fork()",
    "No program can be started": "os.execve",
    "No namespace can be made": "unshare",
    "Memory is limited": "bytearray",
    "Time is limited": "time.monotonic",
}
OPTIONS = SandboxOptions(resident_bytes=8 * MIB)


async def examined(session: BareSession, reasons: dict[str, str] | None = None, **more: str) -> SandboxReport:
    return await examine(BareEngine(session, reasons or {}, **more), OPTIONS)


def all_but(name: str = "") -> tuple[str, ...]:
    return tuple(text for check, text in ATTEMPTS.items() if check not in {name, "Time is limited"})


async def test_with_every_attempt_refused_the_engine_may_be_used() -> None:
    report = await examined(BareSession(all_but()))
    assert report.is_usable
    assert (report.level, report.strength, report.libraries) == ("A", "kernel", ("numpy 2",))
    assert all(check.passed for check in report.checks)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ATTEMPTS if name != "Time is limited"])
async def test_one_wall_that_does_not_hold_is_enough_to_refuse(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "No namespace can be made" and not _may_unshare():
        pytest.skip("this system makes no namespaces")
    monkeypatch.setenv("CANARY_API_KEY", "sk-canary")
    report = await examined(BareSession(all_but(name)))
    assert not report.is_usable
    assert (report.level, report.strength) == ("", "none")
    assert report.reason == f"the self-test failed: {name}"
    assert report.fix
    assert [check.name for check in report.checks if not check.passed] == [name]
    assert list(Path(tempfile.gettempdir()).glob("vtai-canary-*")) == []


@pytest.mark.slow
async def test_code_without_a_time_limit_is_enough_to_refuse() -> None:
    report = await examined(BareSession(all_but(), limits_time=False))
    assert report.reason == "the self-test failed: Time is limited"


@pytest.mark.parametrize(
    ("reasons", "level"),
    [
        pytest.param({}, "A", id="the strongest"),
        pytest.param({"A": "user namespaces: refused"}, "B", id="without namespaces"),
        pytest.param(
            {"A": "Landlock: not in this kernel", "B": "Landlock: not in this kernel"}, "C", id="old"
        ),
    ],
)
async def test_the_strongest_level_that_works_is_taken(reasons: dict[str, str], level: Level) -> None:
    report = await examined(BareSession(all_but()), reasons)
    assert report.level == level
    assert [(check.detail, bool(check.fix)) for check in report.checks if not check.passed] == [
        (reason, True) for reason in reasons.values()
    ]


async def test_without_any_level_the_reasons_are_told_each_once() -> None:
    reasons = {"A": "Landlock: not in this kernel", "B": "Landlock: not in this kernel", "C": "refused"}
    report = await examined(BareSession(), reasons)
    assert not report.is_usable
    assert report.reason == "Landlock: not in this kernel; refused"
    assert "5.13" in report.fix


async def test_an_engine_that_does_not_start_is_refused_with_the_reason() -> None:
    report = await examined(BareSession(), cannot_start="it needs Linux")
    assert (report.is_usable, report.reason) == (False, "it needs Linux")


def _may_unshare() -> bool:
    import subprocess

    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
