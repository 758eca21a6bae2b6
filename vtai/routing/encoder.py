"""Our own encoder: a message becomes a point that lies near the anchor of the route it belongs to.

The features of a message go through the learned head to a chance for each route; the point is the square
roots of the chances, so that its cosine with a route's anchor (1 in one place) is the root of that chance:
nearness is the decision. A second part of the point is a hashed sketch of the n-grams; it is there when a
person gave examples of their own, which are found by likeness and need no training.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from vtai.core.errors import NotReady
from vtai.routing.features import NOWHERE, Extractor, Features, is_wide, read_concepts
from vtai.routing.head import softmax
from vtai.routing.messages import parted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SKETCH_DIMENSIONS = 512
# What each block of features adds up to in length, before the weights.
_BLOCK_LENGTHS = (1.0, 1.0, None)
FACT_VALUE = 0.35
# With examples of a person's own, the share of the point that the sketch takes (its square is 0.65): an
# example whose n-grams are three quarters the same then wins over the surest anchor.
_SKETCH_SHARE = 0.8062258
ANCHOR_SHARE = (1 - _SKETCH_SHARE**2) ** 0.5
_LEAST_WORD_LENGTH = 2


def index_file() -> Traversable:
    """The shipped index: what `vtai routes train` writes."""
    return files("vtai.routing").joinpath("index.npz")


def index_version() -> str:
    """Changes with the shipped index."""
    return hashlib.sha256(index_file().read_bytes()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A message that was taken apart: its point for the index, and what it takes to explain it."""

    point: Floats
    features: Features
    columns: NDArray[np.int32]
    values: Floats
    chances: Floats


@dataclass(frozen=True, slots=True)
class Head:
    """The learned part: vocabulary, how rare each feature is, and its weight for each route."""

    routes: tuple[str, ...]
    vocabulary: dict[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats
    calibration: dict[str, Any]
    fingerprint: str
    extractor: Extractor

    @classmethod
    def load(cls, file: Traversable | None = None) -> Head:
        """From an index file. Raises NotReady when it is missing or not ours."""
        import numpy as np

        file = file or index_file()
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                names = arrays["vocabulary"].tobytes().decode().split("\n")
                return cls(
                    tuple(about["routes"]),
                    {name: number for number, name in enumerate(names)},
                    arrays["rarity"].astype(np.float32),
                    arrays["weights"].astype(np.float32),
                    arrays["bias"].astype(np.float32),
                    about["calibration"],
                    about["fingerprint"],
                    Extractor(read_concepts()),
                )
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise NotReady(
                "The routing index is missing or damaged.", "Make it anew: vtai routes train"
            ) from error

    def analyse(self, text: str, *, sketches: bool = False) -> Analysis:
        """`text` may hold circumstances (`messages.joined`). `sketches` adds the part for own examples."""
        import numpy as np

        features = self.extractor.extract(parted(text))
        columns, values = row_of(features, self.vocabulary, self.rarity)
        chances = softmax(values @ self.weights[columns] + self.bias)
        point = np.sqrt(chances)
        if sketches:
            point = np.concatenate([point * ANCHOR_SHARE, sketch(features) * _SKETCH_SHARE])
        return Analysis(point.astype(np.float32), features, columns, values, chances)

    def telling_words(self, analysis: Analysis, route: str, most: int = 3) -> tuple[str, ...]:
        """The words of the message that speak most for the route against the others, in their order."""
        import numpy as np

        if route not in self.routes or not analysis.features.words:
            return ()
        chosen = self.routes.index(route)
        weights = self.weights[analysis.columns]
        others = np.delete(weights, chosen, axis=1).mean(axis=1)
        pulls = np.zeros(len(analysis.features.words))
        places = _places(analysis.features, self.vocabulary)
        told = places != NOWHERE
        np.add.at(pulls, places[told], (analysis.values * (weights[:, chosen] - others))[told])
        best = [int(i) for i in np.argsort(-pulls)[:most] if pulls[i] > 0]
        return _named(analysis.features.words, sorted(best))


def _named(words: list[str], places: list[int]) -> tuple[str, ...]:
    """The words at these places; where there are no spaces, each character with the next, runs as one."""
    named: list[str] = []
    end = NOWHERE
    for place in places:
        if not is_wide(words[place]):
            named.extend(word for word in (words[place],) if len(word) >= _LEAST_WORD_LENGTH)
            continue
        pair = [word for word in words[place : place + 2] if is_wide(word)]
        if named and place <= end:
            named[-1] += "".join(pair[end - place :])
        else:
            named.append("".join(pair))
        end = place + len(pair)
    return tuple(dict.fromkeys(named))


def row_of(
    features: Features, vocabulary: dict[str, int], rarity: Floats
) -> tuple[NDArray[np.int32], Floats]:
    """The known features as columns and values; each n-gram block is brought to its length."""
    import numpy as np

    columns: list[NDArray[np.int32]] = []
    values: list[Floats] = []
    for block, length in zip(features.blocks(), _BLOCK_LENGTHS, strict=True):
        known = np.fromiter((vocabulary[name] for name in block if name in vocabulary), np.int32)
        if length is None:
            value = np.full(len(known), FACT_VALUE, np.float32)
        else:
            value = rarity[known]
            value = value * (length / max(1e-6, float(np.sqrt((value * value).sum()))))
        columns.append(known)
        values.append(value)
    return np.concatenate(columns), np.concatenate(values)


def _places(features: Features, vocabulary: dict[str, int]) -> NDArray[np.int32]:
    import numpy as np

    return np.fromiter(
        (place for block in features.blocks() for name, place in block.items() if name in vocabulary),
        np.int32,
    )


def sketch(features: Features) -> Floats:
    """The n-grams hashed into a vector of length 1, known to the head or not."""
    import numpy as np

    vector = np.zeros(SKETCH_DIMENSIONS, np.float32)
    for weight, block in ((1.0, features.word_grams), (0.5, features.letter_grams)):
        for name in block:
            number = zlib.crc32(name.encode())
            vector[number % SKETCH_DIMENSIONS] += weight if number & 0x10000 else -weight
    return vector / max(1e-6, float(np.sqrt((vector * vector).sum())))


def anchors(head: Head, *, sketches: bool) -> Floats:
    """One point a route, in the order of `head.routes`."""
    import numpy as np

    width = len(head.routes) + (SKETCH_DIMENSIONS if sketches else 0)
    return np.eye(len(head.routes), width, dtype=np.float32)


def own_point(head: Head, text: str) -> Floats:
    """The point of a person's own example: sketch only, so that it pulls what is worded like it."""
    import numpy as np

    drawn = sketch(head.extractor.extract(parted(text)))
    return np.concatenate([np.zeros(len(head.routes), np.float32), drawn])


def encoder(head: Head, *, sketches: bool) -> Any:
    """A semantic-router encoder around the head. Documents are texts or analyses made before."""
    from semantic_router.encoders import DenseEncoder

    def points(documents: Sequence[str | Analysis]) -> list[Floats]:
        return [
            (head.analyse(one, sketches=sketches) if isinstance(one, str) else one).point for one in documents
        ]

    class NGramEncoder(DenseEncoder):  # type: ignore[misc]  # its module ships no types that mypy follows
        def __call__(self, docs: list[Any]) -> list[Floats]:
            return points(docs)

        async def acall(self, docs: list[Any]) -> list[Floats]:
            return points(docs)

    return NGramEncoder(name="vtai-ngrams", type="vtai")
