"""A transcript as paragraphs with times, as a text file, and as subtitles."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from vtai.core.clock_marks import mark, subtitle
from vtai.core.sound import SpokenPart, Transcript

# A pause of this length ends a paragraph; a shorter one does where it has got long enough.
_LONG_PAUSE_S, _PAUSE_S = 2.5, 0.9
_ENOUGH, _MOST = 240, 700
# Two lines, as players show them.
_LINE = 42
_SENTENCE_END = re.compile(r"[.!?…。\uff01\uff1f][\"'”»)]*$")

Paragraph = tuple[float, str]


class Paragraphs:
    """Takes the parts of a transcript as they come, and gives paragraphs: when each begins, and its text."""

    def __init__(self) -> None:
        self._parts: list[SpokenPart] = []

    def feed(self, parts: Sequence[SpokenPart]) -> list[Paragraph]:
        """Those that are complete now."""
        ready: list[Paragraph] = []
        for part in parts:
            if self._parts and self._ends_before(part):
                ready += self.finish()
            self._parts.append(part)
        return ready

    def finish(self) -> list[Paragraph]:
        """The last one."""
        parts, self._parts = self._parts, []
        return [(parts[0].start_s, " ".join(part.text for part in parts))] if parts else []

    def _ends_before(self, part: SpokenPart) -> bool:
        pause_s = part.start_s - self._parts[-1].end_s
        length = sum(len(part.text) + 1 for part in self._parts)
        is_sentence = bool(_SENTENCE_END.search(self._parts[-1].text))
        return (
            pause_s >= _LONG_PAUSE_S
            or (length >= _ENOUGH and (pause_s >= _PAUSE_S or is_sentence))
            or length >= _MOST
        )


def plain(transcript: Transcript) -> str:
    """Paragraphs, each with the time it begins at."""
    paragraphs = Paragraphs()
    every = [*paragraphs.feed(transcript.parts), *paragraphs.finish()]
    return "".join(f"[{mark(start_s)}] {text}\n\n" for start_s, text in every)


def subrip(transcript: Transcript) -> str:
    """Subtitles. Within a long part, times are shared out by the length of the text."""
    cues = [cue for part in transcript.parts for cue in _cues(part)]
    return "".join(
        f"{number}\n{subtitle(cue.start_s)} --> {subtitle(cue.end_s)}\n{_wrapped(cue.text)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def _cues(part: SpokenPart) -> Iterator[SpokenPart]:
    texts = textwrap.wrap(part.text, 2 * _LINE) or [part.text]
    total = sum(map(len, texts)) or 1
    length_s, done = part.end_s - part.start_s, 0
    for text in texts:
        start_s = part.start_s + length_s * done / total
        done += len(text)
        yield SpokenPart(start_s, part.start_s + length_s * done / total, text)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _LINE)) or text
