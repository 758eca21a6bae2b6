"""The `Recordings` port: each file is cut in a child process of its own, with limits of memory and time."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import struct
import sys
import wave
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from vtai.core.errors import BadAttachment, Busy
from vtai.core.sound import Audio, Clip
from vtai.providers.recordings import sentences

if TYPE_CHECKING:
    from vtai.core.messages import Attachment

logger = logging.getLogger(__name__)

MOST_S: Final = 4 * 3_600.0

_CHILD = Path(__file__).with_name("child.py")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
_LENGTHS = struct.Struct("!II")
_MOST_FRAME_BYTES = 64_000_000
_MOST_WAITING = 16
_RATE_HZ = 16_000
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
# Of a file that breaks off, so much must be there for the rest to be worth listening to.
_WORTH = 0.5

_Frame = tuple[dict[str, Any], bytes]


class SoundFiles:
    """Opens sound files and the sound of films, `size` at once.

    `most_s` is the longest recording that is taken, `silent_s` how long the child may give no sign of life,
    `memory_mb` its address space.
    """

    def __init__(
        self, *, size: int = 4, most_s: float = MOST_S, silent_s: float = 180.0, memory_mb: int = 1_500
    ) -> None:
        self._most_s = most_s
        self._silent_s = silent_s
        self._memory_mb = memory_mb
        self._places = asyncio.Semaphore(size)
        self._waiting = 0

    async def clips(self, file: Attachment, most_s: float = 30.0) -> AsyncGenerator[Clip, None]:
        """The speech in it, cut at silences into clips of at most `most_s` seconds, as they are decoded.

        The last clip comes with a note where there is something to tell. Raises BadAttachment, Busy.
        """
        if self._waiting >= _MOST_WAITING:
            raise Busy("Too many recordings are being listened to just now.", "Send it again in a moment.")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            async with aclosing(self._cut(file, most_s)) as clips:
                async for clip in clips:
                    yield clip
        finally:
            self._places.release()

    async def _cut(self, file: Attachment, most_s: float) -> AsyncGenerator[Clip, None]:
        has_speech = False
        note, total_s = "", None
        async with aclosing(self._frames(file, most_s)) as frames:
            async for told, samples in frames:
                match told:
                    case {"held_s": float(held_s), "promised_s": float(promised_s), "cut": bool(is_cut)}:
                        total_s = held_s
                        self._refuse(file.name, held_s, promised_s, is_cut=is_cut)
                        note = sentences.broken_note(held_s, promised_s) if is_cut else ""
                    case {"start_s": float(start_s), "end_s": float(end_s)}:
                        audio = Audio(await asyncio.to_thread(_wav, samples), "audio/wav")
                        # People are told at once: a note at the end would come after the words.
                        yield Clip(start_s, end_s, audio, total_s, "" if has_speech else note)
                        has_speech = True
                    case {"failed": str(kind)}:
                        raise sentences.failure(file.name, kind)
                    case _:
                        continue
        if not has_speech:
            raise sentences.nobody_speaks(file.name, total_s or 0.0)

    def _refuse(self, name: str, held_s: float, promised_s: float, *, is_cut: bool) -> None:
        if max(held_s, promised_s if is_cut else 0.0) > self._most_s:
            raise sentences.too_long(name, self._most_s)
        if is_cut and held_s < _WORTH * promised_s:
            raise sentences.broken_off(name, held_s, promised_s)

    async def _frames(self, file: Attachment, clip_s: float) -> AsyncGenerator[_Frame, None]:
        """What the child tells, until it says that it is done or why it failed."""
        options = {"clip_s": clip_s, "most_s": self._most_s, "memory_mb": self._memory_mb}
        process = await _started(file, options)
        log = asyncio.create_task(_logged(process))
        try:
            while True:
                frame = await self._received(process, file.name)
                if "done_s" in frame[0]:
                    return
                yield frame
        finally:
            await _ended(process, log)

    async def _received(self, process: asyncio.subprocess.Process, name: str) -> _Frame:
        if process.stdout is None:
            raise sentences.failure(name, "damaged")
        try:
            async with asyncio.timeout(self._silent_s):
                head, body = _LENGTHS.unpack(await process.stdout.readexactly(_LENGTHS.size))
                if head + body > _MOST_FRAME_BYTES:
                    raise sentences.failure(name, "damaged")
                told: dict[str, Any] = json.loads(await process.stdout.readexactly(head))
                return told, await process.stdout.readexactly(body)
        except TimeoutError as late:
            raise sentences.failure(name, "late") from late
        except (EOFError, ConnectionError, ValueError) as crash:
            raise sentences.failure(name, "damaged") from crash


async def _started(file: Attachment, options: dict[str, Any]) -> asyncio.subprocess.Process:
    opened = await asyncio.to_thread(_opened, file)
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-B",
            str(_CHILD),
            json.dumps(options),
            stdin=opened,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: value for name in _PASSED_ON if (value := os.environ.get(name))} | _ONE_THREAD,
        )
    finally:
        opened.close()


def _opened(file: Attachment) -> BinaryIO:
    try:
        return file.path.open("rb")
    except OSError as error:
        raise BadAttachment(f"{file.name} is no longer there.", "Attach it again.") from error


async def _ended(process: asyncio.subprocess.Process, log: asyncio.Task[None]) -> None:
    """Kills the process where it runs, and waits for it."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, _KILL)
    await asyncio.shield(process.wait())
    await log


async def _logged(process: asyncio.subprocess.Process) -> None:
    """What a child says, for the operator."""
    if process.stderr is None:
        return
    while said := await process.stderr.read(4_096):
        logger.debug("recordings: %s", said.decode(errors="replace").strip())


def _wav(samples: bytes) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(samples)
    return sound.getvalue()
