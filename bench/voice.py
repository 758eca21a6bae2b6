"""How well and how fast VT.ai listens, speaks and holds a conversation, with the parts that it brings along.

    .venv/bin/python -m bench.voice

Listening: words wrong of words said, and seconds of work a second of sound (RTF), of sentences by another
synthesiser (tests/samples/speech) and of people reading aloud (recordings that a package ships), in a quiet
room and in noise so many decibels below the speech. Speaking: RTF, time to the first sound, and what our own
ears make of it. Conversation, in real time with a stand-in model on this machine: from the last sound of
speech to the first sound of the answer, stage by stage, beside a naive one that waits two seconds, writes
down, has the whole answer written and then the whole of it spoken. Speaking over a reply: from the first
sound to the stop. Needs the extra "embedded". `--parts` names some of listening, speaking, talking, barging.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bench import voice_talk
from bench.speech_errors import Errors, errors
from vtai.core.errors import VTError
from vtai.core.turn import SpeechOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vtai.core.ports import Audio
    from vtai.providers.embedded.listening import EmbeddedEars

PARTS = ("listening", "speaking", "talking", "barging")
RECORDED = {
    "beckett": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
    "two_cities": "It was the best of times, it was the worst of times, it was the age of wisdom, it was the "
    "age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of "
    "Light, it was the season of Darkness, it was the spring of hope, it was the winter of despair, we had "
    "everything before us, we had nothing before us, we were all going direct to Heaven, we were all going "
    "direct the other way, in short, the period was so far like the present period, that some of its "
    "noisiest "
    "authorities insisted on its being received, for good or for evil, in the superlative degree of "
    "comparison only.",
}
NOISES = ((None, 0), ("pink", 20), ("pink", 10), ("hum", 10), ("tune", 15))
SAID = (
    "Good morning. The train to Hamburg leaves at nine from platform four.",
    "Water boils at one hundred degrees.",
    "Please open the window and close the door before you leave the house tonight.",
    "I found three museums near the station, and two of them are open on Monday.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--repeats", type=int, default=1, help="rounds of the conversation (default: 1)")
    parser.add_argument(
        "--model-s", type=float, default=0.3, help="first token of the stand-in model, seconds"
    )
    options = parser.parse_args(arguments)
    try:
        asyncio.run(measure(options.parts, options.repeats, options.model_s))
    except VTError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    return 0


async def measure(parts: Sequence[str], repeats: int, model_s: float) -> None:
    from vtai.providers.embedded.listening import EmbeddedEars

    ears = EmbeddedEars()
    await ears.transcribe(next(_cases("letter"))[1])
    if "listening" in parts:
        await listening(ears)
    if "speaking" in parts:
        await speaking(ears)
    if "talking" in parts:
        await voice_talk.talking(ears, repeats, model_s)
    if "barging" in parts:
        await voice_talk.barging(ears, repeats)


async def listening(ears: EmbeddedEars) -> None:
    """Words wrong and time a second of sound."""
    from tests.providers.hearing import sounds

    groups = {"synthesised": sounds.WORDS, "recorded": RECORDED}
    print(f"\n{'listening':<14}{'noise':<14}{'words':>7}{'wrong':>7}{'WER':>8}{'RTF':>8}")
    for group, texts in groups.items():
        for kind, below_db in NOISES:
            total, worked_s, sound_s = Errors(), 0.0, 0.0
            for name, said in texts.items():
                clean = sounds.spoken(name) if group == "synthesised" else sounds.read_aloud(name)
                sound = clean if kind is None else sounds.noisy(clean, kind, below_db)
                begin = time.perf_counter()
                heard = await ears.transcribe(sounds.wav(sound))
                worked_s += time.perf_counter() - begin
                sound_s += sound.size / 16_000
                total += errors(said, heard.text)
            noise = "none" if kind is None else f"{kind} -{below_db} dB"
            print(
                f"{group:<14}{noise:<14}{total.said:>7}{total.wrong:>7}{total.rate:>8.1%}"
                f"{worked_s / sound_s:>8.3f}"
            )


async def speaking(ears: EmbeddedEars) -> None:
    """Time a second of sound, time to the first sound, and what our own ears understand of it."""
    from vtai.providers.embedded.voice import EmbeddedVoice
    from vtai.providers.speech_words import seconds_of

    voice, total, first_ms, shares = EmbeddedVoice(), Errors(), [], []
    for said in SAID:
        begin = time.perf_counter()
        first = said.partition(".")[0] + "."
        await voice.speak(first, SpeechOptions())
        first_ms.append((time.perf_counter() - begin) * 1000)
        begin = time.perf_counter()
        audio = await voice.speak(said, SpeechOptions())
        shares.append((time.perf_counter() - begin) / seconds_of(audio))
        total += errors(said, (await ears.transcribe(audio)).text)
    print(f"\n{'speaking':<14}{'first sound ms':>16}{'RTF':>8}{'own ears WER':>14}")
    print(
        f"{'built-in':<14}{statistics.median(first_ms):>16.0f}{statistics.median(shares):>8.3f}{total.rate:>14.1%}"
    )


def _cases(*names: str) -> Iterator[tuple[NDArray, Audio]]:
    from tests.providers.hearing import sounds

    for name in names:
        sound = sounds.spoken(name)
        yield sound, sounds.wav(sound)


if __name__ == "__main__":
    sys.exit(main())
