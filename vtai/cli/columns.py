"""Rows as aligned text."""

from __future__ import annotations

from collections.abc import Sequence

_WIDEST = 60


def aligned(rows: Sequence[Sequence[str]], widest: int = _WIDEST) -> list[str]:
    """One line a row, each cell on one line and at most `widest` characters long."""
    cells = [[_cell(cell, widest) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cell(text: str, widest: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= widest else f"{flat[: widest - 3]}..."
