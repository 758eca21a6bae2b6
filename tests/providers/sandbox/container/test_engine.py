"""The engine of containers: what it starts, what it says where something is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.sandbox.container.rig import OPTIONS, Docker, made, run
from tests.providers.sandbox.fakes import attached, end_of, key
from vtai.core.code import Check
from vtai.providers.sandbox.canaries import Open
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import MIB, NoSession, SandboxOptions

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


async def passed(opens: Open, _: SandboxOptions, libraries: Iterable[str]) -> tuple[Check, ...]:
    """A self-test for which code runs, and that is all."""
    session = await opens()
    try:
        _, end = await run(session, "1 + 1")  # type: ignore[arg-type]
        return (Check("Code runs", end.result == "2"),)
    finally:
        await session.close()


async def test_conversations_restart_what_was_lost_and_bring_its_files_back(
    docker: Docker, tmp_path: Path
) -> None:
    sandbox = Conversations(made(), replace(OPTIONS, folder=tmp_path / "kept"))
    (tmp_path / "up").mkdir()
    file = attached(tmp_path / "up", "in.csv", b"1,2\n")
    first = await end_of(sandbox, "open('out.txt', 'w').write(open('in.csv').read())", key(), files=(file,))
    assert [(one.name, one.data) for one in first.files] == [("out.txt", b"1,2\n")]
    await end_of(sandbox, "import os\nos._exit(1)")
    again = await end_of(sandbox, "print(open('out.txt').read())", key(), files=(file,))
    assert (again.status, again.stdout, again.state) == ("ok", "1,2\n\n", "reset")
    await sandbox.aclose()
    assert not any(map(docker.is_running, docker.started()))


async def test_the_container_is_started_with_every_wall_that_docker_has(docker: Docker) -> None:
    engine = made(
        options=replace(OPTIONS, resident_bytes=512 * MIB, workspace_bytes=64 * MIB),
        image="registry/vtai-sandbox:1",
        runtime="runsc",
    )
    session = await engine.open()
    await session.close()
    await engine.close()
    (asked,) = [" ".join(one) for one in docker.asked if one[0] == "run"]
    for wanted in (
        "run -i --rm --name vtai-sandbox-",
        "--network none --read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 64",
        "--memory 512m --memory-swap 512m --cpus 1 --user 65534",
        "--tmpfs /mnt/data:size=64m,mode=1777 --tmpfs /tmp:size=16m,mode=1777",
        "--log-driver none --pull never --runtime runsc registry/vtai-sandbox:1 {",
    ):
        assert wanted in asked
    assert "--privileged" not in asked
    assert "--volume" not in asked


async def test_the_report_says_that_it_works(docker: Docker) -> None:
    engine = made(tries=passed, runtime="runsc", program=None)
    report = await engine.report()
    assert (report.engine, report.is_usable, report.strength, report.level) == (
        "container",
        True,
        "gvisor",
        "",
    )
    assert all(check.passed for check in report.checks)
    assert "Code runs" in [check.name for check in report.checks]
    await engine.close()
    assert not any(map(docker.is_running, docker.started()))


async def test_a_container_without_walls_is_refused_by_the_real_self_test(docker: Docker) -> None:
    engine = made()
    report = await engine.report()
    assert not report.is_usable
    failed = {check.name for check in report.checks if not check.passed}
    assert "A file of the server cannot be read" in failed
    assert "No process can be made" not in failed
    assert report.reason.startswith("the self-test failed: ")
    await engine.close()


@pytest.mark.parametrize(
    ("how", "reason", "fix"),
    [
        pytest.param("no daemon", "docker: its daemon does not answer", "Start its daemon", id="no daemon"),
        pytest.param(
            "no image",
            "docker: there is no image 'vtai-sandbox'",
            "docker build -t vtai-sandbox -f deploy/sandbox/Dockerfile .",
            id="no image",
        ),
        pytest.param(
            "bad runtime", "invalid runtime name: runsc", "Try it by hand: docker run", id="runtime"
        ),
        pytest.param("other version", "build the image again", "Try it by hand", id="other version"),
    ],
)
async def test_what_is_missing_is_told_with_its_fix(docker: Docker, how: str, reason: str, fix: str) -> None:
    docker.fails(how)
    engine = made(tries=passed)
    report = await engine.report()
    assert not report.is_usable
    assert reason in report.reason
    assert fix in report.fix
    assert "/" not in report.reason
    await engine.close()


async def test_without_docker_and_podman_the_report_says_so(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    report = await made(program=None).report()
    assert report.reason == "neither docker nor podman is installed"
    assert report.fix


async def test_containers_are_ready_before_they_are_asked_for(docker: Docker) -> None:
    engine = made(tries=passed, warm=1)
    assert (await engine.report()).is_usable
    while engine.waiting < 1:
        await engine.filled()
    before = docker.started()
    session = await engine.open()
    assert (await run(session, "40 + 2"))[1].result == "42"
    assert len(before) == 2
    await session.close()
    await engine.close()
    assert not any(map(docker.is_running, docker.started()))


async def test_a_closed_engine_opens_nothing(docker: Docker) -> None:
    engine = made()
    await engine.close()
    await engine.close()
    with pytest.raises(NoSession):
        await engine.open()
    assert docker.asked == []
