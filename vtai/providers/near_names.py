"""Names that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_names(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first; those that contain it count as near."""
    pool = sorted(set(known))
    wanted = name.lower()
    close = difflib.get_close_matches(wanted, pool, n=most, cutoff=0.6)
    holding = [other for other in pool if len(wanted) >= 3 and wanted in other]
    return tuple(dict.fromkeys([*close, *holding]))[:most]
