"""How alike two messages are in what they ask: the same words, related words, the same chances of a route.

Words are matched by rarity: what few messages hold says most. Two words are related when they begin alike or
are about the same thing (`concepts.txt`). The numbers were chosen on `tests/routing/corrected.jsonl`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtai.routing.features import is_wide, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vtai.routing.encoder import Head

    Floats = NDArray[np.float32]
    Postings = dict[str, NDArray[np.int32]]

# Words that nearly every message holds weigh next to nothing; a word never seen, a name perhaps, is held down
# so that it does not speak for a whole message.
_COMMON, _LEAST, _MOST, _STEEPNESS = 2.5, 0.15, 6.0, 1.5
_SAME_BEGINNING, _NEARLY_SAME, _SAME_THING = 0.9, 0.85, 0.6
_BEGINNING = 3
# What is corrected must come back; around it people say more than they did. So the share of the corrected
# message that returns counts beside the share that both have in common; closeness of the chances adds to it.
_RETURNED_SHARE, _CHANCES_SHARE = 0.55, 0.18
_LEAST_COVERED = 0.25
# The rarest words of a message find what it is compared with; so many are then compared word by word.
_MOST_ASKED = 24
_MOST_COMPARED = 5
_LEAST_SHARED = 0.25
# Longer messages are compared by equal words alone: related ones would cost too much.
_MOST_RELATED = 60
# How much of a message the words that find are taken from, in characters.
_MOST_READ = 1_300
# A message of so few words may mean another thing after another one.
SHORT: Final = 8
_MARKS = frozenset("?!")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message taken apart: its words with how much each says, their concepts, its chances of a route."""

    weights: Mapping[str, float]
    about: Mapping[str, str]
    chances: Floats
    total: float

    @classmethod
    def of(cls, text: str, head: Head) -> Meaning:
        analysis = head.analyse(text)
        words = analysis.features.words
        weights = weights_of(words, head)
        about = {
            words[place]: name.removeprefix("about:")
            for name, place in analysis.features.facts.items()
            if name.startswith("about:") and ">" not in name
        }
        return cls(weights, about, analysis.chances, max(1e-6, sum(weights.values())))

    @property
    def is_short(self) -> bool:
        return len(self.weights) <= SHORT


class Shelf:
    """Messages that others are compared with, found by the words they share."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        import numpy as np

        self.meanings = tuple(meanings)
        places: dict[str, list[int]] = defaultdict(list)
        for place, meaning in enumerate(self.meanings):
            for key in dict.fromkeys(key for word in meaning.weights for key in _keys(word)):
                places[key].append(place)
        self._postings: Postings = {key: np.array(found, np.int32) for key, found in places.items()}
        self._totals = np.array([meaning.total for meaning in self.meanings], np.float32)

    def near(self, text: str, head: Head) -> list[int]:
        """The places of the messages that share enough with the text to be compared, the likeliest first."""
        import numpy as np

        weights = weights_of(words_of(text[:_MOST_READ]), head)
        asked = sorted(weights.items(), key=lambda item: -item[1])[:_MOST_ASKED]
        found, said = [], []
        for word, weight in asked:
            for key in _keys(word):
                if (places := self._postings.get(key)) is not None:
                    found.append(places)
                    said.append(weight * _SAME_BEGINNING if key is not word else weight)
                    break
        if not found:
            return []
        lengths = [len(places) for places in found]
        shared = np.bincount(np.concatenate(found), np.repeat(said, lengths), len(self.meanings))
        asked_for = max(1e-6, sum(weights.values()))
        shares = 2 * shared / (self._totals + asked_for)
        best = np.argsort(-shares, kind="stable")[:_MOST_COMPARED]
        return [int(place) for place in best if shares[place] >= _LEAST_SHARED]


def weights_of(words: Sequence[str], head: Head) -> dict[str, float]:
    """Each word with how much it says."""
    weights = {}
    for word in words:
        if word not in weights and word not in _MARKS:
            number = head.vocabulary.get(word)
            rarity = _MOST if number is None else float(head.rarity[number]) - _COMMON
            weights[word] = min(_MOST, max(_LEAST, rarity)) ** _STEEPNESS
    return weights


def likeness(message: Meaning, corrected: Meaning) -> float:
    """How alike they are, 0 to about 1.18; above 1 the words are nearly all the same."""
    import numpy as np

    covered, returned = _covered(message, corrected), _covered(corrected, message)
    # A long text may well hold all the words of a short message, and mean nothing of it.
    if covered < _LEAST_COVERED or not returned:
        return 0.0
    common = 2 * covered * returned / (covered + returned)
    words = (1 - _RETURNED_SHARE) * common + _RETURNED_SHARE * returned
    return words + _CHANCES_SHARE * float(np.sqrt(message.chances * corrected.chances).sum())


def _covered(one: Meaning, other: Meaning) -> float:
    """The share of what `one` says that `other` says too, 0..1."""
    if max(len(one.weights), len(other.weights)) > _MOST_RELATED:
        said = sum(weight for word, weight in one.weights.items() if word in other.weights)
        return said / one.total
    said = 0.0
    for word, weight in one.weights.items():
        if word in other.weights:
            said += weight
        elif not is_wide(word):
            said += weight * max(_relations(word, one, other), default=0.0)
    return said / one.total


def _relations(word: str, one: Meaning, other: Meaning) -> Iterator[float]:
    concept = one.about.get(word)
    for candidate in other.weights:
        if candidate[0] == word[0]:
            yield _beginning(word, candidate)
        if concept is not None and other.about.get(candidate) == concept:
            yield _SAME_THING


def _beginning(one: str, other: str) -> float:
    """How related words are that may be forms of one word, or one with a slip."""
    longest = max(len(one), len(other))
    equal = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        equal += 1
    if equal > _BEGINNING and equal >= 0.55 * longest:
        return _SAME_BEGINNING
    if equal >= _BEGINNING and longest - equal <= 2 and equal >= 0.6 * longest:
        return _NEARLY_SAME
    return _shared_letters(one, other)


def _shared_letters(one: str, other: str) -> float:
    """The share of common groups of three letters, where more than half are."""
    groups, others = ({f"_{word}_"[i : i + 3] for i in range(len(word))} for word in (one, other))
    share = 2 * len(groups & others) / (len(groups) + len(others))
    return share if share > 0.5 else 0.0


def _keys(word: str) -> tuple[str, ...]:
    """By what a word is found: itself, then its beginning."""
    return (word, word[:4] + "*") if len(word) > _BEGINNING + 1 and not is_wide(word) else (word,)
