"""The spans of time that limits are counted in.

Minutes and hours slide: what was counted in the window before weighs as much as of it still lies within the
span (https://blog.cloudflare.com/counting-things-a-lot-of-different-things/). Days and months are those of
the calendar in UTC, as bills have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vtai.limiting.rules import Per

_SLIDING_S = {"minute": 60, "hour": 3_600}


@dataclass(frozen=True, slots=True)
class Window:
    """`name` of the window now and, where it slides, of the one before with its weight in 0..1.

    `ends_s` is how long it still lasts, `keep_s` how long its counter is needed.
    """

    name: str
    ends_s: float
    keep_s: float
    before: str | None = None
    weight: float = 0.0


def window(per: Per, now: float) -> Window:
    """The window at `now`, seconds since the epoch."""
    if (span_s := _SLIDING_S.get(per)) is not None:
        number, past_s = divmod(now, span_s)
        name = f"{per}{int(number)}"
        return Window(name, span_s - past_s, 2.0 * span_s, f"{per}{int(number) - 1}", 1 - past_s / span_s)
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "day":
        name, end = f"{day:%Y-%m-%d}", day + timedelta(days=1)
    else:
        first = day.replace(day=1)
        name, end = f"{day:%Y-%m}", (first + timedelta(days=32)).replace(day=1)
    left_s = end.timestamp() - now
    return Window(name, left_s, left_s + 3_600)
