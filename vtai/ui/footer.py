"""The line under each reply: where the message went and why, what it cost, and the ways on from here.

Makes the properties of `site/public/elements/ReplyFooter.jsx`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from vtai.core.events import Choice, Source, Usage
from vtai.core.routes import Decision, Route

Outcome = Literal["working", "done", "stopped", "failed"]

_SURE, _FAIRLY_SURE = 0.85, 0.6


def certainty(confidence: float) -> str:
    """A confidence in 0..1 as a word for people."""
    if confidence >= _SURE:
        return "sure"
    return "fairly sure" if confidence >= _FAIRLY_SURE else "unsure"


@dataclass
class Footer:
    """What is known of a reply so far. `turn_id` is the message it answers."""

    turn_id: str
    routes: Sequence[Route]
    decision: Decision | None = None
    usage: list[Usage] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    choices: tuple[Choice, ...] = ()
    outcome: Outcome = "working"

    def links(self) -> dict[str, str]:
        """The addresses of the sources that may be linked, by the number they are cited with."""
        return {str(source.number): source.url for source in self.sources if _is_link(source.url)}

    def props(self) -> dict[str, Any]:
        labels = {route.name: route.label for route in self.routes}
        return {
            "turn": self.turn_id,
            "outcome": self.outcome,
            "route": _route_props(self.decision, labels) if self.decision else None,
            "others": [
                {"name": route.name, "label": route.label, "description": route.description}
                for route in self.routes
                if self.decision is None or route.name != self.decision.route
            ],
            "choices": [{"name": choice.route, "label": choice.label} for choice in self.choices],
            "usage": _usage_props(self.usage) if self.usage else None,
            "sources": [_source_props(source) for source in self.sources],
        }


def _route_props(decision: Decision, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": decision.route,
        "label": labels.get(decision.route, decision.route) + (", thinking" if decision.is_thinking else ""),
        "confidence": round(decision.confidence, 2),
        "certainty": certainty(decision.confidence),
        "reason": decision.reason,
        "router": decision.router,
        "alternatives": [
            {"label": labels.get(other.route, other.route), "confidence": round(other.confidence, 2)}
            for other in decision.alternatives[:3]
        ],
    }


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
    is_link = _is_link(source.url)
    return {
        "number": source.number,
        "title": source.title or source.url,
        "host": urlsplit(source.url).hostname if is_link else None,
        "url": source.url if is_link else None,
        "passage": source.passage,
    }


def _is_link(url: str) -> bool:
    """Whether the page may link there: an address of another kind could run code in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
