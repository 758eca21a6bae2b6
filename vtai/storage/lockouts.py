"""Slowing down those who guess passwords: how long a name is locked after so many tries."""

from __future__ import annotations

import threading
from collections import OrderedDict

from vtai.core.errors import LockedOut

FREE_TRIES = 5
_FIRST_S = 30.0
_LONGEST_S = 900.0
_MOST_STRANGERS = 10_000


def lock_s(tries: int) -> float:
    """Seconds for which nobody may try again after so many in a row: 30, 60 ... at most 900."""
    if tries < FREE_TRIES:
        return 0.0
    return min(_FIRST_S * 2.0 ** min(tries - FREE_TRIES, 10), _LONGEST_S)


def error(left_s: float) -> LockedOut:
    """What somebody reads who tries too soon."""
    return LockedOut(
        "Too many tries with a wrong name or password.",
        f"Wait {_told(left_s)} and try again; an admin can set a new password.",
        retry_after_s=left_s,
    )


class Strangers:
    """Tries for names that nobody has. They lock as accounts do, so that a lock tells nothing about a name.

    In memory and of this process alone: there is no account to protect.
    """

    def __init__(self, most: int = _MOST_STRANGERS) -> None:
        self._most = most
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, folded: str, now: float) -> float:
        """Counts a try. Gives the seconds for which the name is locked; then nothing is counted."""
        with self._lock:
            tries, locked_until = self._tries.pop(folded, (0, 0.0))
            left = max(0.0, locked_until - now)
            self._tries[folded] = (tries, locked_until) if left else (tries + 1, now + lock_s(tries + 1))
            if len(self._tries) > self._most:
                self._tries.popitem(last=False)
            return left

    def forget(self, folded: str) -> None:
        """The last try was a good one."""
        with self._lock:
            self._tries.pop(folded, None)


def _told(seconds: float) -> str:
    if seconds > 90:
        return f"{round(seconds / 60)} minutes"
    return f"{max(1, round(seconds))} seconds"
