"""What a vendor refuses: options are dropped and told, the rest is explained in plain words."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.providers.images.making import attempt, encoded, files, made, notices, serve, shop
from tests.providers.wires import KEY
from tests.standins.fast import FastServer
from tests.standins.script import Script
from vtai.core import errors
from vtai.core.turn import ImageOptions

EVERY = ImageOptions("1024x1024", "high", "opaque", "webp", 50, "low", 2)


@pytest.mark.parametrize(
    ("error", "gone", "told"),
    [
        ({"message": "Unknown parameter: 'quality'.", "param": "quality"}, ["quality"], "quality"),
        ({"message": "Unknown parameter: 'moderation'."}, ["moderation"], "moderation"),
        ({"message": "Argument not supported: size"}, ["size"], "size"),
        (
            {"message": "Transparent background is not supported for this model.", "param": None},
            ["background"],
            "background",
        ),
        ({"message": "Extra inputs: `quality`, `background`"}, ["quality", "background"], None),
        ({"message": "`output_format` is unknown"}, ["output_format"], ""),
        ({"message": "Invalid value: 2 for 'n'.", "param": "n"}, ["n"], ""),
    ],
    ids=["param", "a policy's word", "no quotes", "a sentence", "two at once", "done after", "count"],
)
async def test_an_option_that_is_refused_is_left_out(
    error: dict[str, Any], gone: list[str], told: str | None, fast_vendor: FastServer
) -> None:
    serve(fast_vendor, "", encoded("WEBP"))
    fast_vendor.script(status=400, error=error)
    events = await made(shop(fast_vendor.url), options=EVERY)
    first, *rest = (request.body for request in fast_vendor.requests)
    for body in rest:
        assert not body.keys() & set(gone)
        assert first.keys() - body.keys() == set(gone)
    if told is None:
        assert notices(events)["image-options"] == "gpt-image does not take quality, background; left out."
    else:
        assert ("image-options" in notices(events)) == bool(told)
        assert told in notices(events).get("image-options", "")
    assert files(events)


async def test_a_count_that_is_refused_becomes_requests_side_by_side(fast_vendor: FastServer) -> None:
    fast_vendor.script(status=422, body={"detail": [{"loc": ["body", "n"], "msg": "Extra inputs"}]})
    events = await made(shop(fast_vendor.url), options=ImageOptions(count=3))
    assert len(files(events)) == 3
    assert len(fast_vendor.requests) == 4


async def test_two_refusals_are_told_in_one_line(fast_vendor: FastServer) -> None:
    for name in ("quality", "size"):
        fast_vendor.script(status=400, error={"message": f"Unknown parameter: '{name}'.", "param": name})
    events = await made(shop(fast_vendor.url), options=ImageOptions("1024x1024", "high"))
    assert notices(events) == {"image-options": "gpt-image does not take quality, size; left out."}
    assert len(files(events)) == 1


async def test_the_third_refusal_is_the_last(fast_vendor: FastServer) -> None:
    for name in ("quality", "size", "background", "moderation"):
        fast_vendor.script(status=400, error={"message": f"Unknown parameter: '{name}'.", "param": name})
    events, error = await attempt(shop(fast_vendor.url), options=EVERY)
    assert isinstance(error, errors.BadRequest)
    assert "Unknown parameter: 'background'." in error.message
    assert len(fast_vendor.requests) == 3
    assert not files(events)


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Invalid size '333x333'. Supported sizes are 1024x1024.", "param": "size"},
        {"message": "Invalid value: '333x333'.", "code": "invalid_value", "param": "size"},
        {"message": "The size must be divisible by 16."},
    ],
)
async def test_a_size_that_is_wrong_is_for_the_person_to_change(
    error: dict[str, Any], fast_vendor: FastServer
) -> None:
    fast_vendor.script(status=400, error=error | {"message": f"{error['message']} Key: {KEY}"})
    _, shown = await attempt(shop(fast_vendor.url), options=ImageOptions(size="333x333"))
    assert isinstance(shown, errors.BadRequest)
    assert error["message"] in shown.message
    assert KEY not in shown.message
    assert len(fast_vendor.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"code": "moderation_blocked", "message": "Your request was rejected by the safety system."},
        {"code": "content_policy_violation", "message": "No.", "param": "quality"},
        {"message": "Generated image rejected by content moderation."},
        {"message": "The prompt was flagged; quality is not the matter."},
    ],
)
async def test_the_policy_of_a_vendor_is_told_in_plain_words(
    error: dict[str, Any], fast_vendor: FastServer
) -> None:
    fast_vendor.script(status=400, error=error)
    _, shown = await attempt(shop(fast_vendor.url), options=EVERY)
    assert isinstance(shown, errors.ContentRefused)
    assert shown.message == "OpenAI refused to make this picture under its content policy."
    assert "other words" in shown.hint
    assert len(fast_vendor.requests) == 1


async def test_a_rate_limit_says_when_to_come_back(fast_vendor: FastServer) -> None:
    fast_vendor.script(status=429, retry_after="20")
    _, error = await attempt(shop(fast_vendor.url))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == 20
    assert "in 20 s" in error.hint


@pytest.mark.parametrize(
    ("status", "error", "wanted"),
    [
        (400, {"message": "The prompt is empty."}, errors.BadRequest),
        (413, {"message": "Payload too large."}, errors.ContextTooLong),
        (404, {"code": "model_not_found", "message": "No such model."}, errors.ModelGone),
        (429, {"code": "insufficient_quota", "message": "No credit."}, errors.QuotaExhausted),
        (500, {"message": "Oops: quality is not a parameter."}, errors.VendorDown),
    ],
)
async def test_other_failures_are_not_asked_again(
    status: int, error: dict[str, Any], wanted: type[Exception], fast_vendor: FastServer
) -> None:
    fast_vendor.script(status=status, error=error)
    _, shown = await attempt(shop(fast_vendor.url), options=EVERY)
    assert type(shown) is wanted
    assert len(fast_vendor.requests) == 1


async def test_an_answer_without_pictures_is_explained(fast_vendor: FastServer) -> None:
    fast_vendor.default = Script(images=())
    events, error = await attempt(shop(fast_vendor.url))
    assert isinstance(error, errors.ContentRefused)
    assert error.message == "OpenAI sent no picture; its content policy may be the reason."
    assert not files(events)


@pytest.mark.parametrize(
    "picture",
    ["", "%%%", base64.b64encode(b"<svg onload=alert(1)>").decode(), "http://192.0.2.1/secret.png"],
    ids=["nothing", "no base64", "a script", "an address of nobody's"],
)
async def test_what_is_no_picture_is_not_shown(picture: str, fast_vendor: FastServer) -> None:
    fast_vendor.script(images=(picture,))
    _, error = await attempt(shop(fast_vendor.url))
    assert isinstance(error, errors.BadRequest)
    assert "not with a picture" in error.message


@pytest.mark.parametrize(
    "body", ["[]", '{"data": 7}', '{"data": ["x"]}', "<html>", '{"usage": {"input_tokens": {}}}']
)
async def test_an_answer_of_another_shape_does_no_harm(body: str, fast_vendor: FastServer) -> None:
    fast_vendor.script(raw=body, raw_type="application/json")
    _, error = await attempt(shop(fast_vendor.url), "grok-image")
    assert isinstance(error, errors.StreamCut | errors.ContentRefused)


async def test_a_server_that_is_not_there_says_so() -> None:
    _, error = await attempt(shop("http://127.0.0.1:9/v1"))
    assert isinstance(error, errors.Unreachable)
