"""How far the assistant may go in one reply: steps, seconds, tokens, money."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vtai.core.events import Usage
from vtai.core.turn import AssistantOptions

# From here on the model is told to answer: the answer itself takes some of the rest.
_ENOUGH = 0.85
# Seconds that the person has to answer a tool that asks first.
PATIENCE_S = 600.0


class Budget:
    """What one reply has used of its limits. `clock` gives seconds; waiting for the person does not count.

    `patience_s` is how long the person is waited for, each time.
    """

    def __init__(
        self,
        limits: AssistantOptions,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.usages: list[Usage] = []
        self.clock = clock
        self.patience_s = patience_s
        self._limits = limits
        self._started = clock()
        self._steps = 0
        self._waited_s = 0.0

    def begin_step(self) -> bool:
        """Counts one more question to the model; True where it has to be the last."""
        self._steps += 1
        return self.reason() is not None

    def spend(self, usage: Usage) -> None:
        self.usages.append(usage)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around the time in which the person is asked."""
        start = self.clock()
        try:
            yield
        finally:
            self._waited_s += self.clock() - start

    @property
    def rest_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._limits.max_s - self._seconds())

    def reason(self) -> str | None:
        """Which limit is reached, or nearly, in words; None where none is."""
        limits = self._limits
        for used, most, words in (
            (self._seconds(), limits.max_s * _ENOUGH, f"{limits.max_s:g} seconds"),
            (self._tokens(), limits.max_tokens * _ENOUGH, f"{limits.max_tokens:,} tokens"),
            (self._dollars(), limits.max_usd * _ENOUGH, f"{limits.max_usd:g} US dollars"),
            (self._steps, limits.max_steps, f"{limits.max_steps} step{'s' * (limits.max_steps != 1)}"),
        ):
            if used >= most:
                return words
        return None

    def _seconds(self) -> float:
        return self.clock() - self._started - self._waited_s

    def _tokens(self) -> int:
        return sum(usage.input_tokens + usage.output_tokens for usage in self.usages)

    def _dollars(self) -> float:
        return sum(usage.cost_usd or 0.0 for usage in self.usages)
