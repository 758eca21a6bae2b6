"""Runs code in this process and keeps what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.inside.display import Screen
from vtai.providers.sandbox.inside.execute import Interpreter, Outcome


@dataclass
class Notebook:
    """An interpreter with its cells. `shown` is what the last one showed, `screen` where."""

    interpreter: Interpreter = field(default_factory=Interpreter)
    shown: list[tuple[frames.Header, bytes]] = field(default_factory=list)
    screen: Screen = field(default_factory=lambda: Screen(0, lambda header, payload: None))

    def run(self, code: str) -> Outcome:
        self.shown.clear()
        self.screen = Screen(1, lambda header, payload: self.shown.append((header, payload)))
        self.screen.take_over()
        return self.interpreter.run(code, self.screen)

    def result(self, code: str) -> str | None:
        outcome = self.run(code)
        assert outcome.status == "ok", outcome.failure
        return outcome.result

    def failure(self, code: str) -> tuple[str, str, str]:
        outcome = self.run(code)
        assert outcome.status == "error"
        assert outcome.failure is not None
        return outcome.failure.type, outcome.failure.message, outcome.failure.traceback

    @property
    def ops(self) -> list[str]:
        return [header["op"] for header, _ in self.shown]
