"""What programs ask for is counted and limited like what people ask for on the page, by whatever address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.compat.conftest import client_of, hello
from vtai.core.events import TextDelta
from vtai.limiting.limiter import Limiter
from vtai.limiting.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig


class MemoryCounters:
    """Counters that live as long as the test."""

    def __init__(self) -> None:
        self._amounts: Counter[str] = Counter()

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        self._amounts.update(amounts)
        return {key: self._amounts[key] for key in amounts}

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        return {key: self._amounts[key] for key in keys}


def limiter(**rule: Any) -> Limiter:
    fields = {"for": "each person", "most": 1, "what": "requests", "per": "month", **rule}
    return Limiter((Rule.model_validate(fields),), MemoryCounters())


WAYS: dict[str, Callable[[AsyncOpenAI], Awaitable[object]]] = {
    "routed": lambda client: client.chat.completions.create(model="auto", messages=hello()),
    "by name": lambda client: client.chat.completions.create(model="able", messages=hello()),
    "streamed": lambda client: client.chat.completions.create(model="able", messages=hello(), stream=True),
    "vectors": lambda client: client.embeddings.create(model="auto", input="a"),
    "speech": lambda client: client.audio.speech.create(
        model="auto", voice="v", input="Hi.", response_format="wav"
    ),
    "recordings": lambda client: client.audio.transcriptions.create(model="auto", file=("a.wav", b"RIFFx")),
    "pictures": lambda client: client.images.generate(prompt="a cat"),
}


@pytest.mark.parametrize("ask", WAYS.values(), ids=WAYS)
async def test_a_limit_holds_on_every_way(rig: Rig, ask: Callable[[AsyncOpenAI], Awaitable[object]]) -> None:
    import openai

    async with client_of(rig, rig.app(limiter=limiter())) as client:
        await client.chat.completions.create(model="able", messages=hello())
        with pytest.raises(openai.RateLimitError, match="limit of 1 messages a month") as caught:
            await ask(client)
        assert int(caught.value.response.headers["retry-after"]) > 0
    assert [spent.outcome for spent in rig.spent] == ["answered", "failed"]
    assert {spent.door for spent in rig.spent} == {"openai"}


async def test_over_a_limit_the_rules_other_model_answers_for_the_named_one(rig: Rig) -> None:
    app = rig.app(limiter=limiter(then="downgrade", to="plain"))
    async with client_of(rig, app) as client:
        for _ in range(2):
            answer = await client.chat.completions.create(model="able", messages=hello())
    assert [request.model.name for request in rig.models.requests] == ["able", "plain"]
    assert any("plain answers" in text for text in answer.vtai["notices"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", ["auto", "able"])
async def test_a_server_that_stops_takes_nothing_new(rig: Rig, model: str) -> None:
    import openai

    app = rig.app()
    async with client_of(rig, app) as client:
        app.chat.drain()
        with pytest.raises(openai.InternalServerError, match="is stopping") as caught:
            await client.chat.completions.create(model=model, messages=hello())
    assert caught.value.status_code == 503


async def test_a_server_that_stops_ends_direct_answers_too(rig: Rig) -> None:
    import openai

    app = rig.app()
    rig.models.scripts = [[TextDelta("One"), 0.3, TextDelta("Two"), 600.0]]
    async with client_of(rig, app) as client:
        stream = await client.chat.completions.create(model="able", messages=hello(), stream=True)

        async def read() -> None:
            async for _ in stream:
                app.chat.cut()

        with pytest.raises(openai.APIError, match="was stopped while it answered"):
            async with asyncio.timeout(60):
                await read()
