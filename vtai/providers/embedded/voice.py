"""The packaged voice: eSpeak NG in a child process, a new one for each text.

A new one costs 40 ms, sentence and all; one that is kept warm would save half of that and share its state.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from vtai.core import languages
from vtai.core.errors import BadRequest, ContextTooLong, NotConfigured, TimedOut, UnknownName, VendorDown
from vtai.core.ports import Audio
from vtai.core.turn import SpeechOptions

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 4096

_CHILD = Path(__file__).with_name("espeak_child.py")
_NO_SUCH_VOICE = 3
# The accent of a language that has several.
_ACCENTS = {"en": "en-us"}
_NORMAL_RATE = 165
_SLOWEST_RATE = 80
_FASTEST_RATE = 450
_TIMEOUT_S = 30.0
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


class EmbeddedVoice:
    """Speaks with eSpeak NG: robotic, quick, in a hundred languages."""

    async def speak(self, text: str, options: SpeechOptions) -> Audio:
        """A WAV file of the text. `options.voice` is a language ("en-gb"); a variant may follow ("en-gb+f3").

        Without one it is `options.language`, else the language that the text seems to be in.

        Raises NotConfigured, UnknownName (no such voice), ContextTooLong, BadRequest (nothing to say), and
        TimedOut or VendorDown where the child fails.
        """
        text = text.replace("\0", " ").strip()
        _check_length(text)
        order = {
            **_library(),
            "text": text,
            "voice": _wanted(text, options),
            "rate": min(_FASTEST_RATE, max(_SLOWEST_RATE, round(_NORMAL_RATE * options.speed))),
        }
        code, sound = await _run(json.dumps(order).encode())
        if code == _NO_SUCH_VOICE:
            raise UnknownName(
                f"The built-in voice does not know {options.voice!r}.",
                "Its voices are languages, such as en-us, en-gb, de, fr, es, it, pt-br, ru, hi, zh or ja; "
                "add +f3 for a higher voice, +m3 for a lower one.",
            )
        if code != 0:
            raise VendorDown("The built-in voice failed.", "Try again; the server's log says more.")
        return Audio(sound, "audio/wav")


def is_installed() -> bool:
    """Whether the library is there; nothing is loaded."""
    return importlib.util.find_spec("espeakng_loader") is not None


def _wanted(text: str, options: SpeechOptions) -> str:
    """The voice that was chosen, by code or by the name of a language; else that of the text's language."""
    if options.voice:
        name, plus, variant = options.voice.partition("+")
        language = languages.named(name.strip())
        return (_ACCENTS.get(language.code, language.code) if language else name) + plus + variant
    code = options.language or languages.of(text)
    return _ACCENTS.get(code, code)


def _library() -> dict[str, str]:
    """Where the package keeps the library and its data. Nothing of it is loaded into this process."""
    found = importlib.util.find_spec("espeakng_loader")
    if found is None or found.origin is None:
        raise NotConfigured(
            "The built-in voice is not installed.",
            "Install it: pip install 'vtai[embedded]', or add a key: vtai --api-key openai=...",
        )
    folder = Path(found.origin).parent
    names = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}
    library = folder / names.get(sys.platform, "libespeak-ng.so")
    return {"library": str(library), "data": str(folder / "espeak-ng-data")}


def _check_length(text: str) -> None:
    if not text:
        raise BadRequest("There is nothing to say.", "Send some text to be spoken.")
    if len(text) > MAX_CHARACTERS:
        raise ContextTooLong(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} can be spoken at once.",
            "Ask for a shorter text, or have it spoken in parts.",
        )


async def _run(order: bytes) -> tuple[int, bytes]:
    """Exit code and WAV file of one child."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-B",
        str(_CHILD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: value for name in _PASSED_ON if (value := os.environ.get(name))},
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            sound, said = await child.communicate(order)
    except TimeoutError as late:
        raise TimedOut("The built-in voice took too long.", "Try again with a shorter text.") from late
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode not in {0, _NO_SUCH_VOICE}:
        logger.warning(
            "the built-in voice ended with %s: %s", child.returncode, said[-500:].decode(errors="replace")
        )
    return child.returncode or 0, sound
