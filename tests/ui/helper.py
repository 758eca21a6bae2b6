"""An assistant that does as it is told, without a model: steps, questions, charts, tables and files.

Depends on words in the message: "average" runs code with a chart, a table and files, "parallel" runs three
calls side by side, "ask" wants to call a tool that asks first, "hostile" prints what must not come to life,
"empty" makes a file without anything in it. With "wait" it waits in the middle until `go` exists beside the
file of requests.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fakes_assistant import FakeSandbox
from tests.ui.painter import painted
from vtai.core.code import SessionKey
from vtai.core.events import (
    Approval,
    ApprovalAsked,
    Event,
    FileReady,
    TableReady,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.ports import Services, ToolContext, ToolEvent, ToolSpec
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.handlers import assistant

CODE = """import pandas as pd

sales = pd.read_csv("/mnt/data/sales.csv")
by_region = sales.groupby("region")["amount"].mean().sort_values(ascending=False)
by_region.plot.bar(title="Average amount by region, all of the years that the file has")  # a long line
by_region.to_csv("/mnt/data/average.csv")
by_region
"""
ARGUMENTS = json.dumps(
    {"to": "all@example.org", "subject": "The averages", "text": "Dear all,\nNorth leads.\n" * 30}, indent=2
)
HOSTILE = (
    "```\n~~~~\n![a](https://outside.example/a.png) [press](https://outside.example/b)\n"
    "<img src='https://outside.example/c.png'> <script>alert(1)</script>\n"
    + "~" * 300
    + "\n![d](https://outside.example/d.png)\n$x^2$ **bold**\n"
)
COLUMNS = ("region", "product with quite a long name", "amount", "share", "sold on", "comment")


def table(rows: int = 50, total: int = 1204) -> TableReady:
    regions = ("North", "South", "East", "West")
    return TableReady(
        "by_region",
        COLUMNS,
        tuple(
            (
                regions[number % 4],
                f"Product {number}",
                f"{number * 1234.5:,.2f}",
                f"{number % 100} %",
                f"2026-03-{number % 28 + 1:02}",
                "" if number % 3 else "<b>checked</b> by two people, and then once more by a third",
            )
            for number in range(rows)
        ),
        total,
    )


class Helper:
    """In the place of the assistant's handler."""

    route = assistant.route

    def __init__(self, path: Path) -> None:
        self._path = path

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncGenerator[Event, None]:
        self._write(turn)
        for word, script in (
            ("average", self._averages),
            ("parallel", self._parallel),
            ("ask", self._asking),
            ("hostile", self._hostile),
            ("empty", self._empty),
        ):
            if word in turn.text:
                async for event in script(turn):
                    yield event
                return
        yield TextDelta("There is nothing to do.")

    async def _averages(self, turn: Turn) -> AsyncGenerator[Event, None]:
        yield ThinkingDelta("The file has regions and amounts.")
        yield TextDelta("Let me compute that.")
        yield ToolStarted("1", "run_python", CODE, "python")
        for number in range(40):
            yield ToolProgress("1", f"row {number}: {'x' * number}\n")
        await self._wait(turn)
        yield FileReady("figure-1.png", "image/png", painted(1))
        yield table()
        yield FileReady("average.csv", "text/csv", b"region,amount\nNorth,12\n")
        yield FileReady("page.html", "text/html", b"<script>alert(1)</script>")
        yield FileReady("drawing.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        yield ToolFinished("1", "North    12.5\nSouth    11.2\n", seconds=1.24)
        yield TextDelta("\n\n**North** leads with 12.5 on average; the chart shows all four.")
        yield ToolStarted("2", "run_python", "1 / 0", "python")
        yield ToolFinished("2", "ZeroDivisionError: division by zero", is_error=True, seconds=0.04)
        yield ToolStarted("3", "clock")
        yield ToolFinished("3", "2026-11-22T12:00:00+00:00", seconds=0.0)
        yield FileReady("figure-2.png", "image/png", painted(2))
        yield TextDelta("\n\nOn a log scale it is this one.")
        yield Usage("large", 4_000, 300, 0.01)

    async def _parallel(self, turn: Turn) -> AsyncGenerator[Event, None]:
        for key in "123":
            yield ToolStarted(key, "search_web", f'{{"query": "telescope {key}"}}', "json")
        for key in "321":
            yield ToolProgress(key, f"looking {key}\n")
        await self._wait(turn)
        for key in "213":
            yield ToolFinished(key, f"found {key}", seconds=float(key))
        yield TextDelta("Three were found.")

    async def _asking(self, turn: Turn) -> AsyncGenerator[Event, None]:
        for number in range(2 if "twice" in turn.text else 1):
            key = f"call-{number}"
            if "send_mail" not in turn.allowed_tools:
                answered: asyncio.Future[Approval] = asyncio.get_running_loop().create_future()
                yield ApprovalAsked(key, "send_mail", ARGUMENTS, answered.set_result, "json")
                if await answered == "no":
                    yield ToolStarted(key, "send_mail", ARGUMENTS, "json")
                    yield ToolFinished(key, "You refused this call.", is_error=True)
                    continue
            yield ToolStarted(key, "send_mail", ARGUMENTS, "json")
            yield ToolFinished(key, "It was sent.", seconds=0.3)
        yield TextDelta("That is done.")

    async def _hostile(self, turn: Turn) -> AsyncGenerator[Event, None]:
        yield ToolStarted("1", "read_page", HOSTILE, "html")
        for start in range(0, len(HOSTILE), 7):
            yield ToolProgress("1", HOSTILE[start : start + 7])
        await self._wait(turn)
        yield ToolFinished("1", HOSTILE, seconds=0.1)
        yield TableReady("t", ("![a](https://outside.example/e.png)",), ((HOSTILE,),), 1)
        yield TextDelta("It was read.")

    async def _empty(self, turn: Turn) -> AsyncGenerator[Event, None]:
        yield ToolStarted("1", "run_python", "open('none.csv', 'w')", "python")
        yield ToolFinished("1", "", seconds=0.1)
        yield FileReady("none.csv", "text/csv", b"")

    async def _wait(self, turn: Turn) -> None:
        go = self._path.with_name("go")
        while "wait" in turn.text and not go.exists():
            await asyncio.sleep(0.05)
        go.unlink(missing_ok=True)

    def _write(self, turn: Turn) -> None:
        options = asdict(turn.preferences.assistant)
        line = {
            "assistant": {
                name: sorted(it) if isinstance(it, frozenset) else it for name, it in options.items()
            },
            "conversation": turn.conversation,
            "allowed": sorted(turn.allowed_tools),
            "work": [message.work for message in turn.history if message.role == "assistant"],
            "files": [file.name for message in turn.history for file in message.attachments],
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


@dataclass(frozen=True)
class Named:
    """A tool of which only the name and the description matter."""

    name: str
    description: str
    needs_approval: bool = False

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, {})

    def shown(self, arguments: str) -> tuple[str, str]:
        return arguments, "json"

    async def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        yield "Nobody runs this."


TOOLS: Sequence[Named] = (
    Named("run_python", "Runs Python code in a sandbox. Variables stay."),
    Named("search_web", "Searches the web and gives what was found."),
    Named("send_mail", "Sends a mail.", needs_approval=True),
)


class WatchedSandbox(FakeSandbox):
    """Writes down which sessions were ended."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    async def end(self, session: SessionKey) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps({"closed": [session.person, session.conversation]}) + "\n")
