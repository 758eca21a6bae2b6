"""Pieces of sound put together as one file, without decoding any: WAV and MP3. Others stay as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from vtai.core.sound import Audio

_WAVES: Final = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"})
_MP3S: Final = frozenset({"audio/mpeg", "audio/mp3"})
_MOST_WAVE_BYTES: Final = 0xFFFF_FFFF - 1_000
_ID3V1_BYTES: Final = 128
# How many bytes lie before the tag of a frame without sound, by whether it is MPEG 1 and whether it is mono.
_SIDE_BYTES: Final = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}
_RATES_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ: Final = (44_100, 48_000, 32_000)


def joined(pieces: Sequence[Audio]) -> list[Audio]:
    """As few files as can be made of the pieces, in their order: one, where all are of the same kind."""
    files: list[Audio] = []
    for kind, group in groupby(pieces, key=_kind):
        sounds = [piece for piece in group if piece.data]
        if len(sounds) <= 1:
            files += sounds
        elif kind[0] == "mp3":
            files.append(Audio(b"".join(_frames(sound.data) for sound in sounds), "audio/mpeg"))
        elif kind[0] == "wave":
            files.append(_wave(kind[1], [_parts(sound.data)[1] for sound in sounds]))
        else:
            files += sounds
    return files


def _kind(piece: Audio) -> tuple[str, bytes]:
    """What can be joined with each other: MP3, and WAV of one format."""
    media_type = piece.media_type.partition(";")[0].strip().lower()
    if media_type in _MP3S:
        return "mp3", b""
    if media_type in _WAVES and (form := _parts(piece.data)[0]):
        return "wave", form
    return media_type, b""


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """The format and the samples of a WAV file. A length that is wrong, as in streamed ones, is no error."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return b"", b""
    form, samples = b"", b""
    for name, content in _chunks(data):
        if name == b"fmt ":
            form = content
        elif name == b"data":
            samples += content
    return (form, samples) if len(form) >= 16 else (b"", b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        yield name, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def _wave(form: bytes, samples: Sequence[bytes]) -> Audio:
    """A WAV file; whole frames only, so that a piece that was cut off does not turn the next into noise."""
    frame_bytes = max(1, struct.unpack_from("<H", form, 12)[0])
    body = b"".join(each[: len(each) // frame_bytes * frame_bytes] for each in samples)[:_MOST_WAVE_BYTES]
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body))
    padding = b"\0" * (len(body) % 2)
    return Audio(
        b"RIFF" + struct.pack("<I", len(head) + len(body) + len(padding)) + head + body + padding, "audio/wav"
    )


def _frames(data: bytes) -> bytes:
    """An MP3 file without its tags and without the frame that tells its length, which would be wrong."""
    start = 0
    while data[start : start + 3] == b"ID3" and len(data) >= start + 10:
        footer = 10 if data[start + 5] & 0x10 else 0
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size + footer
    end = len(data)
    if data[end - _ID3V1_BYTES : end - _ID3V1_BYTES + 3] == b"TAG":
        end -= _ID3V1_BYTES
    length = _tag_frame_bytes(data[start : start + 4_000])
    return data[start + length : end]


def _tag_frame_bytes(data: bytes) -> int:
    """How long the first frame is if it holds no sound but a table of contents (Xing, Info, VBRI); else 0."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    is_mpeg_1, is_mono = bool(data[1] & 0x08), data[3] >> 6 == 3
    # A checksum of two bytes may follow the header.
    tag = 4 + (0 if data[1] & 1 else 2) + _SIDE_BYTES[is_mpeg_1, is_mono]
    if data[tag : tag + 4] not in {b"Xing", b"Info"} and data[36:40] != b"VBRI":
        return 0
    rate_index, hertz_index = data[2] >> 4, data[2] >> 2 & 3
    if rate_index in {0, 15} or hertz_index == 3:
        return 0
    divisor = {3: 1, 2: 2, 0: 4}.get(data[1] >> 3 & 3, 1)
    bits = (_RATES_1 if is_mpeg_1 else _RATES_2)[rate_index] * 1_000
    return (144 if is_mpeg_1 else 72) * bits // (_HERTZ[hertz_index] // divisor) + (data[2] >> 1 & 1)
