"""Tables beside an answer. Makes the properties of `site/public/elements/Table.jsx`."""

from __future__ import annotations

import re
from typing import Any

from vtai.core.events import TableReady

# What is left of a larger table helps nobody here; the file has all of it.
_MOST_ROWS = 200
_MOST_COLUMNS = 60
_MOST_CHARACTERS = 300

_NUMBER = re.compile(r"[-+−]?[$€£¥]?\d[\d,  _]*(?:\.\d*)?(?:e[-+]?\d+)?\s?%?", re.IGNORECASE)  # noqa: RUF001 minus and thin spaces are what tables hold
_NO_NUMBER = frozenset({"", "-", "–", "nan", "none", "null", "<na>", "nat", "n/a", "inf", "-inf"})  # noqa: RUF001 a dash for nothing


def props(table: TableReady) -> dict[str, Any]:
    """The table as it is shown. `numbers` says of each column whether it holds numbers."""
    columns = table.columns[:_MOST_COLUMNS]
    rows = [row[: len(columns)] for row in table.rows[:_MOST_ROWS]]
    rows = [row + ("",) * (len(columns) - len(row)) for row in rows]
    return {
        "title": _cut(table.title),
        "columns": [_cut(column) for column in columns],
        "numbers": [_are_numbers([row[at] for row in rows]) for at in range(len(columns))],
        "rows": [[_cut(cell) for cell in row] for row in rows],
        "total": max(table.total_rows, len(table.rows)),
        "hidden": len(table.columns) - len(columns),
    }


def _are_numbers(cells: list[str]) -> bool:
    cells = [cell.strip() for cell in cells]
    told = [cell for cell in cells if cell.lower() not in _NO_NUMBER]
    return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
