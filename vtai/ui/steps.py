"""The lines beside an answer: tools at work and notices."""

from __future__ import annotations

from dataclasses import dataclass

from vtai.core.events import Event, Notice, ToolFinished, ToolProgress, ToolStarted
from vtai.ui.coalesce import Flow, Pace
from vtai.ui.paper import Paper, Step, now
from vtai.ui.verbatim import Verbatim, block

# More than this of a tool's output helps nobody and slows the browser down.
_MOST_CHARACTERS = 20_000
# What is remembered of the tools' work: of each part, and of all together.
_MOST_OF_A_PART = 2_000
_MOST_WORK = 6_000
# A model may call tools that nobody named.
_MOST_OF_A_NAME = 80
_LEFT_OUT = "(What was done before this is left out.)"


@dataclass
class _Call:
    """A call that runs. `text` is what it has said so far, as much of it as is shown."""

    started: ToolStarted
    step: Step
    flow: Flow
    text: str = ""


class Tools:
    """The tool calls of one reply, a step each: open while it runs, folded when it is done."""

    def __init__(self, paper: Paper, parent_id: str, pace: Pace) -> None:
        self._paper = paper
        self._parent_id = parent_id
        self._pace = pace
        self._running: dict[str, _Call] = {}
        self._done: list[str] = []

    @property
    def work(self) -> str:
        """What the calls that ended were and what came of them, shortened; of many the newest."""
        kept: list[str] = []
        room = _MOST_WORK - len(_LEFT_OUT)
        for done in reversed(self._done):
            room -= len(done) + 2
            if room < 0:
                kept.append(_LEFT_OUT)
                break
            kept.append(done)
        return "\n\n".join(reversed(kept))

    async def start(self, event: ToolStarted) -> None:
        asked = block(_shortened(event.arguments), event.language or "text")
        step = Step(
            "tool", event.name[:_MOST_OF_A_NAME], self._parent_id, input=asked, icon="wrench", is_open=True
        )
        self._running[event.id] = _Call(event, step, self._flow(step))
        await self._paper.show(step)

    async def progress(self, event: ToolProgress) -> None:
        if (call := self._running.get(event.id)) is None:
            return
        piece = event.text[: _MOST_CHARACTERS - len(call.text)]
        call.text += piece
        call.flow.add(piece)

    async def finish(self, event: ToolFinished) -> None:
        if (call := self._running.pop(event.id, None)) is None:
            return
        output = event.output or call.text
        self._done.append(_told(call.started, output, is_error=event.is_error))
        call.step.is_error = event.is_error
        call.step.name += _ending(event)
        await self._end(call, output)

    async def settle(self) -> None:
        """Ends what is still running, for a reply that was stopped or failed."""
        for call in self._running.values():
            self._done.append(_told(call.started, f"{call.text}\n(It was stopped.)".strip()))
            call.step.name += " (stopped)"
            await self._end(call, call.text)
        self._running.clear()

    def _flow(self, step: Step) -> Flow:
        """What is said goes into the step as it is; nothing of it is taken for Markdown."""
        verbatim = Verbatim()
        return Flow(lambda piece: self._paper.stream(step, verbatim.feed(piece)), self._pace)

    async def _end(self, call: _Call, output: str) -> None:
        await call.flow.close()
        call.step.output = block(_shortened(output))
        call.step.is_streaming = False
        call.step.end = now()
        await self._paper.show(call.step)


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


def _ending(event: ToolFinished) -> str:
    """What the end adds to a step's line."""
    failed = " failed" if event.is_error else ""
    return failed if event.seconds is None else f"{failed} · {_duration(event.seconds)}"


def _duration(seconds: float) -> str:
    if seconds < 0.0995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{round(seconds)} s" if seconds < 99.5 else f"{round(seconds / 60)} min"


def _told(started: ToolStarted, output: str, *, is_error: bool = False) -> str:
    """A call as a model is told of it later."""
    asked = started.arguments.strip()
    name = started.name[:_MOST_OF_A_NAME]
    lines = [f"Tool {name}, called with:" if asked else f"Tool {name}, called."]
    if asked:
        lines.append(_shortened(asked, _MOST_OF_A_PART))
    lines.append("It failed:" if is_error else "It answered:")
    lines.append(_shortened(output.strip(), _MOST_OF_A_PART) or "(nothing)")
    return "\n".join(lines)


def _shortened(text: str, most: int = _MOST_CHARACTERS) -> str:
    if len(text) <= most:
        return text
    return text[:most] + f"\n\n… {len(text) - most} more characters are not shown."
