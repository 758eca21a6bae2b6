"""The served page with a microphone that tells speech by its letters, and ears that read them out.

    python -m tests.ui.voiced REQUESTS

A piece of small letters is speech, of "0" silence, of "9" noise, of "_" nothing. What was said is written
down as the letters in their order, "ab" as "heard ab"; "w" waits until `go` exists beside REQUESTS, "f" fails
and "x" crashes, "n" are no words. What the ears were asked is a line under "heard" in REQUESTS.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from tests.fakes_sound import FakeSpeech
from tests.ui.served import SECRET, built
from vtai.core.errors import VendorDown
from vtai.core.ports import Audio
from vtai.core.sound import (
    HeardEvent,
    NothingSaid,
    SpeechBegan,
    SpeechEnded,
    SpeechSoFar,
    SpokenPart,
    TooLong,
    Transcript,
)
from vtai.providers.speech import BUILT_IN
from vtai.server.run import serve

QUIET, PATIENCE, LONGEST = 3, 12, 60


def pieces(letters: str, began_ms: float = 0.0) -> list[tuple[bytes, float | None]]:
    """Sound of letters as a browser sends it, with its times in milliseconds."""
    return [(letter.encode() * 8_192, began_ms + 170 * at) for at, letter in enumerate(letters, 1)]


@dataclass
class LetterListener:
    """Speech ends after three quiet pieces; nobody spoke after twelve; sixty are too long."""

    samples: bytes = b""
    said: int = 0
    quiet: int = 0
    is_noisy: bool = False
    is_done: bool = False
    order: list[tuple[float, bytes]] = field(default_factory=list)

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        await asyncio.sleep(0)
        letter = samples[:1]
        if self.is_done or letter == b"_":
            return ()
        if not letter.isalpha():
            return self._wait(letter)
        self.order.append((at_ms or 0.0, samples))
        self.said, self.quiet = self.said + 1, 0
        if self.said == 1:
            return (SpeechBegan(0.0),)
        if self.said == LONGEST:
            return (TooLong(300.0), *await self.finish())
        return (SpeechSoFar(self._audio()),)

    def _wait(self, letter: bytes) -> Sequence[HeardEvent]:
        self.quiet += 1
        self.is_noisy = self.is_noisy or letter == b"9"
        if self.quiet == (QUIET if self.said else PATIENCE):
            return self._end()
        return ()

    async def finish(self) -> Sequence[HeardEvent]:
        return () if self.is_done else self._end()

    def _end(self) -> Sequence[HeardEvent]:
        self.is_done = True
        if self.said:
            return (SpeechEnded(self._audio(), 1.0),)
        return (NothingSaid(is_noisy=self.is_noisy),)

    def _audio(self) -> Audio:
        """The pieces in the order of their times."""
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, 24_000, 0, "NONE", ""))
            wav.writeframes(b"".join(samples for _, samples in sorted(self.order, key=lambda it: it[0])))
        return Audio(file.getvalue(), "audio/wav")


class LetterHearing:
    def listen(self, *, is_hands_free: bool = False) -> LetterListener:
        return LetterListener()


class LetterSpeech(FakeSpeech):
    """Reads the letters out of a recording."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        with wave.open(io.BytesIO(audio.data)) as wav:
            letters = "".join(letter for letter, _ in groupby(wav.readframes(wav.getnframes()).decode()))
        with self._path.open("a") as file:
            file.write(json.dumps({"heard": letters, "language": language, "model": model}) + "\n")
        go = self._path.with_name("go")
        while "w" in letters and not go.exists():
            await asyncio.sleep(0.02)
        if "f" in letters:
            raise VendorDown("The vendor failed on its side.", "Try again.")
        if "x" in letters:
            raise RuntimeError(SECRET)
        return Transcript(() if "n" in letters else (SpokenPart(0.0, 1.0, f"heard {letters}"),))


def main() -> None:
    path = Path(sys.argv[1])
    app = built(path)
    app.hearing = LetterHearing()
    app.services = replace(app.services, speech=LetterSpeech(path))
    models = MappingProxyType({"transcription": BUILT_IN})
    app.preferences = replace(app.preferences, models=models, spoken_language="de")
    serve(app, "127.0.0.1", 0, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
