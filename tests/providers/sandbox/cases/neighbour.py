"""Another session on the same server, which must feel nothing of the attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.providers.sandbox.cases.case import Outcome

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World


def a_neighbour(world: World) -> Mapping[str, Any]:
    assert world.run("neighbour", "kept = 41").status == "ok"
    return {}


def is_well(world: World, outcomes: list[Outcome]) -> None:
    outcome = world.run("neighbour", "print(kept + 1)")
    assert (outcome.status, outcome.state, outcome.stdout.strip()) == ("ok", "kept", "42")


BESIDE: dict[str, Any] = {"plant": a_neighbour, "after": lambda world: world.end("neighbour")}
