"""When somebody begins and stops speaking, frame by frame. Pure logic: no model, no clock, no thread."""

from __future__ import annotations

import io
import wave
from collections import deque

from vtai.core.sound import Audio, HeardEvent, NothingSaid, SpeechBegan, SpeechEnded, SpeechSoFar, TooLong
from vtai.providers.hearing.detector import FRAME_S, Frame
from vtai.providers.hearing.options import HearingOptions
from vtai.providers.resampling import SPEECH_RATE_HZ

# How fast the level of the noise follows what is heard, a frame: most of it within half a second. Between
# words it follows slowly, for some of them are taken for noise.
_FOLLOWS, _FOLLOWS_SPEECH = 0.1, 0.02


class Endpointing:
    """One microphone. Hands free, it goes on after an end, and NothingSaid also tells of a mere cough."""

    def __init__(self, options: HearingOptions, *, is_hands_free: bool) -> None:
        self._options = options
        self._is_hands_free = is_hands_free
        self._noise = _Noise(options)
        before = _frames(options.before_s) + options.onset_frames + 1
        self._before: deque[tuple[bytes, bool]] = deque(maxlen=before)
        self._saying: _Saying | None = None
        self._at = 0
        self._waited = 0
        self.is_done = False

    def feed(self, frame: Frame) -> list[HeardEvent]:
        """What happened with this frame."""
        if self.is_done:
            return []
        is_speech = self._noise.is_speech(frame, is_speaking=self._saying is not None)
        self._at += 1
        if self._saying is None:
            return self._wait(frame.samples, is_speech=is_speech)
        return self._go_on(self._saying, frame.samples, is_speech=is_speech)

    def finish(self) -> list[HeardEvent]:
        """The microphone was closed: what was being said, or NothingSaid."""
        if self.is_done:
            return []
        saying, self._saying, self.is_done = self._saying, None, True
        if saying is not None:
            return [saying.ended(self._options)]
        return [NothingSaid(is_noisy=self._noise.is_loud)]

    def _wait(self, samples: bytes, *, is_speech: bool) -> list[HeardEvent]:
        options = self._options
        self._before.append((samples, is_speech))
        self._waited += 1
        newest = [was_speech for _, was_speech in self._before][-options.onset_frames - 1 :]
        if sum(newest) >= options.onset_frames:
            return [self._began(newest)]
        if self._waited * FRAME_S < options.wait_s or any(newest):
            return []
        self._waited = 0
        self.is_done = not self._is_hands_free
        return [NothingSaid(is_noisy=self._noise.is_loud)]

    def _began(self, newest: list[bool]) -> SpeechBegan:
        run = len(newest) - newest.index(True)
        kept = list(self._before)[-_frames(self._options.before_s) - run :]
        self._saying = _Saying(b"".join(samples for samples, _ in kept), len(kept), sum(newest))
        self._before.clear()
        return SpeechBegan((self._at - run) * FRAME_S)

    def _go_on(self, saying: _Saying, samples: bytes, *, is_speech: bool) -> list[HeardEvent]:
        options = self._options
        saying.add(samples, is_speech=is_speech)
        if saying.quiet * FRAME_S >= self._end_silence_s(saying):
            return self._ended(saying)
        if saying.count * FRAME_S >= options.longest_s:
            return [TooLong(saying.count * FRAME_S), *self._ended(saying)]
        if options.so_far_s is not None and saying.is_due(options.so_far_s, options.so_far_most_s):
            return [SpeechSoFar(_wav(saying.samples))]
        return []

    def _end_silence_s(self, saying: _Saying) -> float:
        options = self._options
        is_little = saying.voiced * FRAME_S < options.little_s
        silence_s = options.little_silence_s if is_little else options.end_silence_s
        return silence_s + (options.noisy_extra_s if self._noise.is_loud else 0.0)

    def _ended(self, saying: _Saying) -> list[HeardEvent]:
        self._saying = None
        # The next words may begin in the silence that is at hand.
        self._before.extend((samples, False) for samples in saying.last(self._before.maxlen or 1))
        if saying.voiced < self._options.least_frames:
            if self._is_hands_free:
                self._waited = 0
                return [NothingSaid(is_noisy=self._noise.is_loud)]
            self._waited += saying.count
            return []
        self._waited = 0
        self.is_done = not self._is_hands_free
        return [saying.ended(self._options)]


class _Noise:
    """Knows how loud it is when nobody speaks, and what stands out from it."""

    def __init__(self, options: HearingOptions) -> None:
        self._options = options
        self._level_db: float | None = None

    @property
    def is_loud(self) -> bool:
        return self._level_db is not None and self._level_db > self._options.noisy_db

    def is_speech(self, frame: Frame, *, is_speaking: bool) -> bool:
        options = self._options
        if is_speaking:
            least, sure = options.still_chance, options.speech_chance
        else:
            least, sure = options.speech_chance, options.noisy_chance
            least = sure if self.is_loud else least
        is_speech = frame.chance >= sure or (frame.chance >= least and self._stands_out(frame))
        if not is_speech and frame.chance < options.still_chance:
            self._learn(frame.level_db, _FOLLOWS_SPEECH if is_speaking else _FOLLOWS)
        return is_speech

    def _stands_out(self, frame: Frame) -> bool:
        return self._level_db is None or frame.level_db >= self._level_db + self._options.above_noise_db

    def _learn(self, level_db: float, share: float) -> None:
        if self._level_db is None:
            self._level_db = level_db
        else:
            self._level_db += share * (level_db - self._level_db)


class _Saying:
    """What is being said: its samples, and how many frames, of them speech, and quiet at its end."""

    def __init__(self, samples: bytes, count: int, voiced: int) -> None:
        self.samples = bytearray(samples)
        self.count = count
        self.voiced = voiced
        self.quiet = 0
        self._frame_bytes = len(samples) // count
        self._told = count

    def add(self, samples: bytes, *, is_speech: bool) -> None:
        self.samples += samples
        self.count += 1
        self.voiced += is_speech
        self.quiet = 0 if is_speech else self.quiet + 1

    def is_due(self, every_s: float, most_s: float) -> bool:
        """Whether it is time to tell what was said until now; while somebody pauses there is nothing new."""
        if self.quiet or self.count - self._told < _frames(every_s) or self.count * FRAME_S > most_s:
            return False
        self._told = self.count
        return True

    def ended(self, options: HearingOptions) -> SpeechEnded:
        """All of it, without the silence at its end that nobody needs."""
        extra = max(0, self.quiet - _frames(options.after_s))
        kept = self.samples[: len(self.samples) - extra * self._frame_bytes]
        return SpeechEnded(_wav(kept), len(kept) / 2 / SPEECH_RATE_HZ)

    def last(self, most: int) -> list[bytes]:
        """The last quiet frames."""
        size = self._frame_bytes
        first = self.count - min(most, self.quiet)
        return [bytes(self.samples[at * size : (at + 1) * size]) for at in range(first, self.count)]


def _wav(samples: bytes | bytearray) -> Audio:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE_HZ)
        file.writeframes(samples)
    return Audio(made.getvalue(), "audio/wav")


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)
