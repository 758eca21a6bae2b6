"""Some of the ways out, tried through the service: what it adds must not open one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.sandbox.cases import CASES
from tests.providers.sandbox.cases.case import Case
from tests.providers.sandbox.test_cases import _holds, _works
from tests.providers.sandbox.world import ROOT, World

FAMILIES = (
    "env_",
    "proto_",
    "state_",
    "net_01",
    "fs_02",
    "fs_07",
    "res_01",
    "res_02",
    "res_12",
    "res_21",
    "sys_05",
)
CHOSEN = [case for case in CASES if case.name.startswith(FAMILIES)]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


class RemoteWorld(World):
    """The server's sandbox is behind a service."""

    def _started(self, user: int) -> subprocess.Popen[str]:
        script = ROOT / "tests" / "providers" / "sandbox" / "remote" / "runner.py"
        return subprocess.Popen(
            [sys.executable, "-P", str(script), f"--key={''.join(self.secret)}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**self.grounds.environment(), "PYTHONPATH": str(ROOT)},
            cwd=self.grounds.folder,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="vt-"))
    folder.chmod(0o755)
    made = RemoteWorld(folder / "w", os.getuid(), "B")
    try:
        if not made.report["is_usable"]:
            pytest.skip(made.report["reason"])
        yield made
    finally:
        made.close()
        folder.rmdir()


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
def test_there_is_no_way_out_through_the_service(case: Case, world: World) -> None:
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
