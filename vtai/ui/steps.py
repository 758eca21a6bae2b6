"""The lines beside an answer: tools at work and notices."""

from __future__ import annotations

from vtai.core.events import Event, Notice, ToolFinished, ToolProgress, ToolStarted
from vtai.ui.paper import Paper, Step, now

# More than this of a tool's output helps nobody and slows the browser down.
_MOST_CHARACTERS = 20_000


class Tools:
    """The tool calls of one reply, a collapsible step each."""

    def __init__(self, paper: Paper, parent_id: str) -> None:
        self._paper = paper
        self._parent_id = parent_id
        self._running: dict[str, Step] = {}

    async def start(self, event: ToolStarted) -> None:
        step = Step("tool", event.name, self._parent_id, input=_shortened(event.arguments), icon="wrench")
        self._running[event.id] = step
        await self._paper.show(step)

    async def progress(self, event: ToolProgress) -> None:
        step = self._running.get(event.id)
        if step is not None and len(step.output) < _MOST_CHARACTERS:
            await self._paper.stream(step, event.text)

    async def finish(self, event: ToolFinished) -> None:
        if (step := self._running.pop(event.id, None)) is None:
            return
        step.output = _shortened(event.output or step.output)
        step.is_error = event.is_error
        await self._end(step)

    async def settle(self) -> None:
        """Ends what is still running, for a reply that was stopped or failed."""
        for step in self._running.values():
            step.name += " (stopped)"
            await self._end(step)
        self._running.clear()

    async def _end(self, step: Step) -> None:
        step.is_streaming = False
        step.end = now()
        await self._paper.show(step)


class Notices:
    """Small lines. The newest shimmers until something else happens; one line a key."""

    def __init__(self, paper: Paper, parent_id: str) -> None:
        self._paper = paper
        self._parent_id = parent_id
        self._lines: dict[str, Step] = {}
        self._live: Step | None = None

    async def show(self, event: Notice) -> None:
        line = self._lines.get(event.key)
        if line is None:
            await self.settle()
            line = Step("undefined", event.text, self._parent_id, icon="info")
            self._lines[event.key] = line
        line.name = event.text
        line.end = None
        self._live = line
        await self._paper.show(line)

    async def move_on(self, event: Event) -> None:
        """Something else happens: the newest line has had its time."""
        if not isinstance(event, Notice):
            await self.settle()

    async def settle(self) -> None:
        if (line := self._live) is not None:
            self._live = None
            line.end = now()
            await self._paper.show(line)


def _shortened(text: str) -> str:
    if len(text) <= _MOST_CHARACTERS:
        return text
    return text[:_MOST_CHARACTERS] + f"\n\n… {len(text) - _MOST_CHARACTERS} more characters are not shown."
