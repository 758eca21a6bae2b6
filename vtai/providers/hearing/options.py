"""How long a microphone waits, and what it takes for speech. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """Times in seconds of the stream, chances in 0..1, levels in decibels below full scale."""

    end_silence_s: float = 0.8
    """Who is quiet for so long has ended."""
    little_silence_s: float = 1.2
    """The same while little was said: people think before they go on."""
    little_s: float = 1.0
    """Less speech than this is little."""
    noisy_extra_s: float = 0.25
    """In noise, an end waits this much longer: it covers the soft sounds at the edges of words."""
    wait_s: float = 8.0
    """Nobody spoke for so long: NothingSaid."""
    longest_s: float = 300.0
    """What is said may take so long: TooLong."""
    so_far_s: float | None = None
    """How often what was said until now is given; None: never."""
    so_far_most_s: float = 30.0
    """What was said until now is given up to this length, for it is copied each time."""
    before_s: float = 0.32
    """So much from before the first sound of speech is kept: its first syllable may be soft."""
    after_s: float = 0.3
    """So much from after the last sound of speech is kept."""
    onset_frames: int = 3
    """Of one frame more, so many are speech before somebody is taken to speak. A frame is 32 ms."""
    least_frames: int = 5
    """Fewer frames of speech than this are a cough or a click."""
    speech_chance: float = 0.5
    """Speech begins here in a quiet room, and at this chance goes on however loud the noise is."""
    noisy_chance: float = 0.8
    """Speech begins here in noise."""
    still_chance: float = 0.35
    """Speech goes on down to here."""
    above_noise_db: float = 3.0
    """What is not surely speech must be so much louder than the noise."""
    noisy_db: float = -45.0
    """Noise is what is louder than this all the time."""
    order_ms: float = 300.0
    """A missing piece of sound is waited for so long."""
    most_gap_s: float = 2.0
    """The longest silence that is put in the place of missing sound."""
