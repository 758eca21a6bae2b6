"""Tools for VT.ai: hours of work, booked and reported."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vtai.core.errors import NotConfigured
from vtai.core.events import FileReady
from vtai.core.ports import ToolContext, ToolEvent, ToolResult
from vtai.tools.tool import tool

Row = tuple[str, str, float, str]


class Settings(BaseModel):
    """The tables [tool.book_hours] and [tool.report_hours] of tools.toml."""

    model_config = ConfigDict(extra="forbid")

    file: Path = Path.home() / "hours.csv"
    """Where the hours are kept: person, day, hours, what."""
    day_h: float = Field(default=8, gt=0, le=24)
    """Hours in a day of work."""


@tool(settings=Settings, needs_approval=True)
async def book_hours(
    day: Annotated[date, Field(description="As 2026-11-20.")],
    hours: Annotated[float, Field(gt=0, le=24)],
    what: Annotated[str, Field(description="What was done.", min_length=1, max_length=200)],
    settings: Settings,
    context: ToolContext,
) -> str:
    """Books hours of work on a day. Only when the person asks for it."""
    await asyncio.to_thread(_append, settings.file, (context.turn.person, str(day), hours, what))
    return f"Booked: {hours:g} h on {day}, {what}."


@tool(settings=Settings)
async def report_hours(
    month: Annotated[str, Field(description="As 2026-11.", pattern=r"^\d{4}-\d{2}$")],
    settings: Settings,
    context: ToolContext,
) -> AsyncGenerator[ToolEvent, None]:
    """Adds up the hours of work that were booked in a month, and makes a table of them."""
    rows = await asyncio.to_thread(_read, settings.file)
    own = [row for row in rows if row[0] == context.turn.person and row[1].startswith(month)]
    for _, day, hours, what in own:
        yield f"{day}: {hours:g} h, {what}\n"
    if not own:
        yield ToolResult(f"Nothing was booked in {month}.")
        return
    total = sum(hours for _, _, hours, _ in own)
    yield FileReady(f"hours-{month}.csv", "text/csv", _table(own).encode())
    yield ToolResult(f"{total:g} h in {month}: {total / settings.day_h:.1f} days of {settings.day_h:g} h.")


def _append(file: Path, row: Row) -> None:
    try:
        with file.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out).writerow(row)
    except OSError as error:
        raise _unusable("written", error) from error


def _read(file: Path) -> list[Row]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return [(person, day, float(hours), what) for person, day, hours, what in csv.reader(lines)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise _unusable("read", error) from error


def _table(rows: list[Row]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([("day", "hours", "what"), *(row[1:] for row in rows)])
    return out.getvalue()


def _unusable(done: str, error: Exception) -> NotConfigured:
    why = getattr(error, "strerror", None) or "it is not as it was written"
    return NotConfigured(f"The file of hours cannot be {done}: {why}.", "Look at `file` in tools.toml.")
