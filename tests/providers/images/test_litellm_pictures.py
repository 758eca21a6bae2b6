"""Pictures of vendors with a wire format of their own: what reaches them, and what they refuse."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.providers.images.making import (
    CAT,
    DOG,
    MASK,
    attempt,
    details,
    encoded,
    files,
    gemini,
    made,
    notices,
    serve,
    shop,
)
from tests.providers.wires import KEY, LITELLM
from tests.standins.fast import FastServer
from vtai.core import errors
from vtai.core.events import Usage
from vtai.core.turn import ImageOptions

pytestmark = list(LITELLM)


async def test_a_picture_costs_its_tokens(fast_vendor: FastServer) -> None:
    usage = {"promptTokenCount": 1_000_000, "candidatesTokenCount": 100_000, "totalTokenCount": 1_100_000}
    fast_vendor.script(raw=gemini(encoded(), usageMetadata=usage))
    events = await made(shop(fast_vendor.url), "gemini-image")
    (sent,) = fast_vendor.requests
    assert sent.path.endswith("/models/gemini-3.1-flash-image:generateContent")
    assert sent.headers["x-goog-api-key"] == KEY
    assert events[-1] == Usage("gemini-3.1-flash-image", 1_000_000, 100_000, cost_usd=0.5 + 6.0)


async def test_options_become_the_vendors_own(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "gemini-image", encoded())
    options = ImageOptions("1536x1024", "high", "opaque", moderation="auto", count=2)
    events = await made(shop(fast_vendor.url), "gemini-image", options=options)
    assert len(fast_vendor.requests) == len(files(events)) == 2
    for request in fast_vendor.requests:
        config = request.body["generationConfig"]
        assert config["imageConfig"]["aspectRatio"] == "3:2"
        assert "candidateCount" not in config
    told = "gemini-image does not take quality, background; left out."
    assert notices(events) == {"image-options": told}
    assert events[-1].input_tokens == 20


async def test_pictures_to_change_keep_their_type(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "gemini-image", encoded())
    events = await made(shop(fast_vendor.url), "gemini-image", images=(CAT, DOG), mask=MASK)
    parts = fast_vendor.requests[0].body["contents"][0]["parts"]
    assert [(part["inlineData"]["mimeType"], part["inlineData"]["data"]) for part in parts[:2]] == [
        (picture.media_type, base64.b64encode(picture.data).decode()) for picture in (CAT, DOG)
    ]
    assert parts[2] == {"text": "A cat"}
    assert "takes no mask" in notices(events)["image-mask"]
    assert details(events)["Model"] == "gemini-image"


SAFETY: dict[str, Any] = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []}
NO_PICTURE = {"candidates": [{"finishReason": "IMAGE_SAFETY", "finishMessage": "Unable to show it."}]}
WORDS = {"candidates": [{"content": {"parts": [{"text": "I cannot."}]}, "finishReason": "STOP"}]}


@pytest.mark.parametrize("images", [(), (CAT,)], ids=["made", "changed"])
@pytest.mark.parametrize("answer", [SAFETY, NO_PICTURE, WORDS], ids=["prompt", "picture", "words"])
async def test_a_blocked_picture_is_told_in_plain_words(
    answer: dict[str, Any], images: Any, fast_vendor: FastServer
) -> None:
    fast_vendor.script(raw=json.dumps(answer))
    events, error = await attempt(shop(fast_vendor.url), "gemini-image", images=images)
    assert isinstance(error, errors.ContentRefused)
    assert error.message == "Google Gemini sent no picture; its content policy may be the reason."
    assert not files(events)


@pytest.mark.parametrize("images", [(), (CAT,)], ids=["made", "changed"])
@pytest.mark.parametrize(
    ("status", "message", "wanted"),
    [
        (400, "The prompt was flagged by the safety filter.", errors.ContentRefused),
        (400, "The prompt is empty.", errors.BadRequest),
        (429, "Too many requests. Please retry in 20s.", errors.RateLimited),
        (503, "The model is overloaded.", errors.VendorDown),
    ],
)
async def test_a_failure_is_explained(
    status: int, message: str, wanted: type[Exception], images: Any, fast_vendor: FastServer
) -> None:
    fast_vendor.script(status=status, error={"code": status, "message": message, "status": "SAD"})
    _, error = await attempt(shop(fast_vendor.url), "gemini-image", images=images)
    assert type(error) is wanted
    assert len(fast_vendor.requests) == 1
    if isinstance(error, errors.RateLimited):
        assert error.retry_after_s == 20


async def test_an_option_that_is_refused_is_left_out(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "gemini-image", encoded())
    fast_vendor.script(status=400, error={"code": 400, "message": "Unknown field 'size'.", "status": "BAD"})
    events = await made(shop(fast_vendor.url), "gemini-image", options=ImageOptions(size="1024x1024"))
    assert "imageConfig" not in fast_vendor.requests[1].body["generationConfig"]
    assert notices(events) == {"image-options": "gemini-image does not take size; left out."}


async def test_what_litellm_has_no_place_for_is_told(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url)
    serve(fast_vendor, "gemini-image", encoded())
    options = ImageOptions("1024x1024", "high", "opaque")
    events = await made(catalogue, "gemini/gemini-9-image", options=options)
    told = "gemini/gemini-9-image does not take quality, background; left out."
    assert notices(events) == {"image-options": told}


async def test_a_vendor_that_litellm_cannot_ask_for_changes_says_who_can(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url, ANTHROPIC_API_KEY=KEY)
    _, error = await attempt(catalogue, "anthropic/painter", images=(CAT,))
    assert isinstance(error, errors.NotConfigured)
    assert "gpt-image" in error.hint
    assert not fast_vendor.requests
