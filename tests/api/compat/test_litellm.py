"""LiteLLM, as other programs use it, against the interface: unchanged, by `openai/` and `api_base`."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.compat.conftest import PICTURE, client_of, hello
from tests.api.compat.test_sound import RECORDING, Voice
from tests.providers.wires import LITELLM
from vtai.core.errors import ContextTooLong, RateLimited, StreamCut
from vtai.core.events import TextDelta, ThinkingDelta, Usage
from vtai.core.messages import ToolCall
from vtai.core.ports import ToolCallReady
from vtai.providers import pcm
from vtai.providers.litellm_library import LiteLLMLibrary

if TYPE_CHECKING:
    from tests.api.compat.conftest import Rig

pytestmark = list(LITELLM)


class LiteLLM:
    """LiteLLM's functions with the address filled in."""

    def __init__(self, module: Any, rig: Rig) -> None:
        self.module = module
        self._rig = rig

    async def ask(self, function: str, model: str = "auto", **more: Any) -> Any:
        about = {"api_base": self._rig.url, "api_key": "sk-test", "max_retries": 0}
        return await getattr(self.module, function)(model=f"openai/{model}", **about, **more)


@pytest.fixture
async def litellm(rig: Rig) -> AsyncIterator[LiteLLM]:
    library = LiteLLMLibrary()
    module = await library.get()
    rig.speech = Voice()
    async with client_of(rig):
        yield LiteLLM(module, rig)
        await library.aclose()


async def test_an_answer_whole(litellm: LiteLLM, rig: Rig) -> None:
    rig.models.scripts = [[ThinkingDelta("Hm."), TextDelta("Hi."), Usage("able-1", 3, 2)]]
    answer = await litellm.ask("acompletion", messages=hello())
    message = answer.choices[0].message
    assert (message.content, message.reasoning_content, answer.usage.total_tokens) == ("Hi.", "Hm.", 5)


async def test_an_answer_in_pieces(litellm: LiteLLM, rig: Rig) -> None:
    rig.models.scripts = [[TextDelta("Hel"), TextDelta("lo"), Usage("able-1", 3, 2)]]
    stream = await litellm.ask(
        "acompletion", messages=hello(), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello"
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == [
        "stop"
    ]
    assert chunks[-1].usage.total_tokens == 5


async def test_tools_and_pictures(litellm: LiteLLM, rig: Rig) -> None:
    rig.models.scripts = [[ToolCallReady(ToolCall("call_1", "look", "{}"))]]
    url = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    content = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": url}}]
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    answer = await litellm.ask(
        "acompletion", "able", messages=[{"role": "user", "content": content}], tools=[tool]
    )
    [call] = answer.choices[0].message.tool_calls
    assert (call.id, call.function.name, answer.choices[0].finish_reason) == ("call_1", "look", "tool_calls")
    assert rig.models.requests[0].messages[-1].image_urls == (url,)


async def test_failures_are_litellms_own(litellm: LiteLLM, rig: Rig) -> None:
    errors = litellm.module.exceptions
    rig.models.scripts = [
        [RateLimited("Too many.", "Wait.", 1.0)],
        [ContextTooLong("The conversation is too long.", "Cut it.")],
        [TextDelta("Half"), StreamCut("The answer broke off.", "Again.")],
    ]
    with pytest.raises(errors.RateLimitError):
        await litellm.ask("acompletion", "able", messages=hello())
    with pytest.raises(errors.BadRequestError):
        await litellm.ask("acompletion", "able", messages=hello())
    stream = await litellm.ask("acompletion", "able", messages=hello(), stream=True)
    with pytest.raises((errors.APIError, errors.MidStreamFallbackError), match="broke off"):
        [chunk async for chunk in stream]
    with pytest.raises(errors.NotFoundError):
        await litellm.ask("acompletion", "nobody", messages=hello())


async def test_vectors_pictures_speech_and_recordings(litellm: LiteLLM, rig: Rig) -> None:
    found = await litellm.ask("aembedding", input=["a", "bbb"])
    assert [item["embedding"] for item in found.data] == [[1.0, 0.5], [3.0, 0.5]]
    made = await litellm.ask("aimage_generation", prompt="a cat")
    assert made.data[0].b64_json == base64.b64encode(PICTURE[:8]).decode()
    heard = await litellm.ask("atranscription", "able", file=RECORDING)
    assert heard.text == "hello"
    spoken = await litellm.ask("aspeech", voice="alloy", input="Hi.", response_format="pcm")
    assert len(spoken.content) == 2 * pcm.RATE_HZ
