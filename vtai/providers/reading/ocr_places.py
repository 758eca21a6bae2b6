"""Where the lines of a page stand once it is turned upright and straight."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
# Left, top, right and bottom in pixels.
Place = tuple[float, float, float, float]

_LEAST_SLOPE, _MOST_SLOPE = math.radians(0.4), math.radians(30)


def upright(
    boxes: Sequence[Sequence[Sequence[float]]], shape: tuple[int, ...], is_sideways: bool, is_flipped: bool
) -> list[Place]:
    """The places of boxes of four corners each, from a page of `shape` (height, width) that lies so."""
    height, width = shape[:2]
    turned = [_turned(box, height, width, is_sideways, is_flipped) for box in boxes]
    slope = _slope(turned)
    if abs(slope) >= _LEAST_SLOPE:
        turned = [[_rotated(point, -slope) for point in box] for box in turned]
    return [_around(box) for box in turned]


def _turned(
    box: Sequence[Sequence[float]], height: int, width: int, is_sideways: bool, is_flipped: bool
) -> list[Point]:
    corners = [(point[0], point[1]) for point in box]
    if is_sideways:
        corners = [(y, width - x) for x, y in corners]
        height, width = width, height
    return [(width - x, height - y) for x, y in corners] if is_flipped else corners


def _slope(boxes: Sequence[Sequence[Point]]) -> float:
    """The angle at which most of the text runs, in radians; long lines weigh more and know it better."""
    angles = sorted(found for box in boxes if abs((found := _angle(box))[0]) <= _MOST_SLOPE)
    half, passed = sum(length for _, length in angles) / 2, 0.0
    for angle, length in angles:
        passed += length
        if passed >= half:
            return angle
    return 0.0


def _angle(box: Sequence[Point]) -> tuple[float, float]:
    """The angle of a line, -90 to 90 degrees in radians, and its length."""
    (x, y), (other_x, other_y) = max(((box[0], box[1]), (box[1], box[2])), key=lambda ends: math.dist(*ends))
    angle = math.atan2(other_y - y, other_x - x)
    if angle > math.pi / 2:
        angle -= math.pi
    elif angle <= -math.pi / 2:
        angle += math.pi
    return angle, math.dist((x, y), (other_x, other_y))


def _rotated(point: Point, angle: float) -> Point:
    x, y = point
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _around(box: Sequence[Point]) -> Place:
    across, down = [x for x, _ in box], [y for _, y in box]
    return min(across), min(down), max(across), max(down)
