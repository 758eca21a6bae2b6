"""Pictures are made and changed over both wires; options that a model does not take are left out."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.providers.catalogues import catalogue_of
from tests.providers.wires import KEY
from tests.standins.fast import FastServer
from tests.standins.script import PIXEL_PNG
from vtai.core import errors
from vtai.core.events import FileReady, Notice, Usage
from vtai.core.messages import Attachment
from vtai.core.ports import ImageRequest
from vtai.core.turn import ImageOptions
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.images import LiteLLMImages
from vtai.providers.litellm_library import LiteLLMLibrary

PIXEL = base64.b64decode(PIXEL_PNG)
OPTIONS = ImageOptions(size="1024x1024", quality="high", format="webp", compression=50, count=2)


@pytest.fixture
async def images() -> AsyncIterator[Callable[[TomlCatalogue], LiteLLMImages]]:
    made: list[LiteLLMImages] = []
    library = LiteLLMLibrary()

    def make(catalogue: TomlCatalogue) -> LiteLLMImages:
        made.append(LiteLLMImages(catalogue, library=library))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()
    await library.aclose()


Make = Callable[[TomlCatalogue], LiteLLMImages]


def openai(url: str) -> TomlCatalogue:
    return catalogue_of(
        {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY, "XAI_API_BASE": url, "XAI_API_KEY": KEY}
    )


async def made(
    client: LiteLLMImages, catalogue: TomlCatalogue, name: str = "gpt-image", **more: Any
) -> list[Any]:
    request = ImageRequest(catalogue.resolve(name), "A cat", **more)
    return [event async for event in client.generate(request)]


async def test_a_picture_comes_with_what_it_cost(images: Make, fast_vendor: FastServer) -> None:
    fast_vendor.script(usage={"input_tokens": 1_000_000, "output_tokens": 100_000})
    catalogue = openai(fast_vendor.url)
    events = await made(images(catalogue), catalogue, options=OPTIONS)
    assert events == [
        FileReady("picture-1.png", "image/png", PIXEL, "A cat"),
        Usage("gpt-image-2.5-flare", 1_000_000, 100_000, cost_usd=pytest.approx(8.0)),
    ]
    assert fast_vendor.requests[0].body == {
        "model": "gpt-image-2.5-flare",
        "prompt": "A cat",
        "size": "1024x1024",
        "quality": "high",
        "output_format": "webp",
        "output_compression": 50,
        "n": 2,
    }


async def test_options_that_a_model_does_not_take_are_left_out_and_told(
    images: Make, fast_vendor: FastServer
) -> None:
    catalogue = openai(fast_vendor.url)
    events = await made(images(catalogue), catalogue, "grok-image", options=OPTIONS)
    told = "grok-image does not take size, quality, format, compression; left out."
    assert events[0] == Notice("image-options", told)
    assert "size" not in fast_vendor.requests[0].body


async def test_pictures_to_change_are_sent_along(
    images: Make, fast_vendor: FastServer, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(PIXEL)
    cat = Attachment("cat.png", "image/png", tmp_path / "cat.png", len(PIXEL))
    catalogue = openai(fast_vendor.url)
    await made(images(catalogue), catalogue, images=(cat,))
    sent = fast_vendor.requests[0]
    assert sent.path.endswith("/images/edits")
    assert 'name="image[]"; filename="cat.png"' in sent.body
    assert PIXEL.decode("latin-1") in sent.body


async def test_a_url_is_fetched_only_from_where_it_is_safe(images: Make, fast_vendor: FastServer) -> None:
    catalogue = openai(fast_vendor.url)
    fast_vendor.script(images=("http://192.0.2.1/secret.png",))
    with pytest.raises(errors.BadRequest, match="not with a picture"):
        await made(images(catalogue), catalogue)


async def test_what_is_no_picture_is_not_shown(images: Make, fast_vendor: FastServer) -> None:
    catalogue = openai(fast_vendor.url)
    fast_vendor.script(images=(base64.b64encode(b"<svg onload=alert(1)>").decode(),))
    with pytest.raises(errors.BadRequest, match="not with a picture"):
        await made(images(catalogue), catalogue)


async def test_a_refusal_says_so(images: Make, fast_vendor: FastServer) -> None:
    catalogue = openai(fast_vendor.url)
    fast_vendor.script(status=400, error={"code": "moderation_blocked"})
    with pytest.raises(errors.ContentRefused):
        await made(images(catalogue), catalogue)


async def test_a_missing_key_is_named(images: Make) -> None:
    catalogue = catalogue_of({})
    with pytest.raises(errors.MissingKey) as refused:
        await made(images(catalogue), catalogue)
    assert "OPENAI_API_KEY" in refused.value.hint


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*")
async def test_a_picture_comes_from_a_vendor_of_its_own_kind(images: Make, fast_vendor: FastServer) -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": PIXEL_PNG}}
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 30}
    answer = {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}], "usageMetadata": usage}
    fast_vendor.script(raw=json.dumps(answer))
    catalogue = catalogue_of({"GEMINI_API_BASE": fast_vendor.url, "GEMINI_API_KEY": KEY})
    events = await made(images(catalogue), catalogue, "gemini-image")
    assert events[0] == FileReady("picture-1.png", "image/png", PIXEL, "A cat")
    assert "gemini-3.1-flash-image" in fast_vendor.requests[0].path
    assert fast_vendor.requests[0].headers["x-goog-api-key"] == KEY


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*")
async def test_a_refused_key_says_so(images: Make, fast_vendor: FastServer) -> None:
    fast_vendor.script(status=401, error={"message": f"Wrong key {KEY}"})
    catalogue = catalogue_of({"GEMINI_API_BASE": fast_vendor.url, "GEMINI_API_KEY": KEY})
    with pytest.raises(errors.BadKey) as refused:
        await made(images(catalogue), catalogue, "gemini-image")
    assert KEY not in refused.value.message
