"""What people teach the routing by their clicks: learned, shown, and exported. Knows nothing of Chainlit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtai.core.ports import Correction, Learning
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.routing.cues import is_think_marked

if TYPE_CHECKING:
    from vtai.ui.session import Exchange, Visit

# Enough of a message to know it again; the export has all of it.
_MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Note:
    """What was learned just now, to be said under the reply. `route` is where such messages go."""

    correction_id: str
    route: str


def expected(decision: Decision) -> str:
    """The route that the routing took, or would have taken had it not asked."""
    return decision.options[0] if decision.options else decision.route


async def correct(learning: Learning, visit: Visit, exchange: Exchange, route: str) -> Note | None:
    """Learns that the exchange's message belongs to `route`, where the routing thought otherwise.

    The last click counts: what an earlier one on the same message taught is taken back. None where there is
    nothing to learn, as for a message whose route the person chose in the first place.
    """
    if exchange.decision is None or not _can_be_taught(exchange.turn):
        return None
    if exchange.correction is not None:
        await learning.undo(visit.person, exchange.correction)
        exchange.correction = None
    if route == expected(exchange.decision):
        return None
    learned = await learning.learn(visit.turn_for(exchange), exchange.decision, route)
    exchange.correction = learned.id
    return Note(learned.id, route)


def _can_be_taught(turn: Turn) -> bool:
    """Whether a correction could ever count: where a mark decides, or nothing by itself, it would not."""
    return turn.preferences.routes_by_itself and bool(turn.text.strip()) and not is_think_marked(turn.text)


def listed(corrections: Sequence[Correction], person: str, routes: Sequence[Route]) -> dict[str, Any]:
    """The properties of `site/public/elements/Corrections.jsx`, the newest correction first."""
    labels = {route.name: route.label for route in routes}
    return {
        "corrections": [
            {
                "id": each.id,
                "text": _shortened(each.text),
                "context": _shortened(each.context),
                "wrong": labels.get(each.wrong, each.wrong),
                "right": labels.get(each.right, each.right),
                "at": each.at,
                "shared": each.is_shared,
                "own": each.person == person,
            }
            for each in reversed(corrections)
        ]
    }


def exported(corrections: Sequence[Correction]) -> str:
    """The corrections as JSON lines, whole."""
    return "".join(json.dumps(dataclasses.asdict(each), ensure_ascii=False) + "\n" for each in corrections)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
