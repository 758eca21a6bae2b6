"""Questions for the number of days to, since or between dates, in everyday English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH: Final = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_FEASTS: Final = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
    "new year": (1, 1),
    "halloween": (10, 31),
}
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>\d{4})"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"(?:the )?{_DAY}(?: of)? (?P<month>{_MONTH})\.?(?:,? {_YEAR})?",
        rf"(?P<month>{_MONTH})\.? {_DAY}(?:,? {_YEAR})?",
        rf"(?P<month>{_MONTH})(?: {_YEAR})?",
    )
)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

_ASKED: Final = r"(?:how many days(?: (?:are there|are left|is it|left|remain|have passed|will pass))?|days)"
_UNTIL: Final = re.compile(rf"{_ASKED} (?:until|till|to|before) (?P<end>.+)")
_SINCE: Final = re.compile(rf"{_ASKED} since (?P<start>.+)")
_BETWEEN: Final = re.compile(
    rf"{_ASKED} (?:between (?P<a>.+?) and (?P<b>.+)|from (?P<c>.+?) (?:to|until|till) (?P<d>.+))"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Days from `start` to `end`, in a sentence."""

    start: date
    end: date
    sentence: str


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as it was written; without a year it comes every year."""

    month: int
    day: int
    year: int | None = None

    def in_year(self, year: int) -> date | None:
        try:
            return date(year if self.year is None else self.year, self.month, self.day)
        except ValueError:
            return None


def counted(text: str, today: date) -> Counted | None:
    """What a question in lower case without its question mark asks for; None whenever that is in doubt."""
    if match := _BETWEEN.fullmatch(text):
        return _between(match["a"] or match["c"], match["b"] or match["d"], today)
    if match := _UNTIL.fullmatch(text):
        end = _next(_read(match["end"], today), today)
        return _until(end, today) if end else None
    if match := _SINCE.fullmatch(text):
        start = _last(_read(match["start"], today), today)
        return Counted(start, today, _since(start, today)) if start else None
    return None


def _until(end: date, today: date) -> Counted:
    if end < today:
        return Counted(today, end, f"{_long(end)} was {_days(today - end)} ago.")
    if end == today:
        return Counted(today, end, f"That is today, {_long(end)}: 0 days.")
    return Counted(today, end, f"It is {_days(end - today)} until {_long(end)}.")


def _since(start: date, today: date) -> str:
    return f"It has been {_days(today - start)} since {_long(start)}."


def _between(first: str, second: str, today: date) -> Counted | None:
    a, b = _read(first, today), _read(second, today)
    if a is None or b is None or b.year is None:
        return None
    start, end = a.in_year(b.year), b.in_year(b.year)
    # Without a year of its own the first has that of the second; the other way round nobody can tell.
    if start is None or end is None or (a.year is None and start > end):
        return None
    return Counted(start, end, f"From {_long(start)} to {_long(end)} it is {_days(end - start)}.")


def _read(text: str, today: date) -> _Written | None:
    text = text.strip()
    near = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
    if text in near:
        day = today + timedelta(days=near[text])
        return _Written(day.month, day.day, day.year)
    if _ISO.fullmatch(text):
        return _Written(int(text[5:7]), int(text[8:]), int(text[:4]))
    if match := re.fullmatch(rf"(?P<feast>{'|'.join(_FEASTS)})(?: {_YEAR})?", text):
        return _Written(*_FEASTS[match["feast"]], int(match["year"]) if match["year"] else None)
    for form in _FORMS:
        if match := form.fullmatch(text):
            found = match.groupdict()
            month = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(found["month"][:3]))
            year = int(found["year"]) if found["year"] else None
            return _Written(month, int(found.get("day") or 1), year)
    return None


def _next(written: _Written | None, today: date) -> date | None:
    if written is None:
        return None
    this = written.in_year(today.year)
    if this is None or written.year is not None or this >= today:
        return this
    return written.in_year(today.year + 1)


def _last(written: _Written | None, today: date) -> date | None:
    if written is None:
        return None
    this = written.in_year(today.year)
    if this is None or this <= today:
        return this
    return written.in_year(today.year - 1) if written.year is None else None


def _days(span: timedelta) -> str:
    return f"{abs(span.days):,} day{'s' * (abs(span.days) != 1)}" if span.days >= 0 else f"{span.days:,} days"


def _long(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"
