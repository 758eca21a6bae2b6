"""`vtai route` and `vtai routes`: where messages go, and why."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from vtai.chat import ROUTING
from vtai.cli import running
from vtai.core.errors import NotReady, VTError

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.cli.terminal import Terminal
    from vtai.core.routes import Decision

_LINES_AHEAD = 100
_DECISION_FIELDS = frozenset({"route", "confidence", "reason", "alternatives", "ms", "asks", "error", "hint"})


@dataclass(frozen=True, slots=True)
class Message:
    """What `vtai route` was given. `attachments` are kinds or file names; the files are not opened."""

    text: str
    attachments: tuple[str, ...] = ()
    previous_text: str | None = None
    previous_route: str | None = None

    def as_line(self) -> str:
        return json.dumps(
            {
                "text": self.text,
                "attachments": list(self.attachments),
                "context": self.previous_text,
                "prev_route": self.previous_route,
            }
        )


def decide(parts: Parts, message: Message, as_json: bool = False) -> None:
    """Prints where the message would go. Raises VTError."""
    from vtai.routing.lines import output_of, turn_of

    async def work() -> Decision:
        async with _started(parts) as app:
            return await app.chat.decide(turn_of(message.as_line(), app.preferences))

    decision = running.finish(work())
    if as_json:
        parts.terminal.line(_json(output_of(decision), parts.terminal))
        return
    parts.terminal.line(f"{decision.route}  {decision.confidence:.0%}  {decision.elapsed_ms:.1f} ms")
    parts.terminal.line(f"{decision.router}: {decision.reason}")
    for other in decision.alternatives:
        parts.terminal.line(f"  or {other.route}  {other.confidence:.0%}")
    if decision.options:
        parts.terminal.line(f"The page would ask: {' or '.join(decision.options)}?")


def decide_lines(parts: Parts, keep: bool = False) -> bool:
    """Answers each JSON line of standard input with one, in their order. False when a line was wrong.

    `keep` puts what was on the line before the decision, so that the answers can be replayed.
    """
    from vtai.routing.lines import error_of, output_of, turn_of

    async def work() -> bool:
        succeeded = True
        async with _started(parts) as app, aclosing(_lines(parts.input)) as lines:
            async for line in lines:
                try:
                    turn = turn_of(line, app.preferences)
                    answer: dict[str, Any] = _kept(line) if keep else {}
                    answer |= output_of(await app.chat.decide(turn))
                except VTError as error:
                    answer, succeeded = error_of(error), False
                parts.terminal.line(_json(answer, parts.terminal))
        return succeeded

    return running.finish(work())


def _kept(line: str) -> dict[str, Any]:
    """The fields of a good line, without those of a decision made before."""
    fields = json.loads(line).items()
    return {name: value for name, value in fields if name not in _DECISION_FIELDS}


def train(parts: Parts) -> None:
    """Makes the shipped index again from the shipped examples. Raises VTError where it cannot be written."""
    from vtai.routing.train import train as learn

    running.load()
    try:
        report = learn()
    except OSError as error:
        raise NotReady(
            f"The index cannot be written: {error.strerror}.", "Run it in a checkout that you may write to."
        ) from error
    parts.terminal.line(
        f"Learned {report.examples} examples: {report.accuracy:.1%} right on held-out ones, "
        f"calibration error {report.calibration_error:.3f}, {report.bytes_written // 1000} kB written."
    )


def _started(parts: Parts) -> running.Started:
    """The application with its routing ready; models are left alone."""
    return running.started(parts, running.load(), (ROUTING,))


async def _lines(stream: TextIO) -> AsyncGenerator[str, None]:
    """The lines that are not empty, as they arrive. A thread reads, so that Ctrl-C is heard meanwhile."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue(_LINES_AHEAD)

    def read() -> None:
        # A terminal's or pipe's own encoding is not to be trusted: JSON is UTF-8.
        source = getattr(stream, "buffer", stream)
        for line in source:
            text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
            asyncio.run_coroutine_threadsafe(queue.put(text), loop).result()
        asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()

    # Daemon: a read that never returns must not keep the process.
    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await queue.get()) is not None:
        if line.strip():
            yield line


def _json(fields: dict[str, Any], terminal: Terminal) -> str:
    return json.dumps(fields, ensure_ascii=not terminal.takes_unicode)
