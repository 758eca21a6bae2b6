"""A stand-in for docker on the path, an engine over it, a session."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.providers.sandbox.container.rig import ROOT, Docker, made
from vtai.providers.sandbox.container import ContainerEngine
from vtai.providers.sandbox.session import LocalSession


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    script = tmp_path / "bin" / "docker"
    script.parent.mkdir()
    fake = ROOT / "tests" / "providers" / "sandbox" / "container" / "fake_docker.py"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P {fake} "$@"\n', "utf-8")
    script.chmod(0o755)
    (tmp_path / "containers").mkdir()
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("DOCKER_FAKE_DATA", str(tmp_path / "containers"))
    return Docker(tmp_path, monkeypatch)


@pytest.fixture
async def engine(docker: Docker) -> AsyncGenerator[ContainerEngine, None]:
    found = made()
    yield found
    await found.close()


@pytest.fixture
async def session(engine: ContainerEngine) -> AsyncGenerator[LocalSession, None]:
    opened = await engine.open()
    yield opened
    await opened.close()
