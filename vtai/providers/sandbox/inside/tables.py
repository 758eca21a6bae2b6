"""The first rows of a data frame as text cells, in bounded space."""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vtai.providers.sandbox.inside.failures import plain

MAX_ROWS = 50
MAX_COLUMNS = 30
MAX_CELL = 200

# Cells in one table: so many characters fit into a frame in any script.
_MAX_CHARACTERS = 50_000
_MANY_DIGITS = 1e15
_FEW_DIGITS = 1e-4
_DIGITS = 6
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of `total_rows`. `columns_left_out` is how many columns are not here."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_rows: int
    columns_left_out: int


def is_table(value: object) -> bool:
    """Whether it is a DataFrame or a Series of pandas, by its real type."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return False
    kinds = tuple(
        kind for name in ("DataFrame", "Series") if isinstance(kind := getattr(pandas, name, None), type)
    )
    return issubclass(type(value), kinds)


def unstyled(value: Any) -> object:
    """The data frame of a pandas Styler; anything else as it is."""
    style: Any = sys.modules.get("pandas.io.formats.style")
    return value.data if style is not None and type(value) is style.Styler else value


def of(value: Any) -> Table:
    """The table of a DataFrame or Series; its index comes first."""
    frame = value.to_frame() if value.ndim == 1 else value
    head = frame.iloc[:MAX_ROWS]
    index = head.index
    columns = [(_label(name), _level(index, level)) for level, name in enumerate(index.names)]
    columns += [
        (_label(head.columns[at]), head.iloc[:, at].tolist()) for at in range(min(head.shape[1], MAX_COLUMNS))
    ]
    shown = columns[:MAX_COLUMNS]
    rows = zip(*(_texts(values) for _, values in shown), strict=True)
    all_columns = len(index.names) + int(frame.shape[1])
    return Table(
        columns=tuple(name for name, _ in shown),
        rows=_bounded(list(rows)),
        total_rows=int(frame.shape[0]),
        columns_left_out=all_columns - len(shown),
    )


def cell(value: object) -> str:
    """A value as text to read: numbers short but whole, dates without a midnight, nothing for no value."""
    kind = type(value)
    if value is None or kind.__name__ in {"NaTType", "NAType"}:
        return ""
    if kind is float:
        return _number(value)  # type: ignore[arg-type]
    if issubclass(kind, dt.datetime):
        return _moment(value)  # type: ignore[arg-type]
    text = plain(str(value), MAX_CELL + 1).translate(_CONTROLS)
    return text[: MAX_CELL - 1] + "…" if len(text) > MAX_CELL else text


def _level(index: Any, level: int) -> list[object]:
    values: list[object] = index.get_level_values(level).tolist()
    return values


def _label(name: object) -> str:
    if isinstance(name, tuple):
        return " / ".join(cell(part) for part in name)[:MAX_CELL]
    return cell(name)


def _texts(values: list[object]) -> list[str]:
    return [_safely(cell, value) for value in values]


def _safely(shown: Callable[[object], str], value: object) -> str:
    try:
        return shown(value)
    except Exception:  # noqa: BLE001 cells hold the code's own objects, whose methods may do anything
        return "?"


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    size = abs(value)
    if math.isinf(value) or size >= _MANY_DIGITS or 0 < size < _FEW_DIGITS:
        return f"{value:.6g}"
    before_point = len(str(int(size)))
    text = f"{value:.{max(2, _DIGITS - before_point)}f}" if size >= 1 else f"{value:.{_DIGITS}f}"
    return text.rstrip("0").rstrip(".")


def _moment(value: dt.datetime) -> str:
    text = str(value)
    return text[:10] if value.tzinfo is None and value.time() == dt.time() else text[:MAX_CELL]


def _bounded(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    kept: list[tuple[str, ...]] = []
    left = _MAX_CHARACTERS
    for row in rows:
        left -= sum(len(text) + 3 for text in row)
        if left < 0 and kept:
            break
        kept.append(row)
    return tuple(kept)
