"""What people are told of a recording that cannot be listened to, or not whole."""

from __future__ import annotations

from vtai.core.clock_marks import clock
from vtai.core.errors import BadAttachment

_WORKS = "mp3, wav, m4a, ogg, flac, webm and the sound of mp4, mov and mkv work."
_SAVE_AGAIN = "Save it again with the program it comes from, or send it in another format."


def failure(name: str, kind: str) -> BadAttachment:
    """The error for what the child says went wrong."""
    match kind:
        case "unknown":
            return BadAttachment(f"{name} is not a sound file that can be opened.", f"Send another: {_WORKS}")
        case "no stream":
            return BadAttachment(f"There is no sound in {name}.", "Send the file that holds the sound.")
        case "incomplete":
            return BadAttachment(
                f"{name} is incomplete: it breaks off before its sound can be played.",
                "Copy or upload the whole file again.",
            )
        case "memory":
            return BadAttachment(f"{name} needs too much memory to open.", _SAVE_AGAIN)
        case "late":
            return BadAttachment(f"{name} took too long to open.", _SAVE_AGAIN)
        case _:
            return BadAttachment(f"{name} is damaged: its sound cannot be played.", _SAVE_AGAIN)


def too_long(name: str, most_s: float) -> BadAttachment:
    hours = f"{most_s / 3_600:g} hours" if most_s >= 7_200 else f"{most_s / 60:g} minutes"
    return BadAttachment(f"{name} is longer than {hours}.", "Send it in shorter parts.")


def broken_off(name: str, held_s: float, promised_s: float) -> BadAttachment:
    return BadAttachment(
        f"{name} breaks off at {clock(held_s)} of {clock(promised_s)}.",
        "Copy or upload the whole file again.",
    )


def broken_note(held_s: float, promised_s: float) -> str:
    return f"It breaks off at {clock(held_s)} of {clock(promised_s)}; what comes after is missing."


def nobody_speaks(name: str, total_s: float) -> BadAttachment:
    return BadAttachment(
        f"Nobody speaks in {name}: {clock(total_s)} without a word.",
        "Play it to see whether the right sound was recorded, and loud enough.",
    )
