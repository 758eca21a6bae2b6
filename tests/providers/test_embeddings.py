"""Texts as vectors at vendors: the OpenAI wire, and LiteLLM over the same end point."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from tests.providers.loopback import Asked, Loopback, Reply, as_json
from tests.providers.wires import LITELLM
from vtai.core.errors import (
    BadKey,
    ContextTooLong,
    MissingKey,
    NotConfigured,
    ProviderError,
    RateLimited,
    Unreachable,
    VendorDown,
)
from vtai.core.ports import EmbeddingRequest, Model
from vtai.providers.embeddings import VendorEmbeddings
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.http_client import HttpClient
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.model_file import VendorEntry

MODEL = Model("vectors", "vec-1", "stand-in", frozenset({"embedding"}), 8_000, input_price=2.0)
USAGE = {"prompt_tokens": 500_000, "total_tokens": 500_000}


@dataclass
class Vendors:
    """One vendor at an address."""

    url: str
    wire: str = "openai"
    key: SecretStr | None = field(default_factory=lambda: SecretStr("sk-made-up-key"))

    @property
    def vendors(self) -> Mapping[str, VendorEntry]:
        return {"stand-in": VendorEntry(wire=self.wire, base_url=self.url, key_variable="STAND_IN_KEY")}

    def endpoint(self, model: Model) -> Endpoint:
        return Endpoint("stand-in", "Stand-in", f"{self.url}/v1", self.key, litellm_model="openai/vec-1")


def vectors(asked: Asked) -> Reply:
    """One vector a text, the last first, which is why each has a number."""
    texts = asked.json["input"]
    data = [
        {"object": "embedding", "index": n, "embedding": [float(len(text)), 0.5]}
        for n, text in enumerate(texts)
    ]
    return as_json({"object": "list", "data": data[::-1], "model": "vec-1", "usage": USAGE})


@pytest.fixture
async def server() -> AsyncGenerator[Loopback, None]:
    async with Loopback({"/v1/embeddings": vectors}) as running:
        yield running


@pytest.fixture
async def library() -> AsyncGenerator[LiteLLMLibrary, None]:
    library = LiteLLMLibrary()
    yield library
    await library.aclose()


@pytest.fixture
async def http() -> AsyncGenerator[HttpClient, None]:
    client = HttpClient()
    yield client
    await client.aclose()


def embeddings(vendors: Vendors, http: HttpClient, library: LiteLLMLibrary) -> VendorEmbeddings:
    return VendorEmbeddings(vendors, Timeouts(), http, library)


WIRES = [pytest.param("openai", id="lean"), pytest.param("litellm", id="litellm", marks=LITELLM)]


@pytest.mark.parametrize("wire", WIRES)
async def test_vectors_come_in_the_order_of_the_texts_with_their_cost(
    server: Loopback, http: HttpClient, library: LiteLLMLibrary, wire: str
) -> None:
    ours = embeddings(Vendors(server.url, wire), http, library)
    found = await ours.embed(EmbeddingRequest(MODEL, ("a", "bbb"), 2))
    assert found.vectors == ((1.0, 0.5), (3.0, 0.5))
    assert (found.usage.model, found.usage.input_tokens, found.usage.cost_usd) == ("vec-1", 500_000, 1.0)
    [asked] = server.asked
    assert (asked.json["model"], asked.json["input"], asked.json["dimensions"]) == ("vec-1", ["a", "bbb"], 2)
    assert asked.headers["authorization"] == "Bearer sk-made-up-key"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "invalid_api_key", BadKey),
        (429, "rate_limit_exceeded", RateLimited),
        (400, "context_length_exceeded", ContextTooLong),
        (503, "overloaded", VendorDown),
    ],
)
async def test_what_the_vendor_refuses_is_told_apart(
    server: Loopback,
    http: HttpClient,
    library: LiteLLMLibrary,
    wire: str,
    status: int,
    code: str,
    expected: type[ProviderError],
) -> None:
    server.answers["/v1/embeddings"] = lambda _: as_json({"error": {"message": "No.", "code": code}}, status)
    with pytest.raises(expected):
        await embeddings(Vendors(server.url, wire), http, library).embed(EmbeddingRequest(MODEL, ("a",)))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"data": []}, id="too few"),
        pytest.param({"data": [{"embedding": "AAAA"}]}, id="bytes"),
        pytest.param({"data": [{"embedding": []}]}, id="empty"),
        pytest.param({"data": [{"embedding": [1.0], "index": 4}]}, id="another text's"),
        pytest.param({"data": [7]}, id="a number"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_the_vendors_failure(
    server: Loopback, http: HttpClient, library: LiteLLMLibrary, answer: dict[str, Any]
) -> None:
    server.answers["/v1/embeddings"] = lambda _: as_json(answer)
    with pytest.raises(VendorDown):
        await embeddings(Vendors(server.url), http, library).embed(EmbeddingRequest(MODEL, ("a",)))


async def test_tokens_that_nobody_counted_are_estimated(
    server: Loopback, http: HttpClient, library: LiteLLMLibrary
) -> None:
    server.answers["/v1/embeddings"] = lambda _: as_json({"data": [{"embedding": [1.0]}]})
    ours = embeddings(Vendors(server.url), http, library)
    found = await ours.embed(EmbeddingRequest(MODEL, ("some words",)))
    assert found.usage.is_estimated
    assert found.usage.input_tokens > 0


async def test_what_cannot_be_asked_is_told_before(http: HttpClient, library: LiteLLMLibrary) -> None:
    nowhere = "http://127.0.0.1:9"
    request = EmbeddingRequest(MODEL, ("a",))
    with pytest.raises(MissingKey):
        await embeddings(Vendors(nowhere, key=None), http, library).embed(request)
    with pytest.raises(NotConfigured):
        await embeddings(Vendors(nowhere, "embedded"), http, library).embed(request)
    with pytest.raises(Unreachable):
        await embeddings(Vendors(nowhere), http, library).embed(request)
