"""Markdown cut into pieces for a voice while it is being written: whole sentences, the first one soon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vtai.core import languages
from vtai.handlers.saying import ends, formulas, inline, tables, words
from vtai.handlers.saying.blocks import Blocks, Code, End, Formula, Part, Prose, Table

# How much a piece has at least, by its number, the last for all that follow, in letters (see `_length`).
# Early ones are short, so that the voice begins soon; later ones are long, so that it sounds natural.
_LEAST: Final = (20, 60, 120, 160)
_MOST: Final = 400
_MOST_SENTENCES: Final = 3
# A first sentence that is longer than this is begun before it is over.
_LONG_FIRST: Final = 160
_FIRST_CLAUSE: Final = 40
# From here on characters stand for a syllable or a word: three letters each.
_FIRST_WIDE: Final = "\u2e80"
_WIDE: Final = 3
# So much of a text tells its language.
_TELLING: Final = 400
# A paragraph that comes at once is looked at in stretches, so that a huge one takes no longer than it must.
_STRETCH: Final = 1_000
# Names, addresses and code tell nothing of the language.
_NO_LANGUAGE = re.compile(r"`[^`]*`|\$[^$]*\$|\\\(.*?\\\)|https?://\S+|www\.\S+|<[^<>]*>")
_OPEN_ENDS: Final = frozenset(".!?…:;,—。\uff01\uff1f\uff1a\uff1b\uff0c、\u061f\u0964\u06d4")
_FULL_STOPS: Final = {"zh": "。", "ja": "。", "hi": "\u0964", "bn": "\u0964", "ur": "\u06d4"}


class Sentences:
    """Takes Markdown in pieces of any size, gives what is to be said in pieces of one to three sentences.

    `language` is a code; without one it is told from the text, `otherwise` being the first guess.
    """

    def __init__(self, language: str | None = None, otherwise: str = "en") -> None:
        self.has_words = False  # whether there was anything but what is left out
        self._fixed = language
        self._guess = language or otherwise
        self._sample = ""
        self._blocks = Blocks()
        self._prose = ""
        self._number = ""
        self._joint = ""
        self._piece: list[str] = []
        self._sentences = 0
        self._given = 0

    @property
    def language(self) -> str:
        """What the text is in, as far as that is known."""
        return self._guess

    def feed(self, text: str) -> Iterator[str]:
        """The pieces that are certain by now."""
        for part in self._blocks.feed(text):
            yield from self._take(part)

    def pause(self) -> Iterator[str]:
        """Something else comes in between: what was said so far does not go on with what follows."""
        yield from self.feed("\n\n")
        yield from self._release()

    def finish(self) -> Iterator[str]:
        """All that was held back, when the text is over."""
        for part in self._blocks.finish():
            yield from self._take(part)
        yield from self._release()

    def _take(self, part: Part) -> Iterator[str]:
        match part:
            case Prose(text):
                for start in range(0, len(text), _STRETCH):
                    self._prose += text[start : start + _STRETCH]
                    yield from self._cut()
            case End(kind, number):
                yield from self._end("\n" if kind == "item" else "\n\n")
                self._number = number
            case _:
                yield from self._show(part)

    def _show(self, block: Code | Table | Formula) -> Iterator[str]:
        """What is no prose."""
        match block:
            case Code(language, lines):
                if lines:
                    yield from self._remark(self._words.code(language, lines))
            case Table(rows):
                for row, is_left_out in tables.said(rows, self._words):
                    yield from self._remark(row) if is_left_out else self._add(row, "\n")
            case Formula(text):
                if text and (said := formulas.said(text, self._words.formula_words)):
                    yield from self._add(said, "\n")
                elif text:
                    yield from self._remark(self._words.remark("formula"))

    @property
    def _words(self) -> words.Words:
        return words.of(self._guess)

    def _cut(self) -> Iterator[str]:
        """Takes the sentences that are over off the running paragraph."""
        if self._fixed is None and not self._sample:
            self._guess = languages.of(_NO_LANGUAGE.sub(" ", self._prose), self._guess)
        start = 0
        for end in ends.of_sentences(self._prose, self._guess, is_whole=False):
            yield from self._say(self._prose[start:end])
            start = end
        self._prose = self._prose[start:]
        while (most := self._most()) and _length(self._prose) > most:
            least = min(_FIRST_CLAUSE, most // 2)
            end = ends.of_clause(self._prose, least, _characters(self._prose, most))
            yield from self._say(self._prose[:end])
            self._prose = self._prose[end:]

    def _most(self) -> int:
        return _LONG_FIRST if not self._given and not self._piece else _MOST

    def _end(self, joint: str) -> Iterator[str]:
        """A paragraph, heading or item is over."""
        prose, self._prose = self._prose, ""
        start = 0
        for end in [*ends.of_sentences(prose, self._guess, is_whole=True), len(prose)]:
            yield from self._say(prose[start:end])
            start = end
        if self._joint != "\n\n":
            self._joint = joint
        self._number = ""

    def _say(self, markdown: str) -> Iterator[str]:
        self._learn(markdown)
        said = inline.said(markdown, self._words)
        if any(character.isalnum() for character in said):
            number, self._number = self._number, ""
            yield from self._add(f"{number}. {said}" if number else said, " ")

    def _remark(self, text: str) -> Iterator[str]:
        had_words = self.has_words
        yield from self._add(text, "\n\n")
        self.has_words = had_words

    def _add(self, said: str, joint: str) -> Iterator[str]:
        """A sentence; the piece before it where the two are too much."""
        self.has_words = True
        if self._piece and _length("".join(self._piece)) + _length(said) > _MOST:
            yield from self._release()
        before = max(self._joint, joint, key=lambda between: (between.count("\n"), len(between)))
        self._joint = ""
        if self._piece:
            if before == " " and self._piece[-1][-1] >= _FIRST_WIDE:
                before = ""
            if "\n" in before and self._piece[-1][-1] not in _OPEN_ENDS:
                before = _FULL_STOPS.get(self._guess, ".") + before
            self._piece.append(before)
        self._piece.append(said)
        self._sentences += 1
        least = _LEAST[min(self._given, len(_LEAST) - 1)]
        length = _length("".join(self._piece))
        if length >= least or (self._sentences >= _MOST_SENTENCES and length >= _LEAST[0]):
            yield from self._release()

    def _release(self) -> Iterator[str]:
        if self._piece:
            piece, self._piece, self._sentences = "".join(self._piece), [], 0
            self._given += 1
            yield piece

    def _learn(self, text: str) -> None:
        """Tells the language from what there is, until that is enough."""
        if self._fixed is None and len(self._sample) < _TELLING:
            self._sample += f"{_NO_LANGUAGE.sub(' ', text)}\n"
            self._guess = languages.of(self._sample, self._guess)


def _length(text: str) -> int:
    """In letters."""
    return sum(_WIDE if character >= _FIRST_WIDE else 1 for character in text)


def _characters(text: str, letters: int) -> int:
    """How many characters at the beginning have so many letters."""
    for index, character in enumerate(text):
        letters -= _WIDE if character >= _FIRST_WIDE else 1
        if letters < 0:
            return max(1, index)
    return len(text)
