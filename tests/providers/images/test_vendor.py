"""Making pictures over both wires: each option is sent where the model takes it, else met afterwards."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.fakes import FakeFetcher, FakePictures
from tests.providers.catalogues import catalogue_of
from tests.providers.images.making import (
    PIXEL,
    attempt,
    details,
    encoded,
    files,
    made,
    notices,
    serve,
    shop,
)
from tests.providers.wires import KEY, LITELLM
from tests.standins.fast import FastServer
from tests.standins.script import Script
from vtai.core import errors
from vtai.core.documents import Fetched
from vtai.core.errors import BadAttachment
from vtai.core.events import Usage
from vtai.core.turn import ImageOptions

EVERY = ImageOptions("1536x1024", "high", "opaque", "webp", 50, "low", 2)
# One model for each way there is to a vendor.
BOTH_WAYS = pytest.mark.parametrize(
    "name", ["gpt-image", pytest.param("gemini-image", marks=LITELLM)], ids=["openai", "litellm"]
)


@BOTH_WAYS
async def test_a_picture_comes_with_how_it_was_made(name: str, fast_vendor: FastServer) -> None:
    serve(fast_vendor, name, encoded(size=(6, 4)))
    events = await made(shop(fast_vendor.url), name)
    (file,) = files(events)
    assert (file.media_type, file.caption) == ("image/png", "A cat")
    assert file.data == base64.b64decode(encoded(size=(6, 4)))
    assert details(events) == {"Model": name, "Size": "6x4", "Format": "PNG"}


@BOTH_WAYS
async def test_no_two_pictures_have_one_name(name: str, fast_vendor: FastServer) -> None:
    serve(fast_vendor, name, encoded(), encoded())
    events = await made(shop(fast_vendor.url), name) + await made(shop(fast_vendor.url), name)
    names = {file.name for file in files(events)}
    assert len(names) == 4
    assert all(name.startswith("picture-") and name.endswith(".png") for name in names)


@BOTH_WAYS
async def test_a_format_that_the_model_did_not_make_is_made_afterwards(
    name: str, fast_vendor: FastServer
) -> None:
    serve(fast_vendor, name, encoded("JPEG"))
    converter = FakePictures()
    events = await made(
        shop(fast_vendor.url), name, converter=converter, options=ImageOptions(format="webp", compression=30)
    )
    assert [(kind, compression) for _, kind, compression in converter.converted] == [("webp", 30)]
    (file,) = files(events)
    assert file.media_type == "image/webp"
    assert file.name.endswith(".webp")
    assert details(events)["Format"] == "WebP"
    assert details(events)["Compression"] == "30 %"


@BOTH_WAYS
async def test_a_refused_key_says_so(name: str, fast_vendor: FastServer) -> None:
    fast_vendor.script(status=401, error={"message": f"Wrong key {KEY}"})
    events, error = await attempt(shop(fast_vendor.url), name)
    assert isinstance(error, errors.BadKey)
    assert not events
    assert KEY not in error.message


@BOTH_WAYS
async def test_a_missing_key_is_named(name: str) -> None:
    _, error = await attempt(catalogue_of({}), name)
    assert isinstance(error, errors.MissingKey)
    assert "_API_KEY" in error.hint


async def test_every_option_is_sent_where_the_model_takes_it(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "gpt-image", encoded("WEBP"), encoded("WEBP"))
    converter = FakePictures()
    events = await made(shop(fast_vendor.url), converter=converter, options=EVERY)
    assert fast_vendor.requests[0].body == {
        "model": "gpt-image-2.5-flare",
        "prompt": "A cat",
        "size": "1536x1024",
        "quality": "high",
        "background": "opaque",
        "output_format": "webp",
        "output_compression": 50,
        "moderation": "low",
        "n": 2,
    }
    assert fast_vendor.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert len(fast_vendor.requests) == 1
    assert len(files(events)) == 2
    assert not converter.converted
    assert not notices(events)


async def test_what_was_not_set_is_left_to_the_model(fast_vendor: FastServer) -> None:
    await made(shop(fast_vendor.url), "grok-image")
    assert fast_vendor.requests[0].body == {
        "model": "grok-imagine-image-2.0",
        "prompt": "A cat",
        "response_format": "b64_json",
    }


async def test_what_the_model_cannot_do_is_done_afterwards_or_told(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "grok-image", encoded("JPEG"), encoded("JPEG"))
    converter = FakePictures()
    events = await made(shop(fast_vendor.url), "grok-image", converter=converter, options=EVERY)
    assert notices(events) == {"image-options": "grok-image does not take background, moderation; left out."}
    assert [(kind, percent) for _, kind, percent in converter.converted] == [("webp", 50), ("webp", 50)]
    body = fast_vendor.requests[0].body
    assert (body["aspect_ratio"], body["quality"], body["n"]) == ("3:2", "high", 2)
    assert not body.keys() & {"size", "output_format", "output_compression", "background", "moderation"}


@pytest.mark.parametrize(
    ("size", "ratio"),
    [("1024x1024", "1:1"), ("1792x1024", "16:9"), ("1024x1536", "2:3"), ("16:9", "16:9"), ("500x501", "1:1")],
)
async def test_a_size_becomes_the_nearest_ratio(size: str, ratio: str, fast_vendor: FastServer) -> None:
    await made(shop(fast_vendor.url), "grok-image", options=ImageOptions(size=size))
    assert fast_vendor.requests[0].body["aspect_ratio"] == ratio


@pytest.mark.parametrize("size", ["auto", "large", "0x0", "10x"])
async def test_a_size_that_is_no_numbers_becomes_no_ratio(size: str, fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), "grok-image", options=ImageOptions(size=size))
    assert not fast_vendor.requests[0].body.keys() & {"size", "aspect_ratio"}
    assert ("image-options" in notices(events)) == (size != "auto")


@pytest.mark.parametrize(
    ("asked", "sent", "told"),
    [
        (None, "png", {}),
        ("png", "png", {}),
        ("webp", "webp", {}),
        ("jpeg", "png", {"image-format": "JPEG cannot be transparent; the picture is a PNG."}),
    ],
)
async def test_a_transparent_picture_has_a_format_with_alpha(
    asked: Any, sent: str, told: dict[str, str], fast_vendor: FastServer
) -> None:
    serve(fast_vendor, "gpt-image", encoded(sent.upper()))
    options = ImageOptions(background="transparent", format=asked)
    events = await made(shop(fast_vendor.url), options=options)
    assert fast_vendor.requests[0].body["output_format"] == sent
    assert fast_vendor.requests[0].body["background"] == "transparent"
    assert details(events)["Background"] == "transparent"
    assert notices(events) == told


@pytest.mark.parametrize("format_", [None, "png"])
async def test_compression_is_only_for_formats_that_have_it(format_: Any, fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), options=ImageOptions(format=format_, compression=40))
    assert "output_compression" not in fast_vendor.requests[0].body
    assert list(notices(events)) == ["image-compression"]


async def test_compression_is_done_afterwards_where_only_the_format_is_taken(fast_vendor: FastServer) -> None:
    own = '[[models]]\nname = "grok-image"\nimage_options = ["format"]\n'
    serve(fast_vendor, "grok-image", encoded("JPEG"))
    converter = FakePictures()
    options = ImageOptions(format="jpeg", compression=70)
    await made(shop(fast_vendor.url, own), "grok-image", converter=converter, options=options)
    assert fast_vendor.requests[0].body["output_format"] == "jpeg"
    assert [(kind, percent) for _, kind, percent in converter.converted] == [("jpeg", 70)]


async def test_a_picture_that_cannot_be_converted_comes_as_it_is(fast_vendor: FastServer) -> None:
    class Broken(FakePictures):
        async def convert(self, name: str, raw: bytes, wanted: Any, compression: int | None = None) -> Any:
            raise BadAttachment("It is broken.", "Try another one.")

    options = ImageOptions(format="webp")
    events = await made(shop(fast_vendor.url), converter=Broken(), options=options)
    assert files(events)[0].data == PIXEL
    assert notices(events) == {"image-format": "The picture stays a PNG. It is broken."}


async def test_several_pictures_are_several_requests_where_the_model_makes_one(
    fast_vendor: FastServer,
) -> None:
    own = '[[models]]\nname = "grok-image"\nimage_options = []\n'
    catalogue = shop(fast_vendor.url, own)
    events = await made(catalogue, "grok-image", options=ImageOptions(count=3))
    assert len(files(events)) == len(fast_vendor.requests) == 3
    assert all("n" not in request.body for request in fast_vendor.requests)


@pytest.mark.parametrize("name", ["gpt-image", "grok-image"])
async def test_nobody_gets_more_than_four(name: str, fast_vendor: FastServer) -> None:
    await made(shop(fast_vendor.url), name, options=ImageOptions(count=50))
    assert fast_vendor.requests[0].body["n"] == 4


async def test_fewer_pictures_than_asked_for_are_told(fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), options=ImageOptions(count=3))
    assert notices(events) == {"image-count": "1 of 3 pictures were made."}


async def test_one_failure_does_not_take_the_other_pictures_with_it(fast_vendor: FastServer) -> None:
    own = '[[models]]\nname = "grok-image"\nimage_options = []\n'
    fast_vendor.script(status=429, retry_after="20")
    events = await made(shop(fast_vendor.url, own), "grok-image", options=ImageOptions(count=2))
    assert len(files(events)) == 1
    assert notices(events)["image-count"].startswith("1 of 2 pictures were made. xAI is getting too many")


async def test_tokens_are_counted_and_those_of_pictures_cost_their_own_price(fast_vendor: FastServer) -> None:
    usage: dict[str, Any] = {"input_tokens": 1_000_000, "output_tokens": 100_000}
    fast_vendor.script(usage=usage | {"input_tokens_details": {"image_tokens": 500_000}})
    events = await made(shop(fast_vendor.url))
    # Half of the input at 5 dollars a million, half at 8, the output at 30.
    assert events[-1] == Usage("gpt-image-2.5-flare", 1_000_000, 100_000, cost_usd=2.5 + 4.0 + 3.0)


async def test_a_price_by_the_picture_holds_where_no_tokens_are_told(fast_vendor: FastServer) -> None:
    fast_vendor.default = Script(images=(encoded(), encoded()), usage=None)
    events = await made(shop(fast_vendor.url), "grok-image", options=ImageOptions(count=2))
    assert events[-1] == Usage("grok-imagine-image-2.0", 0, 0, cost_usd=0.06 * 2, is_estimated=True)


async def test_what_the_vendor_chose_is_told(fast_vendor: FastServer) -> None:
    fast_vendor.script(told={"quality": "medium", "background": "opaque"})
    events = await made(shop(fast_vendor.url), options=ImageOptions(quality="auto"))
    told = details(events)
    assert (told["Quality"], told["Background"]) == ("medium", "opaque")


async def test_the_prompt_that_the_model_took_instead_is_told(fast_vendor: FastServer) -> None:
    data = [{"b64_json": encoded(), "revised_prompt": "A tabby cat on a sofa"}]
    fast_vendor.script(told={"data": data})
    events = await made(shop(fast_vendor.url))
    assert files(events)[0].caption == "A cat"
    assert details(events)["Prompt as the model took it"] == "A tabby cat on a sofa"


async def test_a_server_of_which_nothing_is_known_gets_all_options(fast_vendor: FastServer) -> None:
    serve(fast_vendor, "", encoded("WEBP"), encoded("WEBP"))
    await made(shop(fast_vendor.url), "ollama:painter", options=EVERY)
    sent = fast_vendor.requests[0].body
    assert sent["response_format"] == "b64_json"
    assert {"size", "quality", "background", "output_format", "output_compression", "n"} <= sent.keys()
    assert "stream" not in sent


async def test_a_picture_of_which_only_the_address_comes_is_fetched(fast_vendor: FastServer) -> None:
    url = "https://pictures.example/cat.png"
    fast_vendor.script(images=(url,))
    fetcher = FakeFetcher({url: Fetched(url, "image/png", PIXEL)})
    events = await made(shop(fast_vendor.url), fetcher=fetcher)
    assert fetcher.asked == [url]
    assert files(events)[0].data == PIXEL


async def test_a_picture_may_stand_in_its_address(fast_vendor: FastServer) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    fast_vendor.script(told={"data": [{"url": url}]})
    assert files(await made(shop(fast_vendor.url)))[0].data == PIXEL
