"""One exchange with a realtime model: what the person said, and the vendor's answer to it. Values only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from vtai.core import routes
from vtai.core.events import Usage
from vtai.core.routes import Decision
from vtai.talking import words
from vtai.talking.playing import Player
from vtai.talking.stages import Stages

# What a model that only speaks can do; everything else is answered by VT.ai itself.
_ABLE: Final = frozenset({routes.TEXT, routes.SPEECH})


def is_able(decision: Decision) -> bool:
    """Whether a realtime model can serve this."""
    return decision.route in _ABLE and not decision.options


@dataclass(slots=True)
class Response:
    """The vendor's answer. Until it is released its sound is kept."""

    id: str
    item_id: str = ""
    is_done: bool = False
    text: str = ""
    sound: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Exchange:
    """`items` are what the person said, by the vendor's ids; None while it is not written down yet.

    `is_lost`: a part of it never will be. `is_released`: the vendor's answer is told and heard.
    `is_ours`: VT.ai answers instead. `spent` is what the vendor's answer cost, while that is not told.
    """

    stages: Stages
    items: dict[str, str | None] = field(default_factory=dict)
    response: Response | None = None
    deciding: asyncio.Task[None] | None = None
    is_lost: bool = False
    is_released: bool = False
    is_ours: bool = False
    player: Player | None = None
    task: asyncio.Task[None] | None = None
    spent: Usage | None = None

    @property
    def is_answered(self) -> bool:
        return self.is_released or self.is_ours

    @property
    def is_written_down(self) -> bool:
        return bool(self.items) and all(text is not None for text in self.items.values())

    @property
    def text(self) -> str:
        """What was said in all, without noise."""
        return " ".join(filter(None, (words.said(text or "") for text in self.items.values())))
