"""What kind of sound some bytes are, and what a file of it is called. Knows nothing of vendors."""

from __future__ import annotations

_SUFFIX_OF = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/webm": "webm",
    "video/webm": "webm",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "video/mp4": "mp4",
    "audio/flac": "flac",
    "audio/aac": "aac",
}
_STARTS = ((b"ID3", "audio/mpeg"), (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"))


def media_type_of(data: bytes, told: str = "") -> str:
    """The media type by the first bytes, which vendors label less reliably; else the one that was told."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if found := next((kind for start, kind in _STARTS if data.startswith(start)), None):
        return found
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        return "audio/aac" if data[1] & 0xF6 == 0xF0 else "audio/mpeg"
    told = told.partition(";")[0].strip().lower()
    return told if told.startswith("audio/") else "audio/mpeg"


def file_name(media_type: str) -> str:
    """A file name that tells a vendor what is inside; it goes by the ending."""
    return "speech." + _SUFFIX_OF.get(media_type.partition(";")[0].strip().lower(), "wav")
