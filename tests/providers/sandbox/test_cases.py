"""Every way out that is known, tried in the real sandbox: as root and as an ordinary user, at both levels."""

from __future__ import annotations

import os
import platform
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.providers.sandbox.bare import played
from tests.providers.sandbox.cases import CASES
from tests.providers.sandbox.cases.case import Case, Outcome
from tests.providers.sandbox.conftest import LEVELS, USERS, Worlds
from tests.providers.sandbox.world import World

CONTROLLED = [case for case in CASES if case.control]


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_there_is_no_way_out(case: Case, user: str, level: str, worlds: Worlds) -> None:
    if platform.machine() not in case.machines:
        pytest.skip("another kind of processor")
    world = worlds.of(user, level)
    world.prepare()
    try:
        outcomes = world.play(case)
        for number, outcome in enumerate(outcomes):
            _holds(case, number, outcome)
        if case.check:
            case.check(world, outcomes)
        if case.survives:
            _works(world, case.name)
    finally:
        world.end(case.name)
        if case.after:
            case.after(world)
    _works(world, "next")
    world.end("next")


@pytest.mark.slow
@pytest.mark.parametrize("case", CONTROLLED, ids=lambda case: case.id)
def test_without_walls_the_attempt_succeeds(case: Case, tmp_path: Path) -> None:
    if platform.machine() not in case.machines:
        pytest.skip("another kind of processor")
    if os.getuid() != 0 and case.name in _NEED_ROOT:
        pytest.skip("only root can do it at all")
    tmp_path.chmod(0o755)
    printed = played(case, tmp_path)
    assert f"ESCAPED {case.control}" in printed, printed[-2000:]


_NEED_ROOT = {"fs_13_sysctl_cgroup_write", "sys_06_privileges", "fs_06_metadata_outside", "fs_12_devices"}


def test_every_family_has_attempts_that_are_proven_to_work() -> None:
    families = {case.name.partition("_")[0] for case in CASES}
    # What a lie to the host would do cannot be tried without a host.
    assert families - {case.name.partition("_")[0] for case in CONTROLLED} == {"proto"}


def test_no_case_is_left_out() -> None:
    numbers = Counter(case.name.partition("_")[0] for case in CASES)
    assert numbers == {"env": 6, "fs": 14, "net": 7, "proto": 7, "res": 28, "state": 3, "sys": 15}
    for family, count in numbers.items():
        found = {
            re.match(r"[a-z]+_(\d\d)_", case.name)[1] for case in CASES if case.name.startswith(family + "_")
        }  # type: ignore[index]
        assert found == {f"{number:02}" for number in range(1, count + 1)}


def _holds(case: Case, number: int, outcome: Outcome) -> None:
    """What must be true of every step of every case."""
    told = f"step {number}: {outcome.status} {outcome.text[-1500:]} {outcome.raised}"
    assert "ESCAPED" not in outcome.text, told
    assert not outcome.has_secret, told
    assert outcome.status in case.expected(number), told
    if number == 0 and case.expected(0) == {"ok"}:
        assert "DONE" in outcome.stdout, told


def _works(world: World, conversation: str) -> None:
    outcome = world.run(conversation, "print(6 * 7)")
    assert (outcome.status, outcome.stdout.strip()) == ("ok", "42"), outcome
