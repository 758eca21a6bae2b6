"""`vtai sandbox check`: what was tried, and the fix for what is wrong."""

from __future__ import annotations

import json

import pytest

from tests.cli.sandbox_shell import SandboxShell
from vtai.core.code import Check, SandboxReport


@pytest.fixture
def shell() -> SandboxShell:
    return SandboxShell()


def test_check_prints_each_probe_with_its_fix(shell: SandboxShell) -> None:
    checks = (
        Check("Landlock", True, "version 7", "Use a newer kernel."),
        Check("namespaces", False, "refused by AppArmor", "Add a profile."),
    )
    shell.sandbox.told = SandboxReport(
        "local", True, "kernel", "B", libraries=("numpy 2.4.6",), checks=checks
    )
    outcome = shell("sandbox", "check")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "[ok] Landlock: version 7",
        "[no] namespaces: refused by AppArmor",
        "       fix: Add a profile.",
        "Code runs in the local sandbox: kernel, level B.",
        "Loaded: numpy 2.4.6.",
    ]


def test_check_says_why_nothing_is_usable(shell: SandboxShell) -> None:
    shell.sandbox.told = SandboxReport(
        "off", False, reason="Landlock: not in this kernel.", fix="Use Linux 5.13."
    )
    outcome = shell("sandbox", "check")
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        "No code is run (off): Landlock: not in this kernel.",
        "fix: Use Linux 5.13.",
    ]


def test_check_as_json_is_one_value(shell: SandboxShell) -> None:
    shell.sandbox.told = SandboxReport("off", False, reason="no", checks=(Check("a", False, "b", "c"),))
    outcome = shell("sandbox", "check", "--json")
    report = json.loads(outcome.out)
    assert outcome.code == 1
    assert (report["engine"], report["is_usable"]) == ("off", False)
    assert report["checks"] == [{"name": "a", "passed": False, "detail": "b", "fix": "c"}]
