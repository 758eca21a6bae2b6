"""A run asks for every message alone, and counts what noise changes."""

from __future__ import annotations

from dataclasses import dataclass

from bench.routing_bench.contenders import Choice, run
from bench.routing_bench.items import item_of
from vtai.core.turn import Turn


@dataclass
class Whisperer:
    """Takes what is in capitals for speech, and asks about what ends in a question mark."""

    name: str = "whisperer"
    states_confidence: bool = True

    async def choose(self, turn: Turn) -> Choice:
        if turn.text.endswith("?"):
            return Choice("text", 0.4, ("assistant", "speech"))
        return Choice("speech" if turn.text.isupper() else "text", 0.9)


ITEMS = (
    item_of('{"text": "hello there", "labels": ["text"]}', "f:1"),
    item_of('{"text": "HELLO", "labels": ["speech"], "slice": "loud", "lang": "fr"}', "f:2"),
    item_of('{"text": "hello?", "labels": ["speech"]}', "f:3"),
)


async def test_each_message_is_judged_in_its_slice_and_language() -> None:
    found = await run(Whisperer(), ITEMS)
    assert [one.is_right for one in found.judged] == [True, True, False]
    assert (found.judged[1].slice, found.judged[1].language) == ("loud", "fr")
    assert found.judged[2].options == ("assistant", "speech")
    assert len(found.milliseconds) == 3


async def test_flips_are_counted_among_the_messages_that_noise_altered() -> None:
    flips = (await run(Whisperer(), ITEMS)).flips
    upper, lower = flips["upper case"], flips["lower case"]
    # "hello there" goes to speech; "HELLO?" still is a question.
    assert (upper.altered, upper.flipped, upper.accuracy) == (2, 0.5, 0.0)
    assert (lower.altered, lower.flipped, lower.accuracy) == (1, 1.0, 0.0)
