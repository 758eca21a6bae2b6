"""What a run shows: text of its last value, tables and figures, each sent as soon as it is there."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

from vtai.providers.sandbox.inside import figures, frames, tables
from vtai.providers.sandbox.inside.failures import cut, ends

MAX_RESULT_BYTES = 20_000
MAX_FIGURES = 8
MAX_TABLES = 8

_MAX_ITEMS = 5_000
_MAX_NOTES = 10
_CONTAINERS = (list, tuple, dict, set, frozenset)


class Screen:
    """What one run shows. `send` takes a header and a payload of any length."""

    def __init__(self, run_id: int, send: Callable[[frames.Header, bytes], None]) -> None:
        self._run_id = run_id
        self._send = send
        self._figures = 0
        self._tables = 0
        self._is_open = True
        self.figures_left_out = 0
        self.notes: list[str] = []

    def take_over(self) -> None:
        """`plt.show()` and the like show here from now on."""
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        picture: Any = sys.modules.get("PIL.Image")
        # In pyplot itself and not in a backend: code from elsewhere often begins by choosing one.
        if pyplot is not None:
            pyplot.show = lambda *_, **__: self.open_figures()
            pyplot.Figure.show = lambda figure, *_, **__: self.figure(figure)
        if picture is not None:
            picture.Image.show = lambda image, *_, **__: self.display(image)

    def close(self) -> None:
        """The run is over: what threads that it left behind would show has no place any more."""
        self._is_open = False

    def note(self, sentence: str) -> None:
        """Keeps a sentence for people, once."""
        if sentence not in self.notes and len(self.notes) < _MAX_NOTES:
            self.notes.append(sentence)

    def value(self, value: object, title: str = "") -> str | None:
        """Shows the value of the last expression; its text, or None where there is nothing to say."""
        if value is None:
            return None
        value = tables.unstyled(value)
        if tables.is_table(value):
            self.table(value, title)
        elif figures.is_figure(value):
            self.figure(value)
            return None
        elif figures.is_picture(value):
            self._picture(lambda: figures.encode(value))
        return text_of(value)

    def display(self, *values: object) -> None:
        """The `display` that notebooks have: a table or figure is shown, anything else is printed."""
        for value in map(tables.unstyled, values):
            if tables.is_table(value):
                self.table(value)
            elif figures.is_figure(value):
                self.figure(value)
            elif figures.is_picture(value):
                self._picture(lambda shown=value: figures.encode(shown))  # type: ignore[misc]
            else:
                sys.stdout.write(text_of(value) + "\n")

    def table(self, value: Any, title: str = "") -> None:
        """Shows the first rows of a DataFrame or Series."""
        self._tables += 1
        if self._tables > MAX_TABLES:
            self.note(f"Only the first {MAX_TABLES} tables are shown.")
            return
        table = tables.of(value)
        if table.columns_left_out:
            self.note(f"{table.columns_left_out} columns of a table are not shown.")
        header = {
            "op": "table",
            "id": self._run_id,
            "title": (title or type(value).__name__)[: tables.MAX_CELL],
            "columns": table.columns,
            "rows": table.rows,
            "total_rows": table.total_rows,
        }
        if self._is_open:
            self._send(header, b"")

    def figure(self, figure: Any) -> None:
        """Shows a plot and closes it."""
        try:
            self._picture(lambda: figures.draw(figure))
        finally:
            figures.close(figure)

    def open_figures(self) -> None:
        """Shows the plots that are open, and closes them all."""
        try:
            for figure in figures.open_figures():
                self.figure(figure)
        finally:
            figures.close_all()

    def _picture(self, made: Callable[[], bytes]) -> None:
        if self._figures >= MAX_FIGURES:
            self.figures_left_out += 1
            return
        try:
            png = made()
        except (figures.TooLarge, MemoryError) as error:
            self.figures_left_out += 1
            self.note(str(error) or "A figure did not fit into the memory.")
        except Exception as error:  # noqa: BLE001 drawing runs the code's own data through a library
            self.figures_left_out += 1
            self.note(f"A figure could not be drawn: {type(error).__name__}: {cut(str(error), 300)}")
        else:
            self._figures += 1
            if self._is_open:
                self._send({"op": "figure", "id": self._run_id}, png)


def text_of(value: object) -> str:
    """What `repr` says, in bounded space. Raises what the value's own `__repr__` raises."""
    kind = type(value)
    ending = ""
    if kind in {str, bytes, bytearray} and len(value) > MAX_RESULT_BYTES:  # type: ignore[arg-type]
        text = repr(value[:MAX_RESULT_BYTES])  # type: ignore[index]
        ending = f"\n[the beginning of {len(value)}]"  # type: ignore[arg-type]
    elif kind in _CONTAINERS and len(value) > _MAX_ITEMS:  # type: ignore[arg-type]
        text = _first_items(value)
        ending = f"\n[the first {_MAX_ITEMS} of {len(value)}]"  # type: ignore[arg-type]
    else:
        text = repr(value)
    return cut(ends(text, MAX_RESULT_BYTES), MAX_RESULT_BYTES - len(ending)) + ending


def _first_items(value: Any) -> str:
    if type(value) is dict:
        return repr(dict(itertools.islice(value.items(), _MAX_ITEMS)))
    return repr(type(value)(itertools.islice(value, _MAX_ITEMS)))
