"""Pictures from a stand-in that was written by others after the vendors' own descriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.providers.images.making import CAT, MASK, PIXEL, attempt, details, files, made, shop
from tests.standins.aimock import Aimock
from tests.standins.script import PIXEL_PNG
from vtai.core import errors
from vtai.core.turn import ImageOptions

pytestmark = pytest.mark.slow

PICTURE = {"image": {"b64Json": PIXEL_PNG, "revisedPrompt": "A tabby cat"}}


def answering(response: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"match": {"userMessage": "A cat", "endpoint": "image"}, "response": response}]


@pytest.mark.parametrize(
    ("more", "path"),
    [({}, "/v1/images/generations"), ({"images": (CAT, CAT), "mask": MASK}, "/v1/images/edits")],
    ids=["made", "changed"],
)
async def test_a_picture_is_made(more: dict[str, Any], path: str, aimock: Callable[..., Aimock]) -> None:
    vendor = aimock(answering(PICTURE))
    events = await made(shop(vendor.url), options=ImageOptions("1024x1024", "low"), **more)
    assert files(events)[0].data == PIXEL
    assert details(events)["Prompt as the model took it"] == "A tabby cat"
    (asked,) = vendor.requests
    assert asked["path"] == path
    assert asked["body"]["model"] == "gpt-image-2.5-flare"
    assert asked["body"]["messages"] == [{"role": "user", "content": "A cat"}]


async def test_several_pictures_come_together(aimock: Callable[..., Aimock]) -> None:
    vendor = aimock(answering({"images": [{"b64Json": PIXEL_PNG}] * 3}))
    assert len(files(await made(shop(vendor.url), options=ImageOptions(count=3)))) == 3


@pytest.mark.parametrize(
    ("status", "error", "wanted"),
    [
        (400, {"message": "Your request was rejected.", "code": "moderation_blocked"}, errors.ContentRefused),
        (429, {"message": "Slow down.", "code": "rate_limit_exceeded"}, errors.RateLimited),
        (401, {"message": "Bad key.", "code": "invalid_api_key"}, errors.BadKey),
    ],
)
async def test_a_failure_is_explained(
    status: int, error: dict[str, Any], wanted: type[Exception], aimock: Callable[..., Aimock]
) -> None:
    vendor = aimock(answering({"error": error, "status": status}))
    _, shown = await attempt(shop(vendor.url))
    assert type(shown) is wanted
