"""What a route is, and what a decision for one says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT: Final = "text"
VISION: Final = "vision"
IMAGE_GENERATION: Final = "image-generation"
SPEECH: Final = "speech"
WEB_SEARCH: Final = "web-search"
ASSISTANT: Final = "assistant"


@dataclass(frozen=True, slots=True)
class Route:
    """A capability that a message can be sent to. `label` and `description` are for people."""

    name: str
    label: str
    description: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """A route that was considered, with its confidence in 0..1."""

    route: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen route, how sure (0..1), why in words for people, and the runners-up, best first.

    `router` names who decided. `is_thinking` marks a text turn that is to reason before it answers. With
    `options` it is a question: these routes are offered, best first, and nothing runs before one is chosen.
    """

    route: str
    confidence: float
    reason: str
    router: str
    alternatives: tuple[Alternative, ...] = ()
    is_thinking: bool = False
    elapsed_ms: float = 0.0
    options: tuple[str, ...] = ()
