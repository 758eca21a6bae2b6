"""How a conversation by voice is paced. Values only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from vtai.core.sound import Audio

# What goes in and out: 16 bit, mono.
RATE_HZ: Final = 24_000
BYTES_A_SECOND: Final = 2 * RATE_HZ

# Sound in any container as samples of that kind. Raises BadAttachment.
Decode = Callable[[Audio], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class TalkOptions:
    """Times in seconds."""

    least_s: float = 0.3
    """What is said in less time is not taken for words."""
    around_s: float = 0.62
    """Silence that the ear keeps before and after the words, together."""
    hold_s: float = 1.5
    """An answer is kept back for so long at most, until it begins to be spoken: who goes on after a pause is
    answered once, to all of it."""
    ahead_s: float = 1.0
    """Sound is given out so far ahead of being played; what is further ahead is never lost to a barge-in."""
    chunk_s: float = 0.1
    """Length of a piece of sound."""
    waiting_s: float = 30.0
    """Sound that may wait to be played before the answer waits, too."""
    most_failures: int = 3
    """What cannot be understood so often in a row ends the conversation."""
