"""The machine around the sandbox: what is planted on it, the server that runs the code, what became of it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.providers.sandbox.cases.case import Case, Outcome
from tests.providers.sandbox.cases.prelude import with_facts
from tests.providers.sandbox.plants import PLANTED_NAMES, Ears, Grounds
from tests.providers.sandbox.processes import Process, descendants

ROOT = Path(__file__).parents[3]
NOBODY = 65534
_PATIENCE_S = 300.0


class World:
    """One server as one user at one level, with everything that is planted around it."""

    def __init__(self, folder: Path, user: int, level: str) -> None:
        self.level = level
        self.secret = (f"CANARY{secrets.token_hex(8)}", f"{secrets.token_hex(8)}END")
        self.grounds = Grounds(folder, "".join(self.secret), user)
        self.ears = Ears(self.grounds.folder)
        self._files: list[str] = []
        self.nonce = "vt-none"
        self._errors = (self.grounds.folder / "server.log").open("w+", encoding="utf-8")
        self._process = self._started(user)
        settings = {
            "level": level,
            "folder": str(self.grounds.workspaces),
            "hidden": [str(self.grounds.config), str(self.grounds.data)],
            "marker": str(self.grounds.marker),
        }
        try:
            self._tell(settings)
            self.report = self._ask({"op": "report"})
            self.prepare()
        except BaseException:
            self.close()
            raise

    def prepare(self) -> None:
        """Before each case: what is planted is as it was, and what is to be compared is known."""
        self.grounds.sweep(self.nonce)
        self.nonce = "vt" + secrets.token_hex(6)
        self._files.clear()
        self.grounds.restore()
        self.ears.forget()
        self.outside_before = self.grounds.outside_now()
        self.facts_before = self.server_facts()
        self.peak_before = int(self.facts_before["peak_bytes"])

    def facts(self, planted: Mapping[str, Any]) -> dict[str, Any]:
        """What the code inside gets to know: everything that an attacker could guess."""
        return {
            "secret": self.secret,
            "bare": False,
            "nonce": self.nonce,
            "server_pid": self.facts_before["pid"],
            "parent_pid": os.getpid(),
            **self.grounds.facts(),
            **self.ears.facts(),
            **planted,
        }

    def dressed(self, code: str, planted: Mapping[str, Any] | None = None) -> str:
        return with_facts(code, self.facts(planted or {}))

    def play(self, case: Case) -> list[Outcome]:
        """Every step of the case, one after another in a session of its own."""
        planted = case.plant(self) if case.plant else {}
        outcomes = []
        for number, step in enumerate(case.steps):
            if number and case.pause_s:
                time.sleep(case.pause_s)
            code = self.dressed(step, planted) if number == 0 or "W[" in step or "escaped(" in step else step
            outcomes.append(self.run(case.name, code, case.timeout_s, with_files=number == 0))
        return outcomes

    def run(
        self, conversation: str, code: str, timeout_s: float = 20.0, *, with_files: bool = False
    ) -> Outcome:
        """What comes of the code. Each conversation is one of a person of its own."""
        asked = {
            "op": "run",
            "person": conversation,
            "conversation": conversation,
            "code": code,
            "timeout_s": timeout_s,
            "files": self._files if with_files else [],
        }
        return Outcome.of(self._ask(asked))

    def end(self, conversation: str) -> None:
        self._ask({"op": "end", "person": conversation, "conversation": conversation})

    def attach(self, name: str, content: bytes) -> None:
        """A file for the first step."""
        self._files.append(str(self.grounds.upload(name, content)))

    def parsed(self, line: str) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(line)
        return fields

    def server_facts(self) -> dict[str, Any]:
        return self._ask({"op": "facts"})

    def server_peak_bytes(self) -> int:
        return int(self.server_facts()["peak_bytes"])

    def can_lock(self, marker: Path) -> bool:
        assert marker == self.grounds.marker
        return bool(self._ask({"op": "lock"})["taken"])

    @property
    def library_marker(self) -> Path:
        return self.grounds.marker

    @property
    def library_size(self) -> int:
        return len(self.grounds.MARKER)

    def outside_now(self) -> Mapping[str, object]:
        return self.grounds.outside_now()

    def nonce_places(self) -> list[Path]:
        """Where on the machine something was made under the name that only the code knows."""
        return self.grounds.named(self.nonce)

    def cores(self) -> list[Path]:
        return self.grounds.cores()

    def session_processes(self) -> list[Process]:
        """The processes below the server that have a filter on: those that run foreign code."""
        return [one for one in descendants(self._process.pid) if one.status().get("Seccomp") == "2"]

    def session_bytes(self) -> int:
        return sum(one.private_bytes() for one in self.session_processes())

    def survivors(self) -> list[Process]:
        """Processes anywhere on the machine that call themselves by the name that only the code knows."""
        return [one for one in Process.all() if one.name() == self.nonce[:15]]

    def wait_until(self, holds: Callable[[], bool], patience_s: float = 60.0) -> None:
        until = time.monotonic() + patience_s
        while not holds():
            assert time.monotonic() < until, "it did not come about"
            time.sleep(0.05)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._errors.close()
        self.ears.close()
        self.grounds.remove()

    def _started(self, user: int) -> subprocess.Popen[str]:
        script = ROOT / "tests" / "providers" / "sandbox" / "runner.py"
        command = [sys.executable, "-P", str(script), f"--key={''.join(self.secret)}"]
        return subprocess.Popen(
            as_user(user, command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=self.grounds.environment(),
            cwd=self.grounds.folder,
            start_new_session=True,
        )

    def _tell(self, fields: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(fields) + "\n")
        self._process.stdin.flush()

    def _ask(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the server, which must come, whatever the code does."""
        self._tell(fields)
        assert self._process.stdout
        timer = threading.Timer(_PATIENCE_S, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"the server is gone: {self._errors.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def as_user(user: int, command: Sequence[str]) -> list[str]:
    """The command for a user. From root by way of the launcher, in which mounts are the command's own."""
    if os.getuid() != 0:
        return list(command)
    needed = {str(Path(sys.base_prefix).resolve()), str(Path(sys.prefix).resolve()), str(ROOT)}
    launcher = Path(__file__).with_name("launch.py")
    return [sys.executable, "-I", str(launcher), str(user), ":".join(sorted(needed)), *command]


assert PLANTED_NAMES
