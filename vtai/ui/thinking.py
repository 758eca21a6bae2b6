"""A model's thoughts: a step of their own above what they lead to, with how long they took."""

from __future__ import annotations

from collections.abc import Callable

from vtai.ui.coalesce import Flow, Pace
from vtai.ui.paper import Paper, Step, now


class Thinking:
    """Each `close` ends a step; the next `add` begins another. `clock` gives seconds."""

    def __init__(self, paper: Paper, run_id: str, pace: Pace, clock: Callable[[], float]) -> None:
        self._paper = paper
        self._run_id = run_id
        self._pace = pace
        self._clock = clock
        self._step: Step | None = None
        self._flow: Flow | None = None
        self._since = 0.0

    @property
    def is_open(self) -> bool:
        return self._step is not None

    async def add(self, text: str) -> None:
        if self._step is None:
            step = Step("tool", "Thinking", self._run_id, icon="lightbulb", is_open=True)
            self._step, self._since = step, self._clock()
            self._flow = Flow(lambda piece: self._paper.stream(step, piece), self._pace)
        if self._flow is not None:
            self._flow.add(text)

    async def close(self) -> None:
        if (step := self._step) is None:
            return
        self._step = None
        step.name = f"Thought for {_duration(self._clock() - self._since)}"
        if self._flow is not None:
            flow, self._flow = self._flow, None
            step.output += await flow.close()
        step.is_streaming = False
        step.end = now()
        await self._paper.show(step)


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "a moment"
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min"
