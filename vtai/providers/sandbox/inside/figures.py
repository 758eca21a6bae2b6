"""Plots and pictures as PNG, in bounded space: what would be too large is refused before it is drawn."""

from __future__ import annotations

import contextlib
import io
import math
import sys
from collections.abc import Iterator
from typing import Any

MAX_PIXELS = 16_000_000
MAX_PNG_BYTES = 8 * 1024 * 1024

_MAX_DPI = 200.0
_MIN_DPI = 20.0
_PAD_INCHES = 0.1
# How much wider than the figure the drawing may reach, with labels that stick out.
_MAX_OVERHANG = 3.0


class TooLarge(Exception):
    """A plot or picture that is not drawn. Its text is for people."""


def open_figures() -> list[Any]:
    """The figures that pyplot has open, in the order of their numbers; none where it was never loaded."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return [pyplot.figure(number) for number in pyplot.get_fignums()] if pyplot else []


def close_all() -> None:
    """Closes what pyplot has open, so that the next run begins with nothing."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close("all")


def close(figure: Any) -> None:
    """Closes one figure."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close(figure)


def is_figure(value: object) -> bool:
    """Whether it is a plot, by its real type."""
    return _is(value, "matplotlib.figure", "Figure")


def is_picture(value: object) -> bool:
    """Whether it is a picture of PIL, by its real type."""
    return _is(value, "PIL.Image", "Image")


def draw(figure: Any) -> bytes:
    """The plot as PNG, cut to what is drawn. Raises TooLarge."""
    width, height = (float(inches) for inches in figure.get_size_inches())
    dpi = _fitting_dpi(width, height, float(figure.get_dpi()))
    with _at(figure, dpi):
        figure.draw_without_rendering()
        box = _box(figure, width, height, dpi)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi, bbox_inches=box)
    return _checked(buffer)


def encode(picture: Any) -> bytes:
    """The picture as PNG. Raises TooLarge."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise TooLarge(f"A picture of {width} x {height} pixels is too large to show.")
    if picture.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return _checked(buffer)


def _is(value: object, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and issubclass(type(value), kind)


def _fitting_dpi(width: float, height: float, wanted: float) -> float:
    area = width * height
    if not math.isfinite(area) or area <= 0:
        raise TooLarge("A plot without a size cannot be shown.")
    dpi = min(wanted, _MAX_DPI, math.sqrt(MAX_PIXELS / area))
    if dpi < _MIN_DPI:
        raise TooLarge(f"A plot of {width:.0f} x {height:.0f} inches is too large to show.")
    return dpi


@contextlib.contextmanager
def _at(figure: Any, dpi: float) -> Iterator[None]:
    before = figure.get_dpi()
    figure.set_dpi(dpi)
    try:
        yield
    finally:
        figure.set_dpi(before)


def _box(figure: Any, width: float, height: float, dpi: float) -> Any:
    """What to save: all that is drawn. None, the figure as it is, where something lies far outside."""
    box = figure.get_tightbbox().padded(_PAD_INCHES)
    sizes_fit = 0 < box.width <= width * _MAX_OVERHANG and 0 < box.height <= height * _MAX_OVERHANG
    return box if sizes_fit and box.width * box.height * dpi * dpi <= MAX_PIXELS * 1.5 else None


def _checked(buffer: io.BytesIO) -> bytes:
    if buffer.tell() > MAX_PNG_BYTES:
        raise TooLarge(f"A picture of {buffer.tell() // 1_000_000} MB is too large to show.")
    return buffer.getvalue()
