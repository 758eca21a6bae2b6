"""The profile of the engine of macOS, as text: only a Mac can say what it does."""

from __future__ import annotations

import re

import pytest

from vtai.providers.sandbox.engine import NoSession, SandboxOptions
from vtai.providers.sandbox.seatbelt import SeatbeltEngine, profile

READABLE = ("/opt/python/bin/python3", "/opt/python/lib")
FOLDER = "/private/tmp/w1"


def rules() -> list[str]:
    return profile(READABLE, FOLDER, ("/opt/python/lib/vtai",)).splitlines()


def test_what_is_not_named_is_refused() -> None:
    assert rules()[:2] == ["(version 1)", "(deny default)"]


@pytest.mark.parametrize(
    "rule",
    [
        "(deny network*)",
        "(deny process-fork)",
        "(deny process-exec*)",
        "(deny mach-lookup)",
        "(deny file-link)",
    ],
)
def test_network_processes_and_look_ups_are_refused_by_name(rule: str) -> None:
    assert rule in rules()


def test_only_the_folder_and_devices_that_keep_nothing_can_be_written() -> None:
    (writing,) = [rule for rule in rules() if rule.startswith("(allow file-write*")]
    assert re.findall(r'"([^"]+)"', writing) == [
        FOLDER,
        "/dev/null",
        "/dev/zero",
        "/dev/random",
        "/dev/urandom",
    ]


def test_only_the_system_the_interpreter_and_the_folder_can_be_read() -> None:
    (reading,) = [rule for rule in rules() if rule.startswith("(allow file-read* ")]
    paths = re.findall(r'\(subpath "([^"]+)"\)', reading)
    assert {*READABLE, FOLDER} < set(paths)
    assert not {"/", "/Users", "/private", "/etc", "/private/etc", "/tmp", "/private/var"} & set(paths)


def test_what_is_hidden_comes_last_because_the_last_rule_counts() -> None:
    assert rules()[-1] == '(deny file-read* file-write* (subpath "/opt/python/lib/vtai"))'


def test_a_signal_goes_to_the_session_itself_only() -> None:
    assert [rule for rule in rules() if "signal" in rule] == ["(allow signal (target self))"]


def test_a_path_cannot_break_out_of_its_rule() -> None:
    text = profile((), '/tmp/a") (allow default) ("\\')
    assert '(subpath "/tmp/a\\") (allow default) (\\"\\\\")' in text
    assert len(text.splitlines()) == len(profile((), "/tmp/a").splitlines())


async def test_it_is_refused_on_any_other_system() -> None:
    engine = SeatbeltEngine(SandboxOptions(), platform="linux")
    report = await engine.report()
    assert (report.is_usable, report.reason) == (False, "it needs macOS")
    assert "remote" in report.fix
    with pytest.raises(NoSession):
        await engine.open()
    await engine.close()
