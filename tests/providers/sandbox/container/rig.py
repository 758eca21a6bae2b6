"""The engine of containers behind a stand-in for the docker command, and what tests ask of its sessions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest

from vtai.core.code import CodeEvent, CodeResult
from vtai.providers.sandbox.container import ContainerEngine
from vtai.providers.sandbox.engine import KIB, MIB, SandboxOptions
from vtai.providers.sandbox.session import LocalSession

OPTIONS = SandboxOptions(
    preload=False, most_output_bytes=2 * MIB, shown_output_bytes=512 * KIB, model_output_bytes=4 * KIB
)
ROOT = Path(__file__).parents[4]


@dataclass
class Docker:
    """The stand-in, and what it was asked."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def fails(self, how: str) -> None:
        self.monkeypatch.setenv("DOCKER_FAKE", how)

    @property
    def asked(self) -> list[list[str]]:
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []

    def started(self) -> list[str]:
        """The names of all containers so far."""
        return [one[one.index("--name") + 1] for one in self.asked if one[0] == "run"]

    def is_running(self, name: str) -> bool:
        """Whether the container's first process lives."""
        return Path(f"/proc/{(self.folder / 'containers' / name).read_text('ascii')}").exists()


def made(**more: object) -> ContainerEngine:
    fields = {"options": OPTIONS, "image": "vtai-sandbox", "warm": 0, "program": "docker", **more}
    return ContainerEngine(**fields)  # type: ignore[arg-type]


async def run(
    session: LocalSession, code: str, timeout_s: float = 60.0
) -> tuple[list[CodeEvent], CodeResult]:
    async with aclosing(session.run(code, timeout_s)) as events:
        *before, end = [event async for event in events]
    assert isinstance(end, CodeResult)
    return before, end


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece
