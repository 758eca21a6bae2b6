"""`vtai routes replay`: stored messages through a changed router, to see what would change before it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zipfile import BadZipFile

from vtai.chat import ROUTING, Chat
from vtai.cli import running
from vtai.core.errors import NotReady, UnknownName, VTError
from vtai.core.routes import Decision
from vtai.core.turn import Preferences, Turn

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.cli.terminal import Terminal
    from vtai.core.ports import Router
    from vtai.wiring import App

_MAX_TEXT = 100
_MAX_REASON = 160
_NOT_RECORDED = "It was recorded without a reason."


@dataclass(frozen=True, slots=True)
class Change:
    """The messages, and what to change: the routers, the index, or nothing but the time since they were
    recorded."""

    file: Path
    routers: str | None = None
    index: Path | None = None

    @property
    def is_recorded(self) -> bool:
        """The former routes stand in the file."""
        return self.routers is None and self.index is None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A line of the file: its number, the message, and where it went, if that is known."""

    number: int
    turn: Turn
    former: Decision | None


@dataclass(frozen=True, slots=True)
class _Moved:
    """A message that would go elsewhere."""

    stored: _Stored
    before: Decision
    after: Decision


_Decide = Callable[[_Stored], Awaitable[Decision]]


def replay(parts: Parts, change: Change, as_json: bool = False) -> bool:
    """Prints what would change. False when a line was wrong; raises VTError when nothing can be compared."""
    loaded = running.load()
    problems: list[str] = []

    async def work() -> tuple[int, list[_Moved]]:
        async with running.started(parts, loaded, (ROUTING,)) as app:
            stored = list(_read(change.file, app.preferences, problems))
            if change.is_recorded:
                stored = _recorded(stored, change.file, parts.terminal)
            before, after = await _sides(app, change)
            return len(stored), await _compared(stored, before, after)

    count, moved = running.finish(work())
    for problem in problems:
        parts.terminal.aside(problem)
    if as_json:
        for one in moved:
            parts.terminal.line(json.dumps(_fields(one), ensure_ascii=not parts.terminal.takes_unicode))
    else:
        _show(parts.terminal, count, moved)
    return not problems


async def _sides(app: App, change: Change) -> tuple[_Decide, _Decide]:
    """Who decided before and who decides after."""

    async def present(stored: _Stored) -> Decision:
        return await app.chat.decide(stored.turn)

    async def former(stored: _Stored) -> Decision:
        return stored.former or await present(stored)

    if change.is_recorded:
        return former, present
    chat = await _changed(app, change)

    async def changed(stored: _Stored) -> Decision:
        return await chat.decide(stored.turn)

    return present, changed


async def _changed(app: App, change: Change) -> Chat:
    """A chat as the application's own, but with the changed routers. What people corrected counts in both."""
    from vtai import plugins
    from vtai.handlers import HANDLERS
    from vtai.routing import own_routes, registry
    from vtai.routing.classifier import SemanticClassifier
    from vtai.routing.registry import Means

    settings = app.loaded.settings
    others = plugins.handlers(HANDLERS)
    brought = own_routes.of(handler.route for handler in others)
    classifier = SemanticClassifier((*own_routes.read(app.loaded.config_dir), *brought), change.index)
    if change.index is not None:
        try:
            await classifier.warm()
        except (NotReady, BadZipFile, EOFError) as error:
            raise UnknownName(
                f"{change.index} is not a routing index.", "`vtai routes train` writes one: index.npz."
            ) from error
    means = Means(
        app.services.models,
        app.services.catalogue,
        app.chat.routes,
        settings.second_opinion_model,
        settings.second_opinion_timeout_s,
    )
    names = change.routers or settings.routers
    routers = registry.build(names, classifier, plugins.routers(registry.SHIPPED), means)
    learned = [cast("Router", app.learning)] if hasattr(app.learning, "choose") else []
    return Chat((*learned, *routers), (*HANDLERS, *others), app.services)


async def _compared(stored: list[_Stored], before: _Decide, after: _Decide) -> list[_Moved]:
    moved = []
    for one in stored:
        first, second = await before(one), await after(one)
        if outcome(first) != outcome(second):
            moved.append(_Moved(one, first, second))
    return moved


def outcome(decision: Decision) -> str:
    """What a person meets: a route, or a question between routes."""
    return f"asks ({' or '.join(decision.options)})" if decision.options else decision.route


def _read(file: Path, preferences: Preferences, problems: list[str]) -> Iterator[_Stored]:
    """The good lines of the file; what is wrong with the others goes to `problems`."""
    from vtai.routing.lines import BadLine, turn_of

    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    turn = turn_of(line, preferences)
                except BadLine as error:
                    problems.append(f"Line {number}: {error.message} {error.hint}")
                else:
                    yield _Stored(number, turn, _former(json.loads(line)))
    except OSError as error:
        raise UnknownName(
            f"{file} cannot be read: {error.strerror}.", "Give a file of JSON lines: vtai routes replay FILE"
        ) from error


def _former(fields: dict[str, Any]) -> Decision | None:
    """The decision that is recorded on a line."""
    route, reason, asks = fields.get("route"), fields.get("reason"), fields.get("asks")
    if not isinstance(route, str) or not route:
        return None
    return Decision(
        route,
        1.0,
        reason if isinstance(reason, str) and reason else _NOT_RECORDED,
        "recorded",
        options=tuple(map(str, asks)) if isinstance(asks, list) else (),
    )


def _recorded(stored: list[_Stored], file: Path, terminal: Terminal) -> list[_Stored]:
    """Those whose former route is known. Raises VTError when there is none."""
    known = [one for one in stored if one.former]
    if stored and not known:
        raise VTError(
            f"No line of {file} says where its message went.",
            "Name --routers or --index, or record the routes: vtai route --jsonl --keep < FILE > RECORDED",
        )
    if len(known) < len(stored):
        terminal.aside(f"{len(stored) - len(known)} messages without a recorded route are left out.")
    return known


def _fields(moved: _Moved) -> dict[str, Any]:
    return {
        "line": moved.stored.number,
        "text": moved.stored.turn.text,
        "from": outcome(moved.before),
        "to": outcome(moved.after),
        "from_reason": moved.before.reason,
        "to_reason": moved.after.reason,
    }


def _show(terminal: Terminal, count: int, moved: list[_Moved]) -> None:
    share = f" ({len(moved) / count:.1%})" if count else ""
    terminal.line(f"{len(moved)} of {count} messages would go elsewhere{share}.")
    pairs = Counter((outcome(one.before), outcome(one.after)) for one in moved)
    for (before, after), times in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0])):
        terminal.line(f"{times:6}  {before} -> {after}")
    for one in moved:
        terminal.line()
        terminal.line(f"{one.stored.number}: {_shortened(one.stored.turn.text, _MAX_TEXT)}")
        for decision in (one.before, one.after):
            terminal.line(f"  {outcome(decision)}: {_shortened(decision.reason, _MAX_REASON)}")


def _shortened(text: str, most: int) -> str:
    """On one line, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."
