"""The served page with a voice that plays, and a microphone for conversations: see `voiced` for its letters.

    python -m tests.ui.spoken REQUESTS

Each sentence is a second of a tone, the longer the text the more of them. What the voice was asked is a line
under "spoke" in REQUESTS. A sentence with "unspeakable" fails; one with "patience" waits until `go` exists
beside REQUESTS.
"""

from __future__ import annotations

import asyncio
import io
import json
import math
import struct
import sys
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tests.ui.served import built
from tests.ui.voiced import LetterListener, LetterSpeech
from vtai.core.errors import VendorDown
from vtai.core.ports import Audio
from vtai.core.sound import HeardEvent
from vtai.core.turn import SpeechOptions
from vtai.providers import pcm
from vtai.server.run import serve
from vtai.talking.pipeline import PipelineTalks

RATE_HZ = 24_000


def tone(seconds: float) -> bytes:
    """A WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        count = int(seconds * RATE_HZ)
        samples = (int(6_000 * math.sin(2 * math.pi * 330 * at / RATE_HZ)) for at in range(count))
        wav.writeframes(struct.pack(f"<{count}h", *samples))
    return file.getvalue()


class ToneSpeech(LetterSpeech):
    """Listens to letters, and speaks in tones."""

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        line = {
            "spoke": text,
            "voice": options.voice,
            "speed": options.speed,
            "instructions": options.instructions,
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line | {"model": model}) + "\n")
        go = self._path.with_name("go")
        while "patience" in text and not go.exists():
            await asyncio.sleep(0.02)
        if "unspeakable" in text:
            raise VendorDown("The vendor failed on its side.", "Try again.")
        return Audio(tone(1.0), "audio/wav")


class EndlessListener(LetterListener):
    """Goes on after the end of what was said. Nobody is asked to hurry."""

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        if not self.said and not samples[:1].isalpha():
            return ()
        heard = await super().feed(samples, at_ms)
        if self.is_done:
            self.is_done, self.said, self.quiet = False, 0, 0
            self.order.clear()
        return heard


class EndlessHearing:
    def listen(self, *, is_hands_free: bool = False) -> LetterListener:
        return EndlessListener() if is_hands_free else LetterListener()


def main() -> None:
    path = Path(sys.argv[1])
    speech = ToneSpeech(path)
    app = built(path, speech=speech)
    app.hearing = EndlessHearing()
    app.talks = PipelineTalks(EndlessHearing(), speech, pcm.samples_24k)
    app.preferences = replace(app.preferences, models=MappingProxyType({"transcription": "embedded"}))
    serve(app, "127.0.0.1", 0, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
