"""The line under each reply: where the message went and why, what it cost, and the ways on from here.

Makes the properties of `site/public/elements/ReplyFooter.jsx`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from vtai.core.events import Choice, Source, Usage
from vtai.core.routes import Decision, Route
from vtai.handlers.searching import cards
from vtai.ui.learning import Note

Outcome = Literal["working", "done", "stopped", "failed"]

# More of a passage than anybody reads beside an answer.
_MOST_CHARACTERS = 12_000
# From which confidence on a word fits, the surest first.
_WORDS = ((0.99, "certain"), (0.85, "sure"), (0.6, "fairly sure"), (0.0, "unsure"))


def certainty(confidence: float) -> str:
    """A confidence in 0..1 as a word for people."""
    return next(word for least, word in _WORDS if confidence >= least)


@dataclass
class Footer:
    """What is known of a reply so far. `turn_id` is the message it answers.

    `note` is what the click that led here taught the routing; `can_learn`: there is something to teach.
    `offers_again`: the button for that is here and not elsewhere in the reply. `key` tells this reply from
    others on the page. `has_cards`: the sources are the answer. `has_words`: there is something to speak.
    """

    turn_id: str
    routes: Sequence[Route]
    decision: Decision | None = None
    usage: list[Usage] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    choices: tuple[Choice, ...] = ()
    outcome: Outcome = "working"
    note: Note | None = None
    can_learn: bool = False
    offers_again: bool = True
    has_cards: bool = False
    has_words: bool = False
    key: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def model(self) -> str | None:
        """The model that answered, once that is known."""
        return self.usage[-1].model if self.usage else None

    @property
    def facts(self) -> dict[str, str]:
        """What is remembered with the reply: where it went, and the model that made it."""
        facts = {"route": self.decision.route if self.decision else None, "model": self.model}
        return {name: value for name, value in facts.items() if value}

    def without_list(self, text: str) -> str:
        """The text without the list of the sources, should it hold that; they are shown as cards instead."""
        listed = cards.listed(self.sources)
        if not listed or listed not in text:
            return text
        self.has_cards = True
        return text.replace(listed, "").strip()

    def links(self) -> dict[str, str]:
        """Where the numbers lead that sources are cited with: to their pages, or to their passages here."""
        found = {str(source.number): self._link(source) for source in self.sources}
        return {number: link for number, link in found.items() if link}

    def _link(self, source: Source) -> str:
        if is_link(source.url):
            return source.url
        return f"#{self._anchor}{source.number}" if source.passage.strip() else ""

    @property
    def _anchor(self) -> str:
        return f"source-{self.key}-"

    def props(self) -> dict[str, Any]:
        labels = {route.name: route.label for route in self.routes}
        return {
            "turn": self.turn_id,
            "outcome": self.outcome,
            "route": _route_props(self.decision, labels) if self.decision else None,
            "others": _others(self.decision, self.routes),
            "choices": _choices(self.choices, self.decision, self.routes),
            "note": {"id": self.note.correction_id, "label": labels.get(self.note.route, self.note.route)}
            if self.note
            else None,
            "learns": self.can_learn,
            "usage": _usage_props(self.usage) if self.usage else None,
            "sources": [_source_props(source) for source in self.sources],
            "cards": self.has_cards,
            "anchor": self._anchor,
            "offersAgain": self.offers_again,
            "reply": self.key,
            "speaks": self.has_words,
        }


def _route_props(decision: Decision, labels: Mapping[str, str]) -> dict[str, Any]:
    confidence = round(decision.confidence, 2)
    is_question = bool(decision.options)
    return {
        "name": decision.route,
        "label": labels.get(decision.route, decision.route) + (", thinking" if decision.is_thinking else ""),
        "confidence": confidence,
        "certainty": "unsure" if is_question else certainty(confidence),
        "question": is_question,
        "reason": decision.reason,
        "router": decision.router,
    }


def _others(decision: Decision | None, routes: Sequence[Route]) -> list[dict[str, Any]]:
    """Where else the message could go: the runners-up with their confidence, best first, then the rest."""
    confidences = _confidences(decision)
    if decision is not None and not decision.options:
        routes = [route for route in routes if route.name != decision.route]
    ranked = sorted(routes, key=lambda route: -confidences.get(route.name, 0))
    return [_other(route, confidences) for route in ranked]


def _choices(
    choices: Sequence[Choice], decision: Decision | None, routes: Sequence[Route]
) -> list[dict[str, Any]]:
    """The buttons of a question."""
    known, confidences = {route.name: route for route in routes}, _confidences(decision)
    offered = (known.get(choice.route, Route(choice.route, choice.label, "")) for choice in choices)
    return [
        _other(route, confidences) | {"label": choice.label}
        for route, choice in zip(offered, choices, strict=True)
    ]


def _other(route: Route, confidences: Mapping[str, float]) -> dict[str, Any]:
    return {
        "name": route.name,
        "label": route.label,
        "description": route.description,
        "confidence": confidences.get(route.name),
    }


def _confidences(decision: Decision | None) -> dict[str, float]:
    """What the routing thought of each route that it considered."""
    if decision is None:
        return {}
    others = {other.route: round(other.confidence, 2) for other in decision.alternatives}
    return {decision.route: round(decision.confidence, 2), **others}


def _usage_props(usage: Sequence[Usage]) -> dict[str, Any]:
    """One line for all calls of a reply. The cost is known only when it is known of each."""
    costs = [call.cost_usd for call in usage]
    known = [cost for cost in costs if cost is not None]
    return {
        "models": list(dict.fromkeys(call.model for call in usage)),
        "input": sum(call.input_tokens for call in usage),
        "output": sum(call.output_tokens for call in usage),
        "cost": sum(known) if len(known) == len(costs) else None,
        "estimated": any(call.is_estimated for call in usage),
    }


def _source_props(source: Source) -> dict[str, Any]:
    is_web = is_link(source.url)
    return {
        "number": source.number,
        "title": source.title or source.url,
        "site": source.site or (urlsplit(source.url).hostname if is_web else ""),
        "published": source.published,
        "url": source.url if is_web else None,
        "passage": source.passage[:_MOST_CHARACTERS],
    }


def is_link(url: str) -> bool:
    """Whether the page may link there: an address of another kind could run code in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
