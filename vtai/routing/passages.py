"""Which passages of a file bear on a question: the words they share, weighed by how rare they are.

The routing encoder tells routes apart and not subjects, so its point is of no use here. Its sketch of n-grams
is: among the passages that share words with the question it lifts those that are worded like it, which
forgives slips of the pen and endings. Everything else is Okapi BM25 (Robertson and Zaragoza, "The
Probabilistic Relevance Framework", 2009).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vtai.routing.features import Extractor
from vtai.routing.messages import parted

_K1, _B = 1.2, 0.75
# Longer words count by their beginning as well, so that "cancelled" finds "cancellation".
_STEM_LETTERS = 5
_STEM_WEIGHT = 0.5
# How many of the best are looked at once more, and how much likeness of wording then counts.
_LOOKED_AT = 200
_LIKENESS_WEIGHT = 0.2

_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<!s)s$")
# Scripts that put no spaces between words are taken apart into pairs of characters.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]+")


def rank(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """`similarities` as a job of a workshop: a long file takes seconds."""
    return {"scores": similarities(options["question"], options["texts"])}, b""


def similarities(question: str, texts: Sequence[str]) -> list[float]:
    """How near each text comes to the question, in 0..1, in the order given; 0: nothing in common."""
    if not texts:
        return []
    scores = _shared_words(question, texts)
    highest = max(scores)
    if highest == 0:
        return scores
    scores = [score / highest * (1 - _LIKENESS_WEIGHT) for score in scores]
    best = sorted(range(len(texts)), key=lambda number: -scores[number])[:_LOOKED_AT]
    likeness = _Likeness(question)
    for number in best:
        if scores[number] > 0:
            scores[number] += likeness.to(texts[number]) * _LIKENESS_WEIGHT
    return scores


@dataclass(frozen=True, slots=True)
class _Counted:
    words: Counter[str]
    length: int


def _shared_words(question: str, texts: Sequence[str]) -> list[float]:
    wanted = _terms(question)
    counted = [_counted(text, wanted) for text in texts]
    mean_length = sum(each.length for each in counted) / len(counted) or 1.0
    with_word = Counter(word for each in counted for word in each.words)
    rarity = {
        word: math.log(1 + (len(texts) - with_word[word] + 0.5) / (with_word[word] + 0.5)) for word in wanted
    }
    return [
        sum(
            rarity[word]
            * wanted[word]
            * (count * (_K1 + 1))
            / (count + _K1 * (1 - _B + _B * each.length / mean_length))
            for word, count in each.words.items()
        )
        for each in counted
    ]


def _counted(text: str, wanted: dict[str, float]) -> _Counted:
    words = _words(text)
    found: Counter[str] = Counter()
    for word in words:
        if word in wanted:
            found[word] += 1
        if (stem := _stem(word)) in wanted:
            found[stem] += 1
    return _Counted(found, len(words))


def _terms(question: str) -> dict[str, float]:
    """What is looked for, with what it counts: words, and the beginnings of long ones."""
    words = _words(question)
    return {_stem(word): _STEM_WEIGHT for word in words if len(word) >= _STEM_LETTERS} | dict.fromkeys(
        words, 1.0
    )


def _stem(word: str) -> str:
    return f"{word[:_STEM_LETTERS]}*" if len(word) >= _STEM_LETTERS else ""


def _words(text: str) -> list[str]:
    """Words without capitals and accents; pairs of characters where a script has no spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    pairs = [run[at : at + 2] for run in _UNSPACED.findall(plain) for at in range(max(1, len(run) - 1))]
    return [_PLURAL.sub("", word) for word in _WORD.findall(_UNSPACED.sub(" ", plain))] + pairs


class _Likeness:
    """How alike the wording of a question and a text is, in 0..1."""

    def __init__(self, question: str) -> None:
        # No concepts: they say which route a word hints at.
        self._extractor = Extractor({})
        self._question = self._sketch(question)

    def to(self, text: str) -> float:
        """The best of its sentences, as a long text resembles nothing as a whole."""
        sentences = re.split(r"(?<=[.!?。\n])\s*", text)
        return max(
            (float(self._sketch(sentence) @ self._question) for sentence in sentences[:40]), default=0.0
        )

    def _sketch(self, text: str) -> Any:
        from vtai.routing.encoder import sketch

        return sketch(self._extractor.extract(parted(text[:400])))
