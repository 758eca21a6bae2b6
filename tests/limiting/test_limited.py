"""A chat with limits, from outside: who may go on, who is told what, who gets another model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from tests import fakes
from vtai.chat import Chat
from vtai.core.errors import StorageUnavailable
from vtai.core.events import Event, Failed, Notice, RouteChosen, TextDelta, Usage
from vtai.core.ports import ModelEvent, ModelRequest, Services
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.limiting.limited import LimitedChat
from vtai.limiting.limiter import Limiter
from vtai.limiting.models import LimitedModels
from vtai.limiting.rules import Rule
from vtai.storage.counters import SqlCounters
from vtai.storage.database import Database

CATALOGUE = fakes.FakeCatalogue(
    (
        fakes.model("large", input_price=1.0, output_price=1.0),
        fakes.model("small", can=frozenset({"chat", "vision"})),
    )
)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Handler:
    """Answers with the model that the turn prefers, at a fixed price."""

    def __init__(self, name: str = "text") -> None:
        self.route = Route(name, name, "")
        self.gate = asyncio.Event()
        self.gate.set()

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncIterator[Event]:
        await self.gate.wait()
        yield TextDelta(turn.preferences.models.get("chat", "large"))
        if turn.text != "unfinished":
            yield Usage("large", 50, 50, 0.25)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(None, tmp_path)
    await made.open()
    yield made
    await made.aclose()


def rule(**more: object) -> Rule:
    common = {"for": "each person", "most": 2, "what": "requests", "per": "day"}
    return Rule.model_validate(common | more)


def chat(
    database: Database, *rules: Rule, handler: Handler | None = None, clock: Clock | None = None
) -> LimitedChat:
    handlers = [handler or Handler(), Handler("image-generation")]
    heart = Chat([], handlers, fakes.services())
    return LimitedChat(heart, Limiter(rules, SqlCounters(database), clock or Clock()), CATALOGUE)


async def replies(limited: LimitedChat, *turns: Turn) -> list[Sequence[Event]]:
    return [await fakes.events_of(limited.reply(turn)) for turn in turns]


def texts(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def failure(events: Sequence[Event]) -> Failed | None:
    return next((event for event in events if isinstance(event, Failed)), None)


def notices(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_within_a_limit_nothing_changes(database: Database) -> None:
    (events,) = await replies(chat(database, rule(most=100)), Turn("Hi"))
    assert [type(event) for event in events] == [RouteChosen, TextDelta, Usage]


async def test_a_limit_of_messages_stops_and_says_when_there_is_room_again(database: Database) -> None:
    limited = chat(database, rule())
    *_, third = await replies(limited, Turn("1"), Turn("2"), Turn("3"))
    stopped = failure(third)
    assert stopped is not None
    assert stopped.message == "The limit of 2 messages a day is reached."
    assert "There is room again in" in stopped.hint
    assert texts(third) == ""


async def test_each_person_is_counted_apart_and_together_all_are_one(database: Database) -> None:
    apart = chat(database, rule(most=1))
    assert [
        failure(events) for events in await replies(apart, Turn("1", person="ann"), Turn("1", person="bob"))
    ] == [None, None]
    together = chat(database, rule(most=1, **{"for": "everybody together"}))
    first, second = await replies(together, Turn("1", person="ann"), Turn("1", person="bob"))
    assert failure(first) is None
    assert failure(second) is not None


@pytest.mark.parametrize(
    ("whom", "turn"),
    [
        pytest.param("person ann", Turn("1", person="x1", person_name="ann"), id="person"),
        pytest.param("group students", Turn("1", group="students"), id="group"),
        pytest.param("key k1", Turn("1", key="k1"), id="key"),
        pytest.param("guests", Turn("1", is_guest=True), id="guests"),
    ],
)
async def test_a_rule_for_somebody_is_for_nobody_else(database: Database, whom: str, turn: Turn) -> None:
    limited = chat(database, rule(most=1, **{"for": whom}))
    _, second, other = await replies(limited, turn, turn, Turn("1", person="eve"))
    assert failure(second) is not None
    assert failure(other) is None


async def test_the_day_after_there_is_room_again(database: Database) -> None:
    clock = Clock()
    limited = chat(database, rule(most=1), clock=clock)
    assert failure((await replies(limited, Turn("1"), Turn("2")))[1]) is not None
    clock.now += 86_400
    assert failure((await replies(limited, Turn("3")))[0]) is None


async def test_a_minute_slides(database: Database) -> None:
    clock = Clock()
    clock.now -= clock.now % 60
    limited = chat(database, rule(most=2, per="minute"), clock=clock)
    await replies(limited, Turn("1"), Turn("2"))
    clock.now += 61
    assert failure((await replies(limited, Turn("3")))[0]) is not None
    clock.now += 58
    assert failure((await replies(limited, Turn("4")))[0]) is None


async def test_money_and_tokens_count_as_they_were_told(database: Database) -> None:
    for what, most in (("usd", 0.4), ("tokens", 750)):
        limited = chat(database, rule(what=what, most=most, **{"for": "everybody together"}))
        first, second, third = await replies(limited, Turn("1"), Turn("2"), Turn("3"))
        assert failure(first) is failure(second) is None, what
        assert failure(third) is not None, what


async def test_a_broken_off_answer_counts_by_its_length(database: Database) -> None:
    limited = chat(database, rule(what="tokens", most=605))
    async with aclosing(limited.reply(Turn("unfinished"))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert failure((await replies(limited, Turn("Hi")))[0]) is None
    assert failure((await replies(limited, Turn("Hi")))[0]) is not None


async def test_many_at_once_do_not_all_get_past_a_limit(database: Database) -> None:
    handler = Handler()
    handler.gate.clear()
    limited = chat(database, rule(most=3), handler=handler)
    tasks = [asyncio.create_task(fakes.events_of(limited.reply(Turn("1")))) for _ in range(10)]
    handler.gate.set()
    assert sum(failure(events) is None for events in await asyncio.gather(*tasks)) == 3


async def test_who_gets_near_a_limit_is_told_once(database: Database) -> None:
    limited = chat(database, rule(most=5, warn_at=0.6))
    told = [notices(events) for events in await replies(limited, *(Turn(str(n)) for n in range(5)))]
    assert told == [[], [], ["Of the limit of 5 messages a day, 2 are left."], [], []]


async def test_over_a_limit_a_cheaper_model_answers_where_the_rule_says_so(database: Database) -> None:
    limited = chat(database, rule(most=1, then="downgrade", to="small"))
    first, second = await replies(limited, Turn("1"), Turn("2"))
    assert texts(first) == "large"
    assert texts(second) == "small"
    assert "small answers for" in notices(second)[0]


async def test_a_limit_for_a_route_counts_nothing_else(database: Database) -> None:
    limited = chat(database, rule(most=1, route="image-generation"))
    picture = Turn("draw", route="image-generation")
    first, text, second = await replies(limited, picture, Turn("Hi"), picture)
    assert failure(first) is failure(text) is None
    assert failure(second) is not None
    assert isinstance(second[0], RouteChosen)
    assert texts(second) == ""


async def test_a_route_that_another_model_cannot_serve_stops(database: Database) -> None:
    limited = chat(database, rule(most=1, route="image-generation", then="downgrade", to="small"))
    picture = Turn("draw", route="image-generation")
    _, second = await replies(limited, picture, picture)
    stopped = failure(second)
    assert stopped is not None
    assert "image-generation" in stopped.message


async def test_a_limit_for_a_route_can_give_another_model(database: Database) -> None:
    limited = chat(database, rule(most=1, route="text", then="downgrade", to="small"))
    _, second = await replies(limited, Turn("1"), Turn("2"))
    assert [type(event) for event in second] == [RouteChosen, Notice, TextDelta, Usage]
    assert texts(second) == "small"


async def test_limits_hold_across_processes_on_one_database(database: Database, tmp_path: Path) -> None:
    other = Database(None, tmp_path)
    await other.open()
    await replies(chat(database, rule()), Turn("1"))
    await replies(chat(other, rule()), Turn("2"))
    assert failure((await replies(chat(database, rule()), Turn("3")))[0]) is not None
    await other.aclose()


async def test_where_nobody_can_count_nobody_gets_in(database: Database) -> None:
    class Broken:
        async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
            raise StorageUnavailable("The store is busy.", "Try again.")

        async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
            return {}

    limited = LimitedChat(Chat([], [Handler()], fakes.services()), Limiter([rule()], Broken()), CATALOGUE)
    assert failure((await replies(limited, Turn("1")))[0]) == Failed("The store is busy.", "Try again.")


async def test_a_limit_for_a_model_counts_each_of_its_calls(database: Database) -> None:
    class Model:
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            yield TextDelta(request.model.name)
            yield Usage(request.model.name, 10, 10, 0.1)

    limiter = Limiter(
        [rule(most=1, model="large", then="downgrade", to="small")], SqlCounters(database), Clock()
    )
    models = LimitedModels(Model(), limiter, CATALOGUE)
    request = ModelRequest(CATALOGUE.models[0], ())
    assert [texts([event async for event in models.stream(request)]) for _ in "12"] == ["large", "small"]  # type: ignore[list-item]
