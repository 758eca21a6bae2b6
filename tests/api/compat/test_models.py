"""What can be named, and texts as vectors."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

import pytest

from tests import fakes
from tests.api.compat.conftest import client_of
from vtai.core.errors import RateLimited

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig


async def test_routes_and_models_are_listed(client: AsyncOpenAI) -> None:
    listed = {model.id: model async for model in await client.models.list()}
    assert {"auto", "auto/text", "auto/web-search", "able", "plain", "hearing"} <= listed.keys()
    assert listed["able"].owned_by == "fake"
    assert "embedding" in listed["able"].vtai["capabilities"]  # type: ignore[attr-defined]


async def test_one_model_is_told_by_any_of_its_names(client: AsyncOpenAI) -> None:
    import openai

    assert (await client.models.retrieve("auto/vision")).id == "auto/vision"
    assert (await client.models.retrieve("able-1")).id == "able"
    with pytest.raises(openai.NotFoundError, match="Try one of"):
        await client.models.retrieve("nobody")


@pytest.mark.parametrize("model", ["auto", "able"])
async def test_texts_become_vectors_in_their_order(client: AsyncOpenAI, rig: Rig, model: str) -> None:
    answer = await client.embeddings.create(model=model, input=["a", "bbb"], dimensions=2)
    assert [(item.index, item.embedding) for item in answer.data] == [(0, [1.0, 0.5]), (1, [3.0, 0.5])]
    assert (answer.usage.prompt_tokens, answer.model) == (7, "able-1")
    [request] = rig.embeddings.requests
    assert (request.model.name, request.dimensions) == ("able", 2)
    [spent] = rig.spent
    assert (spent.route, spent.model, spent.cost_usd, spent.door) == ("embedding", "able-1", 0.001, "openai")


async def test_vectors_come_as_numbers_or_as_bytes(client: AsyncOpenAI) -> None:
    plain = await client.embeddings.create(model="auto", input="abc", encoding_format="float")
    assert plain.data[0].embedding == [3.0, 0.5]
    packed: Any = await client.embeddings.create(model="auto", input="abc", encoding_format="base64")
    assert struct.unpack("<2f", base64.b64decode(packed.data[0].embedding)) == (3.0, 0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param([[1, 2]], "no tokens", id="tokens"),
        pytest.param([1, 2], "no tokens", id="one text of tokens"),
        pytest.param([], "empty", id="none"),
        pytest.param(["a", ""], "empty", id="an empty one"),
        pytest.param(["a"] * 2_049, "too many", id="too many"),
    ],
)
async def test_what_is_no_text_is_refused(client: AsyncOpenAI, given: Any, words: str) -> None:
    import openai

    with pytest.raises(openai.BadRequestError, match=words):
        await client.embeddings.create(model="auto", input=given)


async def test_failures_of_the_vendor_are_told_apart(client: AsyncOpenAI, rig: Rig) -> None:
    import openai

    rig.embeddings.failure = RateLimited("Too many.", "Wait.", 2.0)
    with pytest.raises(openai.RateLimitError):
        await client.embeddings.create(model="auto", input="a")
    with pytest.raises(openai.BadRequestError, match="plain cannot turn texts into vectors"):
        await client.embeddings.create(model="plain", input="a")


async def test_without_a_model_the_keys_are_named_that_would_give_one(rig: Rig) -> None:
    import openai

    rig.catalogue = fakes.FakeCatalogue((fakes.model("plain", can=frozenset({"chat"})),))
    async with client_of(rig) as client:
        with pytest.raises(openai.NotFoundError, match="OPENAI_API_KEY"):
            await client.embeddings.create(model="auto", input="a")
