"""Chat: the first opinion wins, the handler answers, failures become presentable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeModels, FakeRouter, events_of, services
from vtai.chat import ROUTING, Chat
from vtai.core.errors import NotConfigured, VTError
from vtai.core.events import Choice, Choices, Event, Failed, Notice, RouteChosen, TextDelta, Usage
from vtai.core.ports import Services
from vtai.core.readiness import Readiness
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.handlers import HANDLERS


@dataclass
class FakeHandler:
    """Answers with a script: events, errors to raise, pauses in seconds."""

    name: str = "text"
    script: Sequence[Event | Exception | float] = (TextDelta("Hi"),)
    decisions: list[Decision] = field(default_factory=list)
    closed: int = 0

    @property
    def route(self) -> Route:
        return Route(self.name, self.name.title(), "For tests.")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncGenerator[Event, None]:
        self.decisions.append(decision)
        try:
            for step in self.script:
                match step:
                    case Exception():
                        raise step
                    case float():
                        await asyncio.sleep(step)
                    case _:
                        yield step
        finally:
            self.closed += 1


class BrokenRouter(FakeRouter):
    async def choose(self, turn: Turn) -> Decision | None:
        raise NotConfigured("No router.", "Set one up.")


def chosen(route: str, **more: object) -> FakeRouter:
    return FakeRouter(Decision(route, 0.8, "It looked so.", "fake", **more))  # type: ignore[arg-type]


def route_of(events: Sequence[Event]) -> Decision:
    return next(event.decision for event in events if isinstance(event, RouteChosen))


async def test_the_first_router_with_an_opinion_decides() -> None:
    routers = [FakeRouter(), chosen("vision"), chosen("speech")]
    vision = FakeHandler("vision")
    chat = Chat(routers, [FakeHandler(), vision, FakeHandler("speech")], services())
    events = await events_of(chat.reply(Turn("hi")))
    assert isinstance(events[0], RouteChosen)
    assert events[0].decision.route == "vision"
    assert events[0].decision.elapsed_ms > 0
    assert events[1:] == [TextDelta("Hi")]
    assert vision.decisions == [events[0].decision]
    assert [len(router.turns) for router in routers] == [1, 1, 0]


async def test_a_forced_route_asks_no_router() -> None:
    router = chosen("vision")
    chat = Chat([router], [FakeHandler(), FakeHandler("speech"), FakeHandler("vision")], services())
    decision = await chat.decide(Turn("hi", route="speech"))
    assert (decision.route, decision.confidence, decision.router) == ("speech", 1.0, "chosen")
    assert router.turns == []


@pytest.mark.parametrize(
    ("routers", "turn"),
    [
        pytest.param([FakeRouter()], Turn("hi"), id="no opinion"),
        pytest.param([], Turn("hi"), id="no router"),
        pytest.param([chosen("nope")], Turn("hi"), id="a route that nobody handles"),
        pytest.param([], Turn("hi", route="nope"), id="a forced route that nobody handles"),
    ],
)
async def test_otherwise_it_is_text(routers: list[FakeRouter], turn: Turn) -> None:
    text = FakeHandler()
    assert route_of(await events_of(Chat(routers, [text], services()).reply(turn))).route == "text"
    assert len(text.decisions) == 1


def test_the_routes_are_those_of_the_handlers() -> None:
    names = [route.name for route in Chat([], HANDLERS, services()).routes]
    assert names == [handler.route.name for handler in HANDLERS]


@pytest.mark.parametrize("where", ["router", "handler"])
async def test_a_known_error_is_the_last_event(where: str) -> None:
    error = NotConfigured("No router.", "Set one up.")
    routers = [BrokenRouter()] if where == "router" else []
    handler = FakeHandler(script=[TextDelta("Hi"), error])
    events = await events_of(Chat(routers, [handler], services()).reply(Turn("hi")))
    assert events[-1] == Failed("No router.", "Set one up.")
    assert len(events) == (1 if where == "router" else 3)


async def test_an_unexpected_error_becomes_a_reference_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler = FakeHandler(script=[TextDelta("Hi"), RuntimeError("key sk-123 at /home/ann")])
    events = await events_of(Chat([], [handler], services()).reply(Turn("my secret plan")))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.kind == "unexpected"
    assert failed.reference is not None
    assert failed.reference in failed.hint
    shown = failed.message + failed.hint
    assert not any(leak in shown for leak in ("sk-123", "ann", "RuntimeError", "secret plan"))
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == 1
    assert failed.reference in logged[0].getMessage()


async def test_one_line_is_logged_a_turn_without_what_was_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vtai.chat")
    handler = FakeHandler(script=[TextDelta("my answer"), Usage("gpt", 11, 22)])
    await events_of(Chat([chosen("text")], [handler], services()).reply(Turn("my question")))
    (line,) = [record.getMessage() for record in caplog.records]
    assert "route=text confidence=" in line
    assert "router=fake model=gpt" in line
    assert "tokens=11/22" in line
    assert "my" not in line


async def test_stopping_closes_the_handlers_stream_and_shows_nothing() -> None:
    handler = FakeHandler(script=[TextDelta("Hi"), 60.0])
    chat = Chat([], [handler], services())
    drawn: asyncio.Queue[Event] = asyncio.Queue()

    async def draw() -> None:
        async with aclosing(chat.reply(Turn("hi"))) as events:
            async for event in events:
                drawn.put_nowait(event)

    drawing = asyncio.create_task(draw())
    assert isinstance(await drawn.get(), RouteChosen)
    assert await drawn.get() == TextDelta("Hi")
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert handler.closed == 1
    assert drawn.empty()


async def test_stopping_reaches_the_model_through_the_real_handlers() -> None:
    models = FakeModels([[TextDelta("a"), 60.0]])
    async with aclosing(Chat([], HANDLERS, services(models=models)).reply(Turn("hi"))) as events:
        assert isinstance(await anext(events), RouteChosen)
        assert await anext(events) == TextDelta("a")
    assert models.closed == 1


async def test_a_message_that_comes_while_routing_loads_waits_and_says_so() -> None:
    readiness = Readiness((ROUTING,))
    router = chosen("text")
    replying = Chat([router], [FakeHandler()], services(), readiness).reply(Turn("hi"))
    first = await anext(replying)
    assert isinstance(first, Notice)
    assert first.key == "starting"
    second = asyncio.create_task(anext(replying))
    await asyncio.sleep(0)
    assert router.turns == []
    readiness.mark_ready(ROUTING)
    assert isinstance(await second, RouteChosen)
    assert await events_of(replying) == [TextDelta("Hi")]


async def test_routing_that_failed_to_load_is_said() -> None:
    readiness = Readiness((ROUTING,))
    replying = Chat([], [FakeHandler()], services(), readiness).reply(Turn("hi"))
    await anext(replying)
    readiness.mark_failed(ROUTING, VTError("No routing.", "Repair it."))
    assert await events_of(replying) == [Failed("No routing.", "Repair it.")]


async def test_a_message_that_comes_when_routing_is_ready_waits_for_nothing() -> None:
    readiness = Readiness((ROUTING,))
    readiness.mark_ready(ROUTING)
    events = await events_of(Chat([], [FakeHandler()], services(), readiness).reply(Turn("hi")))
    assert [type(event) for event in events] == [RouteChosen, TextDelta]


async def test_a_question_is_put_instead_of_a_guess_and_nothing_runs() -> None:
    models = FakeModels()
    asked = Decision(
        "text", 0.5, "It could be either.", "semantic", options=("image-generation", "text", "gone")
    )
    chat = Chat([FakeRouter(asked)], HANDLERS, services(models=models))
    events = await events_of(chat.reply(Turn("a fox in the rain")))
    assert events[1:] == [
        Choices("What is this to be?", (Choice("image-generation", "Image"), Choice("text", "Text")))
    ]
    assert models.requests == []
