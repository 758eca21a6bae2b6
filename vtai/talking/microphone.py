"""What is known of who speaks, and what may have been said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vtai.core.sound import Audio
from vtai.talking import words
from vtai.talking.options import BYTES_A_SECOND
from vtai.talking.stages import Stages

# What was heard of our own voice before somebody spoke over it is cut off, if it is longer than this.
_LEAST_CUT_S: Final = 1.0


@dataclass(slots=True)
class Utterance:
    """Something that may have been said. `is_over_sound`: it began while a reply was going on."""

    audio: Audio
    seconds: float
    stages: Stages
    is_over_sound: bool


@dataclass(slots=True)
class Microphone:
    """Who speaks now. Times in seconds of the stream.

    `counts` is whether what is being said is meant for us. Over a reply that has to be confirmed first, and
    what was heard before, `cut_s`, is left out.
    """

    fed_s: float = 0.0
    began_s: float = 0.0
    cut_s: float = 0.0
    is_speaking: bool = False
    is_over_sound: bool = False
    counts: bool = True

    def feed(self, samples: bytes) -> None:
        self.fed_s += len(samples) / BYTES_A_SECOND

    def begin(self, at_s: float, *, is_over_sound: bool) -> None:
        """Somebody begins to speak."""
        self.began_s, self.cut_s, self.is_speaking = at_s, 0.0, True
        self.is_over_sound, self.counts = is_over_sound, not is_over_sound

    def confirm(self, at_s: float) -> None:
        """It is a person who speaks over the reply."""
        if self.is_speaking:
            self.cut_s, self.counts = max(0.0, at_s - self.began_s), True

    def accept(self) -> bool:
        """The reply is over: who speaks now counts. Whether there is somebody who did not."""
        is_new = self.is_speaking and not self.counts
        self.counts = True
        return is_new

    def end(
        self, audio: Audio, seconds: float, around_s: float, now: Callable[[], float]
    ) -> Utterance | None:
        """What was said, if it counts. `around_s` of its seconds are the silence kept around the words."""
        self.is_speaking = False
        if not self.counts:
            return None
        if self.cut_s > _LEAST_CUT_S:
            audio = words.without_start(audio, self.cut_s)
        waited_s = self.fed_s - (self.began_s + max(0.0, seconds - around_s))
        return Utterance(audio, seconds, Stages(now, waited_s), self.is_over_sound)
