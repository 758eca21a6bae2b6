"""Opens sound files and gives their samples, 16 kHz mono. Runs in the child process.

The file comes as an open one: nothing is opened by name, so that a playlist or a reference inside a file
leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from vtai.core import sniff

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer

RATE_HZ = 16_000
# Kinds that hold sound themselves; lists of other files and devices are not among them.
_FORMATS = (
    "mp3,wav,w64,aiff,caf,au,ogg,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,aac,amr,ac3,asf,avi,mpegts,flv"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
# More than so many broken packets for each good one, and it is noise.
_MOST_BROKEN = 0.5
# A file that promises more than it holds by so many seconds broke off; less is how encoders round.
_ROUNDING_S = 3.0
# Shorter gaps between the times of frames are rounding, too.
_LEAST_GAP_S = 0.25


class NotSound(Exception):
    """The file holds no sound: `kind` is "unknown", "no stream", "incomplete" or "damaged"."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Extent:
    """How many seconds of sound there are, and how many there should be."""

    held_s: float
    promised_s: float

    @property
    def is_broken_off(self) -> bool:
        return self.promised_s - self.held_s > max(_ROUNDING_S, 0.02 * self.promised_s)


def extent(file: BinaryIO, most_s: float) -> Extent:
    """Goes through the packets without decoding them; stops soon after `most_s`. Raises NotSound."""
    import av

    with _opened(file) as container:
        stream = _stream(container)
        promised_s, held_s, began_s = _promised(container, stream), 0.0, None
        try:
            for packet in container.demux(stream):
                if packet.pts is None or packet.time_base is None:
                    continue
                at_s = float(packet.pts * packet.time_base)
                began_s = at_s if began_s is None else began_s
                held_s = max(held_s, at_s - began_s + float((packet.duration or 0) * packet.time_base))
                if held_s > most_s:
                    break
        except av.FFmpegError:
            # What was found until here is there.
            pass
    if not held_s:
        raise NotSound("incomplete" if promised_s else "damaged")
    return Extent(held_s, promised_s)


def samples(file: BinaryIO) -> Iterator[bytes]:
    """The sound in pieces of 16 bit, what is missing between them as silence. Raises NotSound."""
    with _opened(file) as container:
        stream = _stream(container)
        counts, even = _Counts(), _Even()
        for frame in _frames(container, stream, counts):
            yield from even.feed(frame)
        yield from even.finish()
    if counts.broken > _MOST_BROKEN * counts.good:
        raise NotSound("damaged")


class _Even:
    """Makes one rate and one channel of whatever comes, and fills gaps between the times of frames."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._began_s: float | None = None
        self._at_s = 0.0

    def feed(self, frame: AudioFrame) -> Iterator[bytes]:
        import av

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            yield from self.finish()
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
            self._kind = kind
        if frame.time is not None:
            self._began_s = frame.time if self._began_s is None else self._began_s
            yield from self._silence(frame.time - self._began_s - self._at_s)
        self._at_s += frame.samples / frame.sample_rate
        frame.pts = None
        yield from self._resampled(frame)

    def finish(self) -> Iterator[bytes]:
        """What the resampler still holds."""
        yield from self._resampled(None)

    def _resampled(self, frame: AudioFrame | None) -> Iterator[bytes]:
        for piece in self._resampler.resample(frame) if self._resampler else ():
            yield bytes(piece.planes[0])[: piece.samples * 2]

    def _silence(self, missing_s: float) -> Iterator[bytes]:
        if missing_s < _LEAST_GAP_S:
            return
        self._at_s += missing_s
        for _ in range(int(missing_s)):
            yield bytes(2 * RATE_HZ)
        yield bytes(2 * int(missing_s % 1 * RATE_HZ))


@dataclass(slots=True)
class _Counts:
    good: int = 0
    broken: int = 0


def _frames(container: InputContainer, stream: AudioStream, counts: _Counts) -> Iterator[AudioFrame]:
    """What can be decoded; a broken packet is left out, and the end of a broken file is its end."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            counts.broken += 1
            continue
        for frame in decoded:
            counts.good += 1
            yield frame


def _opened(file: BinaryIO) -> InputContainer:
    import av

    file.seek(0)
    head = file.read(sniff.HEAD_BYTES)
    file.seek(0)
    try:
        return av.open(file, "r", options=_OPTIONS, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        is_begun = not head or (sniff.kind(head) or "").startswith(("audio/", "video/"))
        raise NotSound("incomplete" if is_begun else "unknown") from error


def _stream(container: InputContainer) -> AudioStream:
    """The one that players play. A cover picture is a stream, too, and is passed over."""
    found = container.streams.best("audio")
    if found is None or not container.streams.audio:
        raise NotSound("no stream")
    return next(each for each in container.streams.audio if each.index == found.index)


def _promised(container: InputContainer, stream: AudioStream) -> float:
    """What the file says of its own length, in seconds; 0.0 where it says nothing."""
    import av

    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0
