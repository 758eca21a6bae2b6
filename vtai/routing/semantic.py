"""Turns a classifier's scores into a decision, or into no opinion where they are not sure enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from vtai.core import routes
from vtai.core.ports import Classifier, Score
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import Turn
from vtai.routing.messages import Situated, joined

NAME: Final = "semantic"

# A wrong picture or a wrong tool run costs money and time, a wrong text answer costs a click. So a costly
# route is taken where text is this unlikely, whatever else competes; chosen on our development messages.
MOST_TEXT: Mapping[str, float] = MappingProxyType({routes.IMAGE_GENERATION: 0.3, routes.ASSISTANT: 0.15})
# A free route is taken when it is likely, or when text is not.
THRESHOLD: Final = 0.5
_TEXT_IS_UNLIKELY: Final = 0.25
# From here on a costly route that is not taken is at least asked about.
ASK_FROM: Final = 0.4
_LEAST_ALTERNATIVE = 0.05
_MOST_ALTERNATIVES = 3


class SemanticRouter:
    """Asks the classifier what a message is like, with what was said before as a help."""

    def __init__(self, classifier: Classifier, most_text: Mapping[str, float] = MOST_TEXT) -> None:
        self._classifier = classifier
        self._most_text = most_text

    async def choose(self, turn: Turn) -> Decision | None:
        """The likeliest route; text, or a question, where that is not sure enough.

        None when routing by itself is off, and for an empty message.
        """
        if not turn.preferences.routes_by_itself or not turn.text.strip():
            return None
        scores = _possible(await self._classifier.classify(joined(await self._situated(turn))), turn)
        if not scores:
            return None
        best = scores[0]
        if self._is_taken(best, _text(scores)):
            return Decision(
                best.route, best.confidence, _reason(best), NAME, _alternatives(scores, best.route)
            )
        return self._unsure(turn, scores)

    def _is_taken(self, best: Score, text: float) -> bool:
        if best.route in self._most_text:
            return text <= self._most_text[best.route]
        return best.confidence >= THRESHOLD or text < _TEXT_IS_UNLIKELY

    def _unsure(self, turn: Turn, scores: Sequence[Score]) -> Decision:
        """Text, with the others offered; for a costly route a question, unless the person wants none."""
        best, second = scores[0], scores[1] if len(scores) > 1 else Score(routes.TEXT, 0.0)
        is_costly = best.route in self._most_text
        is_question = is_costly and best.confidence >= ASK_FROM and turn.preferences.asks_when_unsure
        return Decision(
            routes.TEXT,
            _text(scores),
            f"It could be {best.route} ({best.confidence:.0%}), but that is not sure enough.",
            NAME,
            _alternatives(scores, routes.TEXT),
            options=(best.route, second.route) if is_question else (),
        )

    async def _situated(self, turn: Turn) -> Situated:
        """The message with its circumstances. The last route is worked out where it is not known."""
        context = turn.history.last_user_text or ""
        previous = turn.previous_route or ""
        if (
            context
            and not previous
            and (scores := await self._classifier.classify(joined(Situated(context))))
        ):
            previous = scores[0].route
        return Situated(turn.text, context, previous)


def _possible(scores: Sequence[Score], turn: Turn) -> Sequence[Score]:
    """With files and no picture anywhere there is nothing to look at: what reads like vision is reading."""
    kinds = {file.kind for message in (turn, *turn.history) for file in message.attachments}
    if not turn.attachments or "image" in kinds:
        return scores
    seen = next((score.confidence for score in scores if score.route == routes.VISION), 0.0)
    possible = [
        replace(score, confidence=score.confidence + seen) if score.route == routes.TEXT else score
        for score in scores
        if score.route != routes.VISION
    ]
    return sorted(possible, key=lambda score: -score.confidence)


def _text(scores: Sequence[Score]) -> float:
    """How likely text is."""
    return next((score.confidence for score in scores if score.route == routes.TEXT), 0.0)


def _reason(score: Score) -> str:
    if score.why.startswith("close to"):
        return f"The message is {score.why}."
    if score.why:
        return f"It reads like {score.route}; what weighed most: {score.why}."
    return f"As a whole it reads like {score.route}."


def _alternatives(scores: Sequence[Score], chosen: str) -> tuple[Alternative, ...]:
    others = (
        Alternative(score.route, score.confidence)
        for score in scores
        if score.route != chosen and score.confidence >= _LEAST_ALTERNATIVE
    )
    return tuple(others)[:_MOST_ALTERNATIVES]
