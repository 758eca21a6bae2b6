"""Where a list goes on, as an opaque text."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Collection

from vtai.core.errors import BadArguments
from vtai.storage.tokens import is_id

MOST = 100
_LONGEST = 400


def at(number: float, name: str) -> str:
    """A cursor for what follows this place."""
    return base64.urlsafe_b64encode(json.dumps([number, name]).encode()).decode().rstrip("=")


def read(cursor: str, names: Collection[str] | None = None) -> tuple[float, str]:
    """The place that a cursor stands for, with one of these names. Raises BadArguments."""
    try:
        padded = cursor[:_LONGEST].encode("ascii") + b"=" * (-len(cursor[:_LONGEST]) % 4)
        number, name = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(number, int | float) or not math.isfinite(number) or abs(number) > 2**62:
            raise _bad()
        if not isinstance(name, str) or not is_id(name) or name not in (names or {name}):
            raise _bad()
    except (ValueError, TypeError, RecursionError) as error:
        raise _bad() from error
    return number, name


def size(limit: int) -> int:
    """How many of a list are given at most."""
    return max(1, min(limit, MOST))


def _bad() -> BadArguments:
    return BadArguments("The cursor is none of this list.", "Leave it out to start from the beginning.")
