"""What the encoder sees in a message: n-grams of words and characters, concepts, and a few facts of form.

Pure Python. Names of features are strings; the head learns a weight for each (`vtai.routing.train`).
A feature knows the word it comes from, so that a decision can name the words that weighed most.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from vtai.routing.messages import Situated

# Raise it with every change of what is extracted: the shipped index is then known to be out of date.
VERSION = 2

# A request stands at the beginning or, below pasted text, at the end.
_HEAD_CHARACTERS = 900
_TAIL_CHARACTERS = 400
_LONGEST_WORD = 24
_SHORTEST_STEM = 2
NOWHERE = -1

_URL = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_NUMBER = re.compile(r"\d+")
# Vowel signs and other marks of Indic and Arabic script belong to the letter before them.
_MARK = r"\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0963\u0966-\u097f\u0980-\u09fe"
_LETTER = rf"(?:[^\W_\u3040-\u30ff\u3400-\u9fff]|[{_MARK}])"
_WORD = re.compile(rf"[\u3040-\u30ff\u3400-\u9fff]|{_LETTER}+(?:['\u2019]{_LETTER}+)*|[?!]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

_FORMS = {
    "url": _URL,
    "url-image": re.compile(r"https?://\S+\.(?:png|jpe?g|gif|webp|bmp)\b", re.IGNORECASE),
    "fence": re.compile(r"```"),
    "code": re.compile(r"[{};]\s*\n|\bdef \w+\(|\bfunction\b.*\(|=>|</\w+>|#include|\bimport \w+|\w\(\)|::"),
    "data-file": re.compile(r"\b[\w-]+\.(?:csv|tsv|xlsx?|parquet|sqlite|db)\b", re.IGNORECASE),
    "image-file": re.compile(r"(?<!/)\b[\w-]+\.(?:png|jpe?g|gif|webp|heic|bmp)\b", re.IGNORECASE),
    "audio-file": re.compile(r"\b[\w-]+\.(?:mp3|wav|m4a|ogg|flac)\b", re.IGNORECASE),
    "other-file": re.compile(
        r"\b[\w-]+\.(?:pdf|docx?|json|txt|py|ipynb|log|md|ya?ml|zip|mp4)\b", re.IGNORECASE
    ),
    "asks": re.compile(r"[?\uff1f؟]\s*$"),
    "asks-inside": re.compile(r"[?\uff1f؟].*\S", re.DOTALL),
    "quote": re.compile(r"[\"“«„「『].{12,}?[\"”»“」』]", re.DOTALL),
    "paste": re.compile(r"[:\uff1a]\s*\S.{40,}", re.DOTALL),
    "lines": re.compile(r"\n.*\S.*\n.*\S"),
    "money": re.compile(r"[$€£¥₹]\s?\d|\d\s?[$€£¥₹]"),
    "year": re.compile(r"\b(?:19|20)\d\d\b"),
    "sum": re.compile(r"\d\s*[-+*/\u00d7÷^]\s*\d"),
    "camera": re.compile(r"\b(?:\d{2,3}\s?mm|f/\d|[48]k|iso ?\d+|--ar|--v)\b", re.IGNORECASE),
    "first-person": re.compile(
        r"\b(?:i|me|my|we|our|you|your|ich|je|yo|eu|io|ik|ja|ben|я|мне)\b", re.IGNORECASE
    ),
}


@dataclass(slots=True)
class Features:
    """Names by block; the value is the place of the word it comes from, or NOWHERE."""

    words: list[str] = field(default_factory=list)
    word_grams: dict[str, int] = field(default_factory=dict)
    letter_grams: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)

    def blocks(self) -> tuple[dict[str, int], ...]:
        return self.word_grams, self.letter_grams, self.facts


class Extractor:
    """Takes messages apart. `concepts` maps word stems of many languages to what they are about."""

    def __init__(self, concepts: Mapping[str, str]) -> None:
        self._concepts = concepts
        self._longest_stem = max(map(len, concepts), default=0)

    def extract(self, message: Situated) -> Features:
        text = _shortened(message.text)
        words = words_of(text)
        found = Features(words)
        _add_word_grams(words, found.word_grams)
        _add_letter_grams(words, found.letter_grams)
        found.facts.update((f"form:{name}", NOWHERE) for name, form in _FORMS.items() if form.search(text))
        _add_shape(message.text, words, found.facts)
        self._add_concepts(words, found.facts)
        if message.previous_route:
            self._add_context(message, words, found.facts)
        return found

    def _add_concepts(self, words: list[str], facts: dict[str, int]) -> None:
        seen = list(self._concepts_in(words))
        for order, (concept, place) in enumerate(seen):
            facts.setdefault(f"about:{concept}", place)
            if place == 0:
                facts[f"starts-about:{concept}"] = place
            for later, _ in seen[order + 1 : order + 4]:
                facts.setdefault(f"about:{concept}>{later}", place)

    def _add_context(self, message: Situated, words: list[str], facts: dict[str, int]) -> None:
        before = f"after:{message.previous_route}"
        facts[before] = NOWHERE
        facts[f"{before}&{_length(len(words))}"] = NOWHERE
        facts.update((f"{before}&^{word}", place) for place, word in enumerate(words[:3]))
        facts.update((f"{before}&{concept}", place) for concept, place in self._concepts_in(words))

    def _concepts_in(self, words: list[str]) -> Iterator[tuple[str, int]]:
        """What the words are about, in order. Languages written without spaces are looked up by run."""
        for place, word in enumerate(words):
            if _WIDE.match(word):
                run = "".join(words[place : place + 5])
                for length in range(min(5, len(run)), 0, -1):
                    if concept := self._concepts.get(run[:length] + "*"):
                        yield concept, place
                        break
                continue
            if concept := self._concept_of(word):
                yield concept, place

    def _concept_of(self, word: str) -> str | None:
        if exact := self._concepts.get(word):
            return exact
        for length in range(min(len(word), self._longest_stem), _SHORTEST_STEM - 1, -1):
            if concept := self._concepts.get(word[:length] + "*"):
                return concept
        return None


def read_concepts() -> dict[str, str]:
    """Word or stem (ending in `*`) to concept, from the shipped file."""
    concepts: dict[str, str] = {}
    concept = ""
    for line in files("vtai.routing").joinpath("concepts.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            concept = line.strip("[] ")
        elif line and not line.startswith("#"):
            for stem in line.partition(":")[2].split():
                wide = _WIDE.match(stem) and not stem.endswith("*")
                concepts.setdefault(_plain(stem) + ("*" if wide else ""), concept)
    return concepts


def words_of(text: str) -> list[str]:
    """Words in lower case with addresses and numbers made alike; wide characters count as words."""
    return [
        word[:_LONGEST_WORD] for word in _WORD.findall(_plain(_NUMBER.sub("0", _URL.sub(" urlhere ", text))))
    ]


def is_wide(word: str) -> bool:
    """Whether it is a character of a script without spaces, which counts as a word."""
    return bool(_WIDE.match(word))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _shortened(text: str) -> str:
    if len(text) <= _HEAD_CHARACTERS + _TAIL_CHARACTERS:
        return text
    return text[:_HEAD_CHARACTERS] + "\n" + text[-_TAIL_CHARACTERS:]


def _add_word_grams(words: list[str], grams: dict[str, int]) -> None:
    for place, word in enumerate(words):
        grams.setdefault(word, place)
        if place + 1 < len(words):
            grams.setdefault(f"{word} {words[place + 1]}", place)
    if words:
        grams[f"^{words[0]}"] = 0
        grams[f"^{' '.join(words[:2])}"] = 0
        grams[f"{words[-1]}$"] = len(words) - 1


def _add_letter_grams(words: list[str], grams: dict[str, int]) -> None:
    """Two to four characters inside a word with its edges, or across wide characters."""
    for place, word in enumerate(words):
        padded = f"_{word}_" if not _WIDE.match(word) else "".join(words[place : place + 4])
        spans = ((0, n) for n in (2, 3, 4)) if _WIDE.match(word) else _spans(len(padded))
        for start, length in spans:
            if len(gram := padded[start : start + length]) == length:
                grams.setdefault(f"#{gram}", place)


def _spans(length: int) -> Iterator[tuple[int, int]]:
    for size in (2, 3, 4):
        for start in range(length - size + 1):
            yield start, size


def _add_shape(text: str, words: list[str], facts: dict[str, int]) -> None:
    count = len(words)
    facts[_length(count)] = NOWHERE
    commas = text.count(",") + text.count("\uff0c") + text.count("、")
    if count >= 4 and commas / count > 0.12:
        facts["form:comma-list"] = NOWHERE
    if "form:asks" not in facts and "form:first-person" not in facts:
        facts[f"form:impersonal&{_length(count)}"] = NOWHERE
    if _FENCE.search(text) and count:
        facts["form:starts-with-code" if text.lstrip().startswith("```") else "form:talk-then-code"] = NOWHERE


def _length(words: int) -> str:
    for limit in (1, 2, 3, 5, 8, 12, 20, 40, 80, 200):
        if words <= limit:
            return f"length<={limit}"
    return "length>200"
