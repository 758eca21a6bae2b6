"""Makes the shipped index from our own examples: learns the head, calibrates it, writes one file.

The same examples and code give the same bytes on the same machine. Takes seconds; needs numpy alone, and
semantic-router for its calibrator.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtai.routing import features as features_module
from vtai.routing import utterances
from vtai.routing.encoder import row_of
from vtai.routing.features import Extractor, Features, read_concepts
from vtai.routing.head import Rows, learned, softmax
from vtai.routing.utterances import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int32]

# Raise it with every change of how the index is made.
VERSION = 3
ROUTES = ("text", "vision", "image-generation", "speech", "web-search", "assistant")

_RIDGE = 2e-5
_STEPS = 60
_FOLDS = 4
# What was made by a grammar or by changing a line counts less than what was written by hand.
_MADE_WEIGHT = 0.35
_CHANGED_WEIGHT = 0.4
# Messages of text that look like another route are rarer in life than in our files, where they are many
# because they are hard. In full they would teach that "an image of" means text.
_LOOK_ALIKE_WEIGHT = 0.5
_LOOK_ALIKE = re.compile(r"border|look.?alike|\bhard\b|\bnot\b|senses|in words|as words|as text|explained")
# No word holds such a sign, so no feature has this name.
_BIAS = "=bias"


@dataclass(frozen=True, slots=True)
class Report:
    """What training found out: held-out figures are from folds of whole sections."""

    examples: int
    features: int
    accuracy: float
    calibration_error: float
    bytes_written: int


def fingerprint() -> str:
    """Changes whenever examples, concepts, features or training do."""
    versions = f"{features_module.VERSION}.{VERSION}.{utterances.fingerprint()}"
    return hashlib.sha256(versions.encode()).hexdigest()


def train(output: Path | None = None) -> Report:
    """Learns from all shipped examples and writes the index to `output` (the package's own by default)."""
    output = output or Path(__file__).with_name("index.npz")
    table = _Table.of(_varied(utterances.read_all()))
    weights = table.learn(slice(None))
    calibration, accuracy, error = _calibrated(table)
    written = _written(output, table, weights, calibration)
    return Report(int(table.by_hand.sum()), len(table.vocabulary), accuracy, error, written)


@dataclass(frozen=True, slots=True)
class _Table:
    """All examples as sparse rows, with their route, weight and fold."""

    vocabulary: dict[str, int]
    rarity: Floats
    rows: Rows
    classes: Integers
    weights: Floats
    folds: Integers
    by_hand: NDArray[np.bool_]

    @classmethod
    def of(cls, examples: Sequence[tuple[Example, float]]) -> _Table:
        import numpy as np

        extractor = Extractor(read_concepts())
        taken = [extractor.extract(example.message) for example, _ in examples]
        vocabulary, rarity = _vocabulary(taken)
        parts = [row_of(one, vocabulary, rarity) for one in taken]
        bias = np.array([vocabulary[_BIAS]], np.int32)
        columns = [np.concatenate([column, bias]) for column, _ in parts]
        values = [np.concatenate([value, np.ones(1, np.float32)]) for _, value in parts]
        starts = np.cumsum([0, *(len(column) for column in columns)]).astype(np.int32)
        rows = Rows(
            starts, np.concatenate(columns), np.concatenate(values).astype(np.float32), len(vocabulary)
        )
        return cls(
            vocabulary,
            rarity,
            rows,
            np.array([ROUTES.index(example.route) for example, _ in examples], np.int32),
            np.array([weight for _, weight in examples], np.float32),
            np.array([zlib.crc32(example.section.encode()) % _FOLDS for example, _ in examples], np.int32),
            np.array([not example.made and weight >= _LOOK_ALIKE_WEIGHT for example, weight in examples]),
        )

    def learn(self, which: Any) -> Floats:
        """The head's weights from some of the rows."""
        import numpy as np

        chosen = np.arange(len(self.rows), dtype=np.int32)[which]
        return learned(
            self.rows.taken(chosen),
            self.classes[chosen],
            len(ROUTES),
            self.weights[chosen],
            ridge=_RIDGE,
            steps=_STEPS,
        )


def _vocabulary(taken: Sequence[Features]) -> tuple[dict[str, int], Floats]:
    """Every feature that is common enough, in a fixed order, with how rare it is."""
    import numpy as np

    counts = Counter(name for one in taken for block in one.blocks() for name in block)
    kept = sorted(name for name, count in counts.items() if count >= (5 if name.startswith("#") else 2))
    vocabulary = {name: number for number, name in enumerate([*kept, _BIAS])}
    seen = np.array([*(counts[name] for name in kept), len(taken)], np.float64)
    return vocabulary, (1 + np.log(len(taken) / seen)).astype(np.float16).astype(np.float32)


def _varied(examples: Sequence[Example]) -> list[tuple[Example, float]]:
    """The examples, each with a changed copy: typing slips, politeness, and what came before."""
    varied = []
    for number, example in enumerate(examples):
        weight = _weight(example)
        varied.append((example, weight))
        # Only the same choices on every machine matter.
        chance = random.Random(f"{number} {example.message.text}")  # noqa: S311 - no secret depends on it
        message = example.message
        if not message.previous_route:
            before = chance.choice(examples)
            message = replace(message, previous_route=before.route, context=before.message.text)
        text = _CHANGES[number % len(_CHANGES)](message.text, chance)
        changed = replace(example, message=replace(message, text=text))
        varied.append((changed, weight * _CHANGED_WEIGHT))
    return varied


def _weight(example: Example) -> float:
    """How much an example counts."""
    if example.made:
        return _MADE_WEIGHT
    is_look_alike = example.route == ROUTES[0] and _LOOK_ALIKE.search(example.section)
    return _LOOK_ALIKE_WEIGHT if is_look_alike else 1.0


def _slipped(text: str, chance: random.Random) -> str:
    """With a letter swapped or dropped in about one of six words."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 3 and word.isalpha() and chance.random() < 0.17:
            cut = chance.randrange(1, len(word) - 1)
            slipped = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
            words[place] = slipped if chance.random() < 0.6 else word[:cut] + word[cut + 1 :]
    return " ".join(words)


def _unmarked(text: str, _: random.Random) -> str:
    """As speech recognition writes it: no capitals, no marks."""
    return "".join(c for c in text.lower() if c.isalnum() or c in " '\n") or text


def _framed(text: str, chance: random.Random) -> str:
    """With the small words that go around any request."""
    before = chance.choice(("", "", "hey, ", "hi! ", "ok so ", "please ", "now ", "and then "))
    return before + text + chance.choice(("", "", " please", " thanks", " for me", "!", " :)"))


_CHANGES = (_slipped, _unmarked, _framed)


def _calibrated(table: _Table) -> tuple[dict[str, Any], float, float]:
    """A map from nearness to the chance of being right, from sections the head did not learn from."""
    import numpy as np
    from semantic_router.calibration import Calibrator, ece

    nearness: list[Floats] = []
    right: list[NDArray[np.bool_]] = []
    for fold in range(_FOLDS):
        weights = table.learn(table.folds != fold)
        held = np.flatnonzero((table.folds == fold) & table.by_hand).astype(np.int32)
        nearness.append(np.sqrt(softmax(table.rows.taken(held).times(weights))))
        right.append(table.classes[held][:, None] == np.arange(len(ROUTES))[None, :])
    scores, hits = np.concatenate(nearness), np.concatenate(right)
    calibrator = Calibrator.fit(scores.ravel(), hits.ravel().astype(float), "platt")
    best = scores.argmax(axis=1)
    picked = np.arange(len(scores)), best
    error = ece(calibrator(scores[picked]), hits[picked].astype(float))
    return calibrator.to_dict(), float(hits[picked].mean()), float(error)


def _written(output: Path, table: _Table, weights: Floats, calibration: dict[str, Any]) -> int:
    import numpy as np

    names = list(table.vocabulary)[:-1]
    about = {"routes": ROUTES, "calibration": calibration, "fingerprint": fingerprint()}
    np.savez_compressed(
        output,
        vocabulary=np.frombuffer("\n".join(names).encode(), np.uint8),
        rarity=table.rarity[:-1].astype(np.float16),
        weights=weights[:-1].astype(np.float16),
        bias=weights[-1].astype(np.float32),
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
    )
    return output.stat().st_size
