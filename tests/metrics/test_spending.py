"""What a turn cost, and what failed, as it is handed on."""

from __future__ import annotations

from collections.abc import Sequence

from tests import fakes
from tests.metrics.test_measured import ScriptedHandler
from vtai.chat import Chat
from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta, Usage
from vtai.core.spending import Spent
from vtai.core.turn import Turn
from vtai.metrics import Incidents, MeasuredChat, Metrics


async def spent_by(turn: Turn, *script: Event | Exception) -> tuple[Sequence[Spent], Incidents]:
    spent: list[Spent] = []
    incidents = Incidents()
    heart = Chat([], [ScriptedHandler(script)], fakes.services())
    chat = MeasuredChat(heart, Metrics(), spent.append, incidents)
    await fakes.events_of(chat.reply(turn))
    return spent, incidents


async def test_a_turn_is_written_down_with_who_asked_and_all_its_calls() -> None:
    turn = Turn("Hi", person="ann", group="students", key="k1", door="api")
    usages = (
        Usage("small", 1, 2, 0.25),
        TextDelta("Hello."),
        Usage("large", 10, 20, 0.5),
        Usage("own", 1, 1),
    )
    (one,), _ = await spent_by(turn, *usages)
    assert (one.person, one.group, one.key, one.door, one.route) == ("ann", "students", "k1", "api", "text")
    assert (one.model, one.input_tokens, one.output_tokens, one.cost_usd) == ("own", 12, 23, 0.75)
    assert one.outcome == "answered"
    assert one.first_s is not None
    assert one.first_s <= one.seconds


async def test_what_nobody_has_a_price_for_costs_nothing_known() -> None:
    (one,), _ = await spent_by(Turn("Hi"), Usage("own", 1, 1))
    assert one.cost_usd is None


async def test_a_turn_that_fails_is_written_down_and_can_be_found_by_its_reference() -> None:
    (one,), incidents = await spent_by(Turn("Hi", person="ann"), ValueError("secret"))
    assert one.outcome == "unexpected"
    (incident,) = incidents.newest()
    assert (incident.person, incident.route) == ("ann", "text")
    assert len(incident.reference) == 8
    assert incidents.newest(incident.reference) == [incident]
    assert incidents.newest("00000000") == []
    assert "secret" not in repr(incident)


async def test_only_the_newest_failures_are_kept() -> None:
    incidents = Incidents(most=2)
    chat = MeasuredChat(
        Chat([], [ScriptedHandler((VTError("No.", "Try."),))], fakes.services()),
        Metrics(),
        incidents=incidents,
    )
    for person in ("ann", "bob", "eve"):
        await fakes.events_of(chat.reply(Turn("Hi", person=person)))
    assert [incident.person for incident in incidents.newest()] == ["eve", "bob"]
