"""The classifier port on semantic-router: an index of one anchor a route, and a person's own examples.

semantic-router takes two seconds to import, so everything is loaded in `warm`, off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from vtai.core.errors import NotReady
from vtai.core.ports import Score
from vtai.routing.own_routes import OwnRoute

if TYPE_CHECKING:
    from vtai.routing.encoder import Analysis, Head


class SemanticClassifier:
    """Scores every route for a text. `own` are routes and examples of the person's (`own_routes.read`) and of
    other packages (`own_routes.of`).

    `index` is an index file other than the shipped one.
    """

    def __init__(self, own: Sequence[OwnRoute] = (), index: Traversable | None = None) -> None:
        self._own = tuple(own)
        self._index = index
        self._loading = asyncio.Lock()
        self._head: Head | None = None
        self._router: Any = None

    @property
    def is_warm(self) -> bool:
        return self._router is not None

    async def warm(self) -> None:
        """Loads libraries and index, once. Raises NotReady when the index is missing or damaged."""
        async with self._loading:
            if self._router is None:
                self._head, self._router = await asyncio.to_thread(_loaded, self._own, self._index)
                await self.classify("What is the weather like today?")

    async def head(self) -> Head:
        """What was learned, loaded once. Raises NotReady as `warm` does."""
        await self.warm()
        if self._head is None:
            raise NotReady("The router is not loaded.", "Send the message again in a moment.")
        return self._head

    async def classify(self, text: str) -> Sequence[Score]:
        """Every route with its calibrated confidence, best first; `why` is given for the best.

        `text` may hold circumstances (`messages.joined`).
        """
        if self._head is None or self._router is None:
            await self.warm()
        if self._head is None:
            raise NotReady("The router is not loaded.", "Send the message again in a moment.")
        analysis = self._head.analyse(text, sketches=bool(self._own))
        choices = await self._router.acall(analysis, limit=None, threshold=0.0)
        why = self._why(analysis, choices[0].name)
        return tuple(
            Score(str(choice.name), float(choice.confidence), "" if place else why)
            for place, choice in enumerate(choices)
        )

    async def classify_many(self, texts: Sequence[str]) -> Sequence[Sequence[Score]]:
        """As `classify`, one result a text, with one call of the encoder; several are judged in a thread."""
        if len(texts) == 1 or self._head is None or self._router is None:
            return [await self.classify(text) for text in texts]
        return await asyncio.to_thread(self._judged, texts, self._head, self._router)

    def _judged(self, texts: Sequence[str], head: Head, router: Any) -> list[list[Score]]:
        """What `classify` finds, from the same parts of semantic-router."""
        import numpy as np

        analyses = [head.analyse(text, sketches=bool(self._own)) for text in texts]
        found = []
        for analysis, point in zip(analyses, router.encoder(analyses), strict=True):
            best: dict[str, float] = {}
            # The nearest comes last.
            for nearness, route in zip(*router.index.query(point, top_k=router.top_k), strict=True):
                best[str(route)] = float(nearness)
            ranked = sorted(best, key=best.__getitem__, reverse=True)
            confidences = router.calibrator(np.array([best[route] for route in ranked]))
            why = self._why(analysis, ranked[0])
            found.append(
                [
                    Score(route, float(confidence), "" if place else why)
                    for place, (route, confidence) in enumerate(zip(ranked, confidences, strict=True))
                ]
            )
        return found

    def _why(self, analysis: Analysis, route: str) -> str:
        if self._head is None:
            return ""
        if self._own and (example := self._nearest_own(analysis, route)):
            whose = "your" if self._is_yours(route, example) else "the"
            return f"close to {whose} example “{example}”"
        words = self._head.telling_words(analysis, route)
        return ", ".join(f"“{word}”" for word in words)

    def _is_yours(self, route: str, example: str) -> bool:
        return any(own.is_yours for own in self._own if own.name == route and example in own.examples)

    def _nearest_own(self, analysis: Analysis, route: str) -> str | None:
        """The person's example that decided, where one did."""
        index = self._router.index
        if self._head is None:
            return None
        nearness = index.index @ analysis.point
        best = int(nearness.argmax())
        if best < len(self._head.routes) or index.routes[best] != route:
            return None
        return str(index.utterances[best])


def _loaded(own: Sequence[OwnRoute], file: Traversable | None) -> tuple[Head, Any]:
    import numpy as np
    from semantic_router.calibration import Calibrator
    from semantic_router.index import LocalIndex
    from semantic_router.routers import IndexedRouter

    from vtai.routing import encoder
    from vtai.routing.encoder import Head

    head = Head.load(file)
    sketches = bool(own)
    pairs = [(route.name, example) for route in own for example in route.examples]
    points = [
        *encoder.anchors(head, sketches=sketches),
        *(encoder.own_point(head, text) for _, text in pairs),
    ]
    index = LocalIndex()
    index.add(
        embeddings=list(np.asarray(points, np.float64)),
        routes=[*head.routes, *(name for name, _ in pairs)],
        utterances=[*(f"<{name}>" for name in head.routes), *(text for _, text in pairs)],
    )
    router = IndexedRouter(
        encoder.encoder(head, sketches=sketches),
        index=index,
        top_k=len(points),
        aggregation="max",
        calibrator=Calibrator.from_dict(_stretched(head.calibration, sketches=sketches)),
    )
    return head, router


def _stretched(calibration: dict[str, Any], *, sketches: bool) -> dict[str, Any]:
    """With sketches in the points every nearness to an anchor is smaller by one factor: undo it."""
    from vtai.routing.encoder import ANCHOR_SHARE

    if not sketches:
        return calibration
    slope = [value / ANCHOR_SHARE for value in calibration["params"]["a"]]
    return {"method": calibration["method"], "params": {"a": slope, "b": calibration["params"]["b"]}}
