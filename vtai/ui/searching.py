"""A search of the web at work: one step with its queries, pages and rounds, a line when it is done.

Makes the properties of `site/public/elements/SearchSteps.jsx`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from vtai.core.events import ToolFinished, ToolProgress, ToolStarted
from vtai.ui.footer import is_link
from vtai.ui.paper import Paper, Step, new_id, now

Kind = Literal["queries", "page", "round", "other"]
State = Literal["working", "done", "failed", "stopped"]

# How steps of each kind are called.
_QUERIES, _PAGE, _ROUND = "Web search", "Reading ", "Round "
# More than this of what a step says helps nobody.
_MOST_CHARACTERS = 400
_MOST_ROWS = 200


@dataclass
class Row:
    """One thing that is done. `about` is what it works on, `detail` what came of it so far."""

    id: str
    kind: Kind
    label: str
    about: str = ""
    detail: str = ""
    state: State = "working"

    def props(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "queries": self.queries,
            "about": self.about if self.kind == "round" else "",
            "url": self.about if self.kind == "page" and is_link(self.about) else None,
            "detail": self.detail,
            "state": self.state,
        }

    @property
    def queries(self) -> list[str]:
        return [line for line in self.about.splitlines() if line.strip()] if self.kind == "queries" else []


class Search:
    """The step of one reply. Without a first event there is none."""

    def __init__(self, paper: Paper, parent_id: str) -> None:
        self._paper = paper
        self._parent_id = parent_id
        self._element_id = new_id()
        self._rows: dict[str, Row] = {}
        self._step: Step | None = None

    def knows(self, event: ToolStarted | ToolProgress | ToolFinished) -> bool:
        """Whether the event goes on with something that is shown here."""
        return event.id in self._rows

    async def draw(self, event: ToolStarted | ToolProgress | ToolFinished) -> None:
        match event:
            case ToolStarted():
                if len(self._rows) >= _MOST_ROWS:
                    return
                self._rows[event.id] = _row(event)
            case ToolProgress() if row := self._rows.get(event.id):
                row.detail = _cut(f"{row.detail}\n{event.text}".strip())
            case ToolFinished() if row := self._rows.get(event.id):
                row.detail = _cut(event.output.strip() or row.detail)
                row.state = "failed" if event.is_error else "done"
            case _:
                return
        await self._show()

    async def fold(self, ending: str = "") -> None:
        """The search is over; it becomes one line that opens, with `ending` at its end."""
        if self._step is None or self._step.end is not None:
            return
        self._step.name = _summary(self._rows.values()) + ending
        self._step.end = now()
        await self._paper.show(self._step)

    async def settle(self) -> None:
        """Ends what is still running, for a reply that was stopped or failed."""
        if self._step is None or self._step.end is not None:
            return
        running = [row for row in self._rows.values() if row.state == "working"]
        for row in running:
            row.state, row.detail = "stopped", "Stopped."
        if running:
            await self._place(self._step)
        await self.fold(" (stopped)" if running else "")

    async def _show(self) -> None:
        """The step is sent again only where its line has changed."""
        name = _progress(self._rows.values())
        if self._step is None:
            self._step = Step(
                "tool", name, self._parent_id, input=name, shows_input=False, icon="globe", is_open=True
            )
            await self._paper.show(self._step)
        elif self._step.name != name or self._step.end is not None:
            self._step.name, self._step.end = name, None
            await self._paper.show(self._step)
        await self._place(self._step)

    async def _place(self, step: Step) -> None:
        shown = [row for row in self._rows.values() if row.kind != "other" or row.state != "done"]
        props = {"rows": [row.props() for row in shown]}
        await self._paper.place_custom(step, "SearchSteps", props, self._element_id)


def _row(event: ToolStarted) -> Row:
    name, about = event.name, _cut(event.arguments.strip())
    if name == _QUERIES:
        return Row(event.id, "queries", name, about)
    if name.startswith(_PAGE):
        return Row(event.id, "page", _cut(name.removeprefix(_PAGE)), event.arguments.strip())
    if name.startswith(_ROUND):
        label, _, used = name.partition(", ")
        return Row(event.id, "round", label, used or about)
    return Row(event.id, "other", name, about, about)


def _progress(rows: Iterable[Row]) -> str:
    """The step's line while it works."""
    rows = tuple(rows)
    pages = [row for row in rows if row.kind == "page"]
    read = sum(row.state != "working" for row in pages)
    rounds = [row for row in rows if row.kind == "round"]
    reading = f"{read} of {len(pages)} pages" if pages else ""
    if rounds:
        return ", ".join(part for part in (f"Researching: round {len(rounds)}", reading) if part)
    return f"Reading: {reading}" if reading else "Searching the web"


def _summary(rows: Iterable[Row]) -> str:
    """The step's line when all is done: `Searched 3 queries, read 5 pages, skipped 1`."""
    rows = tuple(rows)
    asked = [row for row in rows if row.kind == "queries"]
    if asked and all(row.state == "failed" for row in asked):
        return "The search failed"
    pages = [row for row in rows if row.kind == "page"]
    read = sum(row.state == "done" for row in pages)
    skipped = sum(row.state == "failed" for row in pages)
    rounds = sum(row.kind == "round" and row.state == "done" for row in rows)
    parts = [f"searched {_count(sum(len(row.queries) for row in asked), 'query', 'queries')}"]
    if pages:
        parts.append(f"read {_count(read, 'page', 'pages')}")
    if skipped:
        parts.append(f"skipped {skipped}")
    line = ", ".join(parts)
    if rounds:
        return f"Researched in {_count(rounds, 'round', 'rounds')}: {line}"
    return line[0].upper() + line[1:]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
