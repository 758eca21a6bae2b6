"""The child process that speaks: eSpeak NG's library, loaded here and nowhere else.

Run as a script by `voice.py`, never imported; it knows nothing of VT.ai. Standard input is one JSON object
(`library`, `data`, `text`, `voice`, `rate` in words a minute), standard output a WAV file. Exit code 3 means
that there is no such voice. The library's licence is the GPL, so it stays in a program of its own.
"""

from __future__ import annotations

import ctypes
import io
import json
import signal
import sys
import wave
from pathlib import Path

NO_SUCH_VOICE = 3

_SYNCHRONOUS = 2
_RATE = 1
_BY_CHARACTER = 1
_UTF8 = 1
_END_PAUSE = 0x1000
_GO_ON = 0
_USUAL_RANK = 5
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent, which ends us
    order = json.loads(sys.stdin.buffer.read())
    espeak = ctypes.CDLL(order["library"])
    sample_rate_hz = espeak.espeak_Initialize(_SYNCHRONOUS, 0, order["data"].encode(), 0)
    if sample_rate_hz <= 0:
        return 1
    voice = _voice(Path(order["data"]), order["voice"])
    if voice is None or espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        return NO_SUCH_VOICE
    espeak.espeak_SetParameter(_RATE, order["rate"], 0)
    sound = io.BytesIO()

    def heard(samples: int | None, count: int, _events: int) -> int:
        if samples is not None and count > 0:
            sound.write(ctypes.string_at(samples, count * 2))
        return _GO_ON

    callback = _CALLBACK(heard)
    espeak.espeak_SetSynthCallback(callback)
    text = order["text"].encode() + b"\0"
    espeak.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, _BY_CHARACTER, 0, _UTF8 | _END_PAUSE, None, None)
    espeak.espeak_Synchronize()
    _write(sound.getvalue(), sample_rate_hz)
    return 0


def _voice(data: Path, wanted: str) -> str | None:
    """The library's own name for a language code ("en-gb") with or without a variant ("en-gb+f3").

    Looked up here, because the library takes some unknown names for others and crashes on them.
    """
    language, plus, variant = wanted.partition("+")
    if plus and variant not in {path.name for path in (data / "voices" / "!v").iterdir()}:
        return None
    found: list[tuple[int, str]] = []
    for path in (data / "lang").rglob("*"):
        if path.is_file():
            found += [(rank, path.name) for code, rank in _languages(path) if code == language.lower()]
    return min(found)[1] + plus + variant if found else None


def _languages(voice: Path) -> list[tuple[str, int]]:
    """The language codes a voice file claims, each with its rank; low ranks come first."""
    lines = (line.split() for line in voice.read_text("utf-8", errors="replace").splitlines())
    claims = [words[1:] for words in lines if len(words) > 1 and words[0] == "language"]
    return [(code.lower(), int(rank[0]) if rank else _USUAL_RANK) for code, *rank in claims]


def _write(samples: bytes, sample_rate_hz: int) -> None:
    with wave.open(sys.stdout.buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.setnframes(len(samples) // 2)  # told first: standard output cannot be rewound to say it later
        file.writeframesraw(samples)


if __name__ == "__main__":
    sys.exit(main())
