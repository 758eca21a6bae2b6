"""Previews while a picture is made: what is shown, what is not waited for, what is closed at once."""

from __future__ import annotations

import base64
from contextlib import aclosing
from typing import Any

import pytest

from tests.fakes import FakeFetcher, FakePictures
from tests.providers.images.making import CAT, PIXEL, attempt, details, encoded, files, made, previews, shop
from tests.standins.fast import FastServer
from tests.standins.script import PIXEL_PNG
from vtai.core import errors
from vtai.core.events import FileReady, PicturePreview, Usage
from vtai.core.ports import ImageRequest
from vtai.core.turn import ImageOptions
from vtai.providers.images.vendor import VendorImages
from vtai.providers.images.wire import Waits

TWO = (PIXEL_PNG, encoded("JPEG"))
KINDS = pytest.mark.parametrize("images", [(), (CAT,)], ids=["made", "changed"])


@KINDS
async def test_previews_come_before_the_picture(images: Any, fast_vendor: FastServer) -> None:
    usage = {"input_tokens": 10, "output_tokens": 300}
    fast_vendor.script(previews=TWO, images=(encoded(),), usage=usage, told={"quality": "low"})
    events = await made(shop(fast_vendor.url), images=images)
    assert [type(event) for event in events] == [PicturePreview, PicturePreview, FileReady, Usage]
    assert events[:2] == [
        PicturePreview(0, "image/png", PIXEL),
        PicturePreview(0, "image/jpeg", base64.b64decode(TWO[1])),
    ]
    assert files(events)[0].data == base64.b64decode(encoded())
    assert details(events)["Quality"] == "low"
    assert (events[-1].input_tokens, events[-1].output_tokens) == (10, 300)


async def test_a_stream_is_asked_for_only_where_the_model_has_one(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url)
    await made(catalogue)
    await made(catalogue, "grok-image")
    first, second = (request.body for request in fast_vendor.requests)
    assert (first["stream"], first["partial_images"]) == (True, 2)
    assert not second.keys() & {"stream", "partial_images"}


async def test_several_pictures_of_one_request_are_not_streamed(fast_vendor: FastServer) -> None:
    fast_vendor.script(previews=TWO, images=(encoded(), encoded()))
    events = await made(shop(fast_vendor.url), options=ImageOptions(count=2))
    assert "stream" not in fast_vendor.requests[0].body
    assert (len(files(events)), len(previews(events))) == (2, 0)


async def test_side_by_side_each_picture_has_its_own_previews(fast_vendor: FastServer) -> None:
    own = '[[models]]\nname = "gpt-image"\nimage_options = []\n'
    for _ in range(3):
        fast_vendor.script(previews=TWO)
    events = await made(shop(fast_vendor.url, own), options=ImageOptions(count=3))
    assert len(files(events)) == 3
    assert sorted(preview.slot for preview in previews(events)) == [0, 0, 1, 1, 2, 2]


async def test_a_server_that_ignores_the_wish_for_a_stream_works_too(fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url))
    assert fast_vendor.requests[0].body["stream"] is True
    assert (len(files(events)), len(previews(events))) == (1, 0)


async def test_a_server_that_refuses_a_stream_is_asked_without(fast_vendor: FastServer) -> None:
    fast_vendor.script(status=400, error={"message": "Unknown parameter: 'stream'.", "param": "stream"})
    events = await made(shop(fast_vendor.url))
    assert [type(event) for event in events] == [FileReady]
    assert not fast_vendor.requests[1].body.keys() & {"stream", "partial_images"}


async def test_a_preview_that_is_no_picture_is_passed_over(fast_vendor: FastServer) -> None:
    fast_vendor.script(previews=("%%%", base64.b64encode(b"<svg/>").decode(), PIXEL_PNG))
    events = await made(shop(fast_vendor.url))
    assert (len(files(events)), len(previews(events))) == (1, 1)


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ({"cut_after": 1}, errors.StreamCut),
        ({"finish_reason": None}, errors.StreamCut),
        ({"error_after": 1}, errors.VendorDown),
        (
            {"error_after": 1, "error": {"code": "moderation_blocked", "message": "No."}},
            errors.ContentRefused,
        ),
        ({"error_after": 1, "error": {"code": "rate_limit_exceeded", "message": "No."}}, errors.RateLimited),
        ({"raw": "data: {broken\n\n"}, errors.StreamCut),
        ({"raw": "data: 7\n\n"}, errors.StreamCut),
        ({"raw": ": alive\n\n"}, errors.StreamCut),
    ],
    ids=["cut", "early end", "error", "refused", "too many", "no JSON", "no object", "nothing"],
)
async def test_a_stream_that_goes_wrong_says_how(
    script: dict[str, Any], wanted: type[Exception], fast_vendor: FastServer
) -> None:
    fast_vendor.script(previews=TWO, **script)
    events, error = await attempt(shop(fast_vendor.url))
    assert type(error) is wanted
    assert not files(events)
    assert len(fast_vendor.requests) == 1


async def test_the_last_event_counts_without_a_line_end_and_with_other_lines_around_it(
    fast_vendor: FastServer,
) -> None:
    event = f'{{"type": "image_generation.completed", "b64_json": "{PIXEL_PNG}"}}'
    fast_vendor.script(raw=f": alive\r\n\r\nevent: image_generation.completed\r\ndata: {event}")
    assert files(await made(shop(fast_vendor.url)))[0].data == PIXEL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "waits", "message"),
    [
        ({"previews": TWO, "stall_after": 1}, Waits(999, 0.3), "OpenAI stopped in the middle of its answer."),
        ({"previews": TWO, "stall_after": 0}, Waits(2, 999), "OpenAI did not answer in time."),
        ({"headers_delay_s": 600}, Waits(2, 999), "OpenAI did not answer in time."),
    ],
    ids=["after a preview", "before any", "before the headers"],
)
async def test_a_stall_ends(
    script: dict[str, Any], waits: Waits, message: str, fast_vendor: FastServer
) -> None:
    fast_vendor.script(**script)
    _, error = await attempt(shop(fast_vendor.url), waits=waits)
    assert isinstance(error, errors.TimedOut)
    assert error.message == message
    assert (await fast_vendor.wait_until_ended()).ended == "client left"


@KINDS
async def test_stopping_closes_the_connection_at_once(images: Any, fast_vendor: FastServer) -> None:
    fast_vendor.script(previews=TWO, stall_after=1)
    catalogue = shop(fast_vendor.url)
    client = VendorImages(catalogue, FakePictures(), FakeFetcher())
    request = ImageRequest(catalogue.resolve("gpt-image"), "A cat", images=images)
    async with aclosing(client.generate(request)) as making:
        assert isinstance(await anext(making), PicturePreview)
        assert fast_vendor.running == 1
    assert (await fast_vendor.wait_until_ended()).ended == "client left"
    await client.aclose()


async def test_stopping_closes_what_runs_side_by_side(fast_vendor: FastServer) -> None:
    own = '[[models]]\nname = "gpt-image"\nimage_options = []\n'
    for _ in range(3):
        fast_vendor.script(previews=TWO, stall_after=1)
    catalogue = shop(fast_vendor.url, own)
    client = VendorImages(catalogue, FakePictures(), FakeFetcher())
    request = ImageRequest(catalogue.resolve("gpt-image"), "A cat", options=ImageOptions(count=3))
    async with aclosing(client.generate(request)) as making:
        for _ in range(3):
            assert isinstance(await anext(making), PicturePreview)
    for number in range(3):
        assert (await fast_vendor.wait_until_ended(number)).ended == "client left"
    await client.aclose()
