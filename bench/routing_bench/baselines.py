"""What else one could do: always text, keywords, semantic-router as it comes, TF-IDF with a linear head.

All of them see the text of the message and nothing else, as they are commonly used.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.routing_bench.contenders import Choice, Contender
from vtai.core.turn import Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_TABLES = Path(__file__).with_name("baselines.toml")
_WORD = re.compile(r"\w+", re.UNICODE)
_LEAST_EXAMPLES = 2
_RIDGE, _STEPS = 2e-5, 60


def all_baselines() -> tuple[Contender, ...]:
    """Everything trained and built: takes some seconds."""
    tables = tomllib.loads(_TABLES.read_text("utf-8"))
    return (
        Majority(),
        Keywords(tables["keywords"]),
        SemanticRouterDefaults(tables["utterances"]),
        LinearTfidf.trained(),
    )


class Majority:
    """Always text."""

    name = "always text"
    states_confidence = False

    async def choose(self, turn: Turn) -> Choice:
        return Choice("text")


class Keywords:
    """The first route one of whose patterns is in the text, in the order of the table; otherwise text."""

    name = "keywords"
    states_confidence = False

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._patterns = {
            route: re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)
            for route, patterns in table.items()
        }

    async def choose(self, turn: Turn) -> Choice:
        hits = (route for route, pattern in self._patterns.items() if pattern.search(turn.text))
        return Choice(next(hits, "text"))


class SemanticRouterDefaults:
    """semantic-router's IndexedRouter with its defaults (mean of the nearest five), ten utterances a route.

    Its TfidfEncoder is the encoder, since it needs no download. A message that shares no word with any
    utterance is nearest to nothing, and counts as text.
    """

    name = "semantic-router, defaults"
    states_confidence = True

    def __init__(self, utterances: Mapping[str, Sequence[str]]) -> None:
        from semantic_router.encoders import TfidfEncoder
        from semantic_router.route import Route
        from semantic_router.routers import IndexedRouter

        routes = [Route(name=name, utterances=list(texts)) for name, texts in utterances.items()]
        sparse = TfidfEncoder()
        sparse.fit(routes)
        self._router: Any = IndexedRouter(_dense(sparse), routes)

    async def choose(self, turn: Turn) -> Choice:
        if not turn.text.strip():
            return Choice("text", 0.0)
        found = await self._router.acall(turn.text)
        return Choice(found.name, found.confidence) if found.confidence > 0 else Choice("text", 0.0)


def _dense(sparse: Any) -> Any:
    """The sparse encoder as a dense one: a column for each word of the utterances, and one for unknown words.

    The last keeps a message without a known word from having no length; no utterance has anything there.
    """
    from semantic_router.encoders import DenseEncoder

    width = len(sparse.word_index) + 1

    def points(documents: list[Any]) -> list[list[float]]:
        rows = []
        for embedding in sparse(documents):
            row = [0.0] * width
            for column, value in embedding.to_dict().items():
                row[int(column)] = float(value)
            row[-1] = 0.0 if any(row) else 1.0
            rows.append(row)
        return rows

    class Dense(DenseEncoder):  # type: ignore[misc]  # its module ships no types that mypy follows
        def __call__(self, docs: list[Any]) -> list[list[float]]:
            return points(docs)

        async def acall(self, docs: list[Any]) -> list[list[float]]:
            return points(docs)

    return Dense(name="tfidf", type="tfidf")


@dataclass(frozen=True, slots=True)
class LinearTfidf:
    """Words and pairs of words by TF-IDF and a softmax head, trained on the shipped utterances."""

    vocabulary: Mapping[str, int]
    rarity: Floats
    weights: Floats
    routes: tuple[str, ...]
    name: str = "TF-IDF, linear head"
    states_confidence: bool = True

    @classmethod
    def trained(cls) -> LinearTfidf:
        from vtai.routing import utterances

        examples = utterances.read_all()
        texts = [example.message.text for example in examples]
        return cls.of(texts, [example.route for example in examples])

    @classmethod
    def of(cls, texts: Sequence[str], labels: Sequence[str]) -> LinearTfidf:
        """Learned from these texts and their routes."""
        import numpy as np

        from vtai.routing.head import Rows, learned

        routes = tuple(sorted(set(labels)))
        counted = [_grams(text) for text in texts]
        seen = Counter(name for one in counted for name in one)
        names = sorted(name for name, count in seen.items() if count >= _LEAST_EXAMPLES)
        vocabulary = {name: number for number, name in enumerate(names)}
        rarity = np.array([math.log((1 + len(texts)) / (1 + seen[name])) + 1 for name in names], np.float32)
        parts = [_row(one, vocabulary, rarity) for one in counted]
        rows = Rows(
            np.cumsum([0, *(len(columns) for columns, _ in parts)]).astype(np.int32),
            np.concatenate([columns for columns, _ in parts]),
            np.concatenate([values for _, values in parts]),
            len(vocabulary) + 1,
        )
        classes = np.array([routes.index(label) for label in labels], np.int32)
        even = np.ones(len(texts), np.float32)
        weights = learned(rows, classes, len(routes), even, ridge=_RIDGE, steps=_STEPS)
        return cls(vocabulary, rarity, weights, routes)

    async def choose(self, turn: Turn) -> Choice:
        from vtai.routing.head import softmax

        columns, values = _row(_grams(turn.text), self.vocabulary, self.rarity)
        chances = softmax(values @ self.weights[columns])
        best = int(chances.argmax())
        return Choice(self.routes[best], float(chances[best]))


def _grams(text: str) -> Counter[str]:
    words = _WORD.findall(text.lower())
    return Counter([*words, *(f"{one} {two}" for one, two in pairwise(words))])


def _row(
    grams: Counter[str], vocabulary: Mapping[str, int], rarity: Floats
) -> tuple[NDArray[np.int32], Floats]:
    """Known columns and their values, of length one, and the constant after them."""
    import numpy as np

    known = {vocabulary[name]: count for name, count in grams.items() if name in vocabulary}
    columns = np.fromiter(known, np.int32, len(known))
    values = rarity[columns] * (1 + np.log(np.fromiter(known.values(), np.float32, len(known))))
    values = values / max(1e-6, float(np.sqrt((values * values).sum())))
    return (
        np.append(columns, np.int32(len(vocabulary))).astype(np.int32),
        np.append(values, 1).astype(np.float32),
    )
