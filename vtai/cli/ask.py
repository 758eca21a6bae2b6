"""`vtai ask`: one turn in the terminal."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import stat
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TextIO

from vtai.chat import ROUTING
from vtai.cli import approving, files, running
from vtai.core.errors import UnknownName, VTError
from vtai.core.events import ApprovalAsked, Event, Failed
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.cli.terminal import Terminal
    from vtai.core.turn import Preferences
    from vtai.wiring import App

_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """What `vtai ask` was given. `text` None or "-" stands for standard input."""

    text: str | None
    files: tuple[Path, ...] = ()
    model: str | None = None
    route: str | None = None
    out: Path = Path()
    as_json: bool = False


class Drawing(Protocol):
    """Shows the events of one answer."""

    def show(self, event: Event) -> None: ...

    def end(self) -> None: ...


def ask(parts: Parts, question: Question) -> bool:
    """Answers the question in the terminal; False when the answer failed. Raises VTError."""
    loaded = running.load()
    settings = loaded.settings
    attachments = files.attach(question.files, settings.max_upload_mb * 1_000_000, settings.max_upload_files)
    text = words(question.text, parts)
    if not text and not attachments:
        raise VTError("There is nothing to ask.", 'Write it after the command: vtai ask "How are you?"')
    turn = Turn(text, attachments, route=question.route)

    async def work() -> bool:
        async with running.started(parts, loaded) as app:
            return await _answer(app, turn, question, parts)

    return running.finish(work())


def words(text: str | None, parts: Parts) -> str:
    """The text to send: the argument, what was piped in, or the argument with that below it."""
    if text == "-":
        return _piped(parts).strip()
    if not _is_piped(parts.input):
        return (text or "").strip()
    return "\n\n".join(part for part in ((text or "").strip(), _piped(parts).strip()) if part)


async def _answer(app: App, turn: Turn, question: Question, parts: Parts) -> bool:
    _refuse_unknown_route(app, turn.route)
    turn = replace(turn, preferences=_preferences(app, question.model))
    # Whoever runs one command knows that it starts; a part that fails is told in the reply.
    with contextlib.suppress(VTError):
        await app.readiness.wait(ROUTING)
    drawing = _drawing(question, parts.terminal)
    succeeded = True
    try:
        async with aclosing(app.chat.reply(turn)) as events:
            async for event in events:
                succeeded = succeeded and not isinstance(event, Failed)
                drawing.show(event)
                if isinstance(event, ApprovalAsked):
                    await approving.decide(event, parts)
    finally:
        drawing.end()
    return succeeded


def _drawing(question: Question, terminal: Terminal) -> Drawing:
    from vtai.cli.drawing import JsonLines, Prose

    if question.as_json:
        return JsonLines(terminal, question.out)
    return Prose(terminal, question.out, lambda route: command_for(question, route))


def command_for(question: Question, route: str) -> str:
    """What to type to send the question to the route. What was piped in has to be piped in once more."""
    words = ["vtai", "ask", "--route", route]
    for file in question.files:
        words += ["--file", str(file)]
    if question.model is not None:
        words += ["--model", question.model]
    if question.out != Path():
        words += ["--out", str(question.out)]
    if question.text is not None:
        looks_like_option = question.text.startswith("-") and question.text != "-"
        words += ["--", question.text] if looks_like_option else [question.text]
    return shlex.join(words)


def _preferences(app: App, model: str | None) -> Preferences:
    """The start values, with the named model wherever it is able. Raises UnknownName."""
    if model is None:
        return app.preferences
    able = app.catalogue.resolve(model).capabilities
    if "chat" in able:
        # The catalogue knows better than we do which of these it can do, and passes over it for the others.
        able |= {"reasoning", "vision", "tools"}
    named = dict.fromkeys(able, model)
    return replace(app.preferences, models=MappingProxyType({**app.preferences.models, **named}))


def _refuse_unknown_route(app: App, route: str | None) -> None:
    names: Sequence[str] = [known.name for known in app.chat.routes]
    if route is not None and route not in names:
        raise UnknownName(f"There is no route {route!r}.", "Routes: " + ", ".join(names) + ".")


def _is_piped(stream: TextIO) -> bool:
    """Something is connected that ends by itself: a pipe or a file, not a terminal and not /dev/null."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _piped(parts: Parts) -> str:
    """Standard input to its end, read as UTF-8 whatever the terminal's encoding is."""
    stream = parts.input
    # Elsewhere select takes sockets only.
    if sys.platform != "win32" and _is_piped(stream) and not select.select([stream], [], [], _PATIENCE_S)[0]:
        parts.terminal.aside("Waiting for standard input to end; without it: vtai ask ... < /dev/null")
    buffer = getattr(stream, "buffer", None)
    return buffer.read().decode("utf-8", "replace") if buffer is not None else stream.read()
