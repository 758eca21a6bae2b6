"""The time and the calendar for the assistant, which knows neither by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from vtai.core.errors import BadArguments
from vtai.tools.tool import tool

_DAYS_A_WEEK = 7


@tool
async def current_time(
    timezone: Annotated[str, Field(description="A name such as Europe/Berlin or America/New_York.")] = "UTC",
) -> str:
    """Tells today's date, the weekday and the time in a time zone."""
    now = datetime.now(UTC).astimezone(_zone(timezone))
    return f"{now:%A, %Y-%m-%d %H:%M:%S} {timezone} (UTC{now:%z})"


@tool
async def days_between(
    start: Annotated[str, Field(description="A date as YYYY-MM-DD, or today.")],
    end: Annotated[str, Field(description="A date as YYYY-MM-DD, or today.")],
) -> str:
    """Counts the days from one date to another; negative when the end comes first."""
    first, last = _date(start), _date(end)
    days = (last - first).days
    weeks, rest = divmod(abs(days), _DAYS_A_WEEK)
    return f"{days} days from {first:%A, %Y-%m-%d} to {last:%A, %Y-%m-%d} ({weeks} weeks and {rest} days)"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # A name such as "Europe" is a folder of the database: an OSError.
        raise BadArguments(
            f"There is no time zone {name[:60]!r}.", "Use a name of the IANA database, such as Europe/Berlin."
        ) from error


def _date(text: str) -> date:
    if text.strip().lower() == "today":
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadArguments(f"{text[:60]!r} is not a date.", "Write it as YYYY-MM-DD.") from error
