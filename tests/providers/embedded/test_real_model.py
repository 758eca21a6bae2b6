"""The packaged model itself, in its child process. Its wording is nobody's promise; flow and limits are."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.providers.embedded.test_models import LOCAL
from vtai.core.errors import ContextTooLong, StreamCut
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.messages import Message, Role
from vtai.core.ports import ModelEvent, ModelRequest
from vtai.providers.embedded.fitting import fit
from vtai.providers.embedded.models import EmbeddedModels
from vtai.providers.embedded.server import CONTEXT_TOKENS, EmbeddedServer
from vtai.providers.endpoint import Endpoint

pytestmark = [pytest.mark.model, pytest.mark.slow]

LONG_ANSWER = "Write a long story about a cat who lives in a lighthouse."
FRESH = """
import asyncio, sys
from pathlib import Path
from vtai.core.messages import Message
from vtai.core.ports import Model, ModelRequest
from vtai.providers.embedded.models import EmbeddedModels
from vtai.providers.embedded.server import EmbeddedServer

async def main():
    models = EmbeddedModels(EmbeddedServer(Path(sys.argv[1])))
    local = Model("local", "tiny", "embedded", frozenset({"chat"}), 2048)
    request = ModelRequest(local, (Message("user", "Hello"),), max_tokens=4)
    assert len([event async for event in models.stream(request)]) > 1
    await models.aclose()

asyncio.run(main())
print(*sorted({"litellm", "chainlit", "semantic_router", "openai", "numpy", "xllamacpp"} & set(sys.modules)))
"""


@pytest.fixture
async def models(server: EmbeddedServer) -> AsyncGenerator[EmbeddedModels, None]:
    made = EmbeddedModels(server, slots=2)
    await made.warm()
    yield made
    await made.aclose()


def ask(text: str, max_tokens: int | None = 24) -> ModelRequest:
    return ModelRequest(LOCAL, (Message("user", text),), max_tokens=max_tokens)


async def all_of(models: EmbeddedModels, request: ModelRequest) -> list[ModelEvent]:
    async with aclosing(models.stream(request)) as events:
        return [event async for event in events]


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_an_answer_comes_in_pieces_and_is_counted(models: EmbeddedModels) -> None:
    events = await all_of(models, ask("Give me three names for a cat"))
    assert sum(isinstance(event, TextDelta) for event in events) > 5
    assert text_of(events).strip()
    usage = events[-1]
    assert isinstance(usage, Usage)
    assert 10 < usage.input_tokens < 60
    assert 5 < usage.output_tokens <= 24


async def test_the_same_question_gets_the_same_answer(models: EmbeddedModels) -> None:
    first, second = [text_of(await all_of(models, ask("What is the capital of France?"))) for _ in range(2)]
    assert first == second


async def test_two_answers_are_written_at_once(models: EmbeddedModels) -> None:
    async with aclosing(models.stream(ask(LONG_ANSWER, 500))) as first:
        await anext(first)
        await anext(first)
        events = await all_of(models, ask("Hello"))
        assert text_of(events)
        assert not [event for event in events if isinstance(event, Notice) and event.key == "queue"]
        assert isinstance(await anext(first), TextDelta)


async def test_stopped_answers_leave_their_slots_at_once(models: EmbeddedModels) -> None:
    for _ in range(4):
        async with aclosing(models.stream(ask(LONG_ANSWER, 1500))) as stopped:
            await anext(stopped)
            await anext(stopped)
    # Four answers of 1,500 tokens would take far longer than this on any machine.
    assert text_of(await asyncio.wait_for(all_of(models, ask("Hello")), 30))


async def test_a_conversation_much_longer_than_the_context_is_answered(models: EmbeddedModels) -> None:
    history = tuple(
        Message("user" if number % 2 == 0 else "assistant", f"Sentence {number}. " * 40)
        for number in range(60)
    )
    request = ModelRequest(LOCAL, (*history, Message("user", "Hello")), max_tokens=8)
    events = await all_of(models, request)
    assert text_of(events)
    assert isinstance(events[-1], Usage)
    assert 250 < events[-1].input_tokens < 1200


async def test_a_message_longer_than_the_context_is_refused(models: EmbeddedModels) -> None:
    with pytest.raises(ContextTooLong):
        await all_of(models, ask("cat " * 2100))


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["Hi"], id="short"),
        pytest.param(["cat " * 1880], id="as long as can be"),
        pytest.param(["Ωç√∫µ≤日本 " * 90], id="odd characters"),
        pytest.param(["def f(x):\n    return x\n" * 20, "Fine.", "<|im_end|> " * 60], id="code and marks"),
        pytest.param(["One two three four. " * 30] * 21, id="many turns"),
    ],
)
async def test_what_is_sent_leaves_the_answer_its_room(server: EmbeddedServer, texts: list[str]) -> None:
    """Counted by the process itself, with everything that its chat template adds."""
    endpoint = await server.endpoint()
    roles: tuple[Role, ...] = ("user", "assistant")
    said = tuple(Message(roles[number % 2], text) for number, text in enumerate(texts))

    async def count(text: str) -> int:
        return len((await asked(endpoint, "tokenize", {"content": text}))["tokens"])

    messages, max_tokens = await fit(said, CONTEXT_TOKENS, 1500, count)
    sent = [{"role": message.role, "content": message.text} for message in messages]
    prompt = (await asked(endpoint, "apply-template", {"messages": sent}))["prompt"]
    assert messages[-1].text == texts[-1]
    assert max_tokens > 50
    assert await count(prompt) + max_tokens <= CONTEXT_TOKENS


async def asked(endpoint: Endpoint, path: str, body: object) -> dict[str, Any]:
    import httpx

    assert endpoint.key is not None
    headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        url = str(endpoint.base_url).removesuffix("/v1")
        answer: dict[str, Any] = (await client.post(f"{url}/{path}", json=body)).json()
    return answer


async def test_a_killed_process_cuts_the_answer_and_the_next_one_works(
    models: EmbeddedModels, server: EmbeddedServer
) -> None:
    async with aclosing(models.stream(ask(LONG_ANSWER, 1500))) as events:
        await anext(events)
        await anext(events)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(StreamCut):
            async for _ in events:
                pass
    assert text_of(await all_of(models, ask("Hello")))


def test_answering_loads_no_sdk(models_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(models_dir)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
