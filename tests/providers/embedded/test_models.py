"""Answering with the packaged model, its process replaced by a small one of the test's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest
from pydantic import SecretStr

from tests.providers.loopback import Asked, Loopback, Reply, as_json
from vtai.core.errors import Busy, ContextTooLong, NotConfigured, NotReady, StreamCut
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.messages import Message
from vtai.core.ports import Model, ModelEvent, ModelRequest, ToolSpec
from vtai.providers.embedded.models import NOTICE, EmbeddedModels
from vtai.providers.endpoint import Endpoint

LOCAL = Model("local", "tiny", "embedded", frozenset({"chat"}), 2048, is_embedded=True)


@dataclass
class FakeServer:
    """A process that is there already, or that has an error to tell."""

    url: str = ""
    error: NotConfigured | None = None
    closed: int = 0

    def start(self) -> None: ...

    async def endpoint(self, failed: Endpoint | None = None) -> Endpoint:
        if self.error:
            raise self.error
        return Endpoint("embedded", "The built-in model", self.url + "/v1", SecretStr("made-up"))

    async def aclose(self) -> None:
        self.closed += 1


@dataclass
class Child:
    """What the process answers: one word a token, `Hello there.`, each answer when `go` is set."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    cuts: bool = False

    def answers(self) -> Loopback:
        return Loopback({"/tokenize": self.tokenize, "/v1/chat/completions": self.chat})

    def tokenize(self, asked: Asked) -> Reply:
        assert asked.headers["authorization"] == "Bearer made-up"
        return as_json({"tokens": asked.json["content"].split()})

    def chat(self, asked: Asked) -> Reply:
        return Reply(media_type="text/event-stream", pieces=self.pieces())

    async def pieces(self) -> AsyncIterator[bytes]:
        yield event({"choices": [{"index": 0, "delta": {"content": "Hello"}}]})
        await self.go.wait()
        if self.cuts:
            raise ConnectionError
        yield event({"choices": [{"index": 0, "delta": {"content": " there."}, "finish_reason": "stop"}]})
        yield event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
        yield b"data: [DONE]\n\n"


def event(chunk: object) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def ask(text: str = "Hello") -> ModelRequest:
    return ModelRequest(LOCAL, (Message("system", "long " * 900), Message("user", text)))


@pytest.fixture
def child() -> Child:
    return Child()


@pytest.fixture
async def running(child: Child) -> AsyncGenerator[Loopback, None]:
    async with child.answers() as server:
        yield server


@pytest.fixture
async def models(running: Loopback) -> AsyncGenerator[EmbeddedModels, None]:
    made = EmbeddedModels(FakeServer(running.url), slots=1, max_waiting=2)
    yield made
    await made.aclose()


async def all_of(stream: AsyncGenerator[ModelEvent, None]) -> list[ModelEvent]:
    async with aclosing(stream) as events:
        return [event async for event in events]


async def test_an_answer_says_once_what_wrote_it_then_streams(models: EmbeddedModels, child: Child) -> None:
    child.go.set()
    assert await all_of(models.stream(ask())) == [
        Notice("embedded", NOTICE),
        TextDelta("Hello"),
        TextDelta(" there."),
        Usage("tiny", 9, 3, cost_usd=0.0),
    ]


async def test_the_first_piece_comes_before_the_last_is_written(models: EmbeddedModels, child: Child) -> None:
    async with aclosing(models.stream(ask())) as events:
        assert [await anext(events), await anext(events)][1] == TextDelta("Hello")
        assert not child.go.is_set()


async def test_what_is_sent_fits_a_small_model(
    models: EmbeddedModels, running: Loopback, child: Child
) -> None:
    child.go.set()
    tool = ToolSpec("clock", "The time.", {"type": "object"})
    await all_of(models.stream(replace(ask(), tools=(tool,), effort="high", temperature=0.0)))
    body = running.asked[-1].json
    assert body["messages"] == [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "Hello"},
    ]
    assert body["max_tokens"] == 512
    assert body["temperature"] == 0.0
    assert not body.keys() & {"tools", "reasoning_effort"}


async def test_waiting_turns_see_their_place_and_move_up(models: EmbeddedModels, child: Child) -> None:
    async with aclosing(models.stream(ask())) as first:
        await anext(first)
        waiting = [models.stream(ask(text)) for text in ("second", "third")]
        seen = [await anext(turn) for turn in waiting]
        assert seen == [
            Notice("queue", "1 answer is ahead of yours."),
            Notice("queue", "2 answers are ahead of yours."),
        ]
        with pytest.raises(Busy):
            await all_of(models.stream(ask("fourth")))
        await waiting[0].aclose()
        assert await anext(waiting[1]) == Notice("queue", "1 answer is ahead of yours.")
    child.go.set()
    assert [type(event) for event in await all_of(waiting[1])] == [Notice, TextDelta, TextDelta, Usage]


async def test_stopping_an_answer_lets_the_next_one_begin(models: EmbeddedModels, child: Child) -> None:
    async with aclosing(models.stream(ask())) as stopped:
        await anext(stopped)
        await anext(stopped)
    async with aclosing(models.stream(ask())) as following:
        assert await anext(following) == Notice("embedded", NOTICE)
        assert await anext(following) == TextDelta("Hello")


async def test_a_cancelled_turn_leaves_the_line(models: EmbeddedModels) -> None:
    async with aclosing(models.stream(ask())) as first:
        await anext(first)
        waiting = asyncio.create_task(all_of(models.stream(ask())))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with aclosing(models.stream(ask())) as following:
        assert await anext(following) == Notice("embedded", NOTICE)


async def test_a_message_that_is_too_long_never_reaches_the_model(
    models: EmbeddedModels, running: Loopback
) -> None:
    with pytest.raises(ContextTooLong, match="small built-in model") as caught:
        await all_of(models.stream(ask("word " * 2000)))
    assert "--api-key" in caught.value.hint
    assert not [asked for asked in running.asked if asked.path != "/tokenize"]


async def test_an_answer_that_breaks_off_is_a_cut_of_our_own(models: EmbeddedModels, child: Child) -> None:
    child.cuts = True
    child.go.set()
    with pytest.raises(StreamCut, match="built-in model stopped"):
        await all_of(models.stream(ask()))


async def test_a_process_that_is_gone_asks_for_patience() -> None:
    async with Loopback({}) as gone:
        pass
    models = EmbeddedModels(FakeServer(gone.url))
    with pytest.raises(NotReady, match="started again"):
        await all_of(models.stream(ask()))
    await models.aclose()


async def test_missing_weights_come_through_with_their_hint_when_asked_and_when_warming_up() -> None:
    error = NotConfigured("Not installed.", "vtai models fetch")
    models = EmbeddedModels(FakeServer(error=error))
    with pytest.raises(NotConfigured):
        await models.warm()
    with pytest.raises(NotConfigured):
        await all_of(models.stream(ask()))
    await models.aclose()


async def test_closing_ends_the_process() -> None:
    server = FakeServer()
    await EmbeddedModels(server).aclose()
    assert server.closed == 1
