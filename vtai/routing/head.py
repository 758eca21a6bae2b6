"""Softmax regression on sparse rows, with numpy alone: the learned part of the encoder.

Deterministic: the same rows give the same weights on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int32]

_MEMORY = 7
_SHRINK = 0.5
_ENOUGH_DECREASE = 1e-4


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: row i holds `columns[starts[i]:starts[i + 1]]` with `values` of the same span."""

    starts: Integers
    columns: Integers
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def taken(self, which: Integers) -> Rows:
        """The rows with these numbers, in this order."""
        import numpy as np

        lengths = (self.starts[1:] - self.starts[:-1])[which]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        spots = np.repeat(self.starts[which] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(starts, self.columns[spots], self.values[spots], self.width)

    def times(self, weights: Floats) -> Floats:
        """(rows, classes): each row's scores. No row may be empty."""
        import numpy as np

        products = weights[self.columns] * self.values[:, None]
        scores: Floats = np.add.reduceat(products, self.starts[:-1], axis=0)
        return scores


@dataclass(frozen=True, slots=True)
class _Turned:
    """The same numbers sorted by column, for gradients."""

    rows: Integers
    values: Floats
    starts: Integers
    used: Integers
    width: int

    @classmethod
    def of(cls, rows: Rows) -> _Turned:
        import numpy as np

        order = np.argsort(rows.columns, kind="stable")
        numbers = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(rows.starts))
        used, starts = np.unique(rows.columns[order], return_index=True)
        return cls(numbers[order], rows.values[order], starts.astype(np.int32), used, rows.width)

    def times(self, errors: Floats) -> Floats:
        """(width, classes): the gradient for these errors."""
        import numpy as np

        gradient = np.zeros((self.width, errors.shape[1]), np.float32)
        products = errors[self.rows] * self.values[:, None]
        gradient[self.used] = np.add.reduceat(products, self.starts, axis=0)
        return gradient


def softmax(scores: Floats) -> Floats:
    import numpy as np

    raised: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Floats = raised.sum(axis=-1, keepdims=True)
    return raised / total


def learned(
    rows: Rows, classes: Integers, class_count: int, weights: Floats, *, ridge: float, steps: int
) -> Floats:
    """Weights (width, classes) that fit `classes`; `weights` says how much each row counts.

    `ridge` is the penalty on squared weights, per row. The last column of every row is expected to be a
    constant 1 and is penalised with the rest.
    """
    import numpy as np

    turned = _Turned.of(rows)
    wanted = np.zeros((len(rows), class_count), np.float32)
    wanted[np.arange(len(rows)), classes] = 1
    share = (weights / weights.sum())[:, None].astype(np.float32)

    def loss(point: Floats) -> tuple[float, Floats]:
        chances = softmax(rows.times(point))
        fit = -float((share[:, 0] * np.log((chances * wanted).sum(axis=1) + 1e-9)).sum())
        gradient = turned.times((chances - wanted) * share) + ridge * point
        return fit + 0.5 * ridge * float((point * point).sum()), gradient

    return _minimised(loss, np.zeros((rows.width, class_count), np.float32), steps)


def _minimised(loss: Callable[[Floats], tuple[float, Floats]], point: Floats, steps: int) -> Floats:
    """L-BFGS with a backtracking line search."""
    value, gradient = loss(point)
    past: list[tuple[Floats, Floats, float]] = []
    for step in range(steps):
        direction = -_curved(gradient, past)
        slope = float((gradient * direction).sum())
        length = 1.0 if step else 1.0 / max(1e-6, float((gradient * gradient).sum()) ** 0.5)
        while True:
            candidate = point + length * direction
            new_value, new_gradient = loss(candidate)
            if new_value <= value + _ENOUGH_DECREASE * length * slope or length < 1e-6:
                break
            length *= _SHRINK
        moved, turned = candidate - point, new_gradient - gradient
        curvature = float((moved * turned).sum())
        if curvature > 1e-10:
            past = [*past[-_MEMORY + 1 :], (moved, turned, 1.0 / curvature)]
        point, value, gradient = candidate, new_value, new_gradient
    return point


def _curved(gradient: Floats, past: list[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient through the approximate inverse Hessian (two-loop recursion)."""
    vector = gradient.copy()
    factors = []
    for moved, turned, inverse in reversed(past):
        factor = inverse * float((moved * vector).sum())
        factors.append(factor)
        vector -= factor * turned
    if past:
        moved, turned, inverse = past[-1]
        vector *= 1.0 / (inverse * float((turned * turned).sum()))
    for (moved, turned, inverse), factor in zip(past, reversed(factors), strict=True):
        vector += (factor - inverse * float((turned * vector).sum())) * moved
    return vector
