"""Changing and combining pictures: what goes along, over which wire, and who cannot do it."""

from __future__ import annotations

import base64

import pytest

from tests.fakes import FakePictures
from tests.providers.catalogues import catalogue_of
from tests.providers.images.making import (
    CAT,
    DOG,
    MASK,
    PIXEL,
    attempt,
    encoded,
    files,
    form,
    made,
    notices,
    serve,
    shop,
)
from tests.providers.wires import KEY, LITELLM
from tests.standins.fast import FastServer
from vtai.core import errors
from vtai.core.documents import Picture
from vtai.core.turn import ImageOptions

WAYS = pytest.mark.parametrize(
    "name",
    ["gpt-image", "grok-image", pytest.param("gemini-image", marks=LITELLM)],
    ids=["form", "json", "litellm"],
)


@WAYS
async def test_pictures_to_change_go_along(name: str, fast_vendor: FastServer) -> None:
    serve(fast_vendor, name, encoded())
    events = await made(shop(fast_vendor.url), name, images=(CAT, DOG))
    (sent,) = fast_vendor.requests
    whole = str(sent.body)
    for picture in (CAT, DOG):
        inline = base64.b64encode(picture.data).decode() in whole
        assert inline or picture.data.decode("latin-1") in whole
    assert "A cat" in whole
    assert files(events)[0].data == base64.b64decode(encoded())


async def test_one_picture_and_several_are_named_as_forms_name_them(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url)
    await made(catalogue, images=(CAT,), options=ImageOptions(size="1024x1024", quality="low"))
    await made(catalogue, images=(CAT, DOG))
    one, several = (form(request.body) for request in fast_vendor.requests)
    assert all(request.path.endswith("/images/edits") for request in fast_vendor.requests)
    assert one["image"] == [PIXEL.decode("latin-1")]
    assert several["image[]"] == [PIXEL.decode("latin-1"), DOG.data.decode("latin-1")]
    assert (one["prompt"], one["size"], one["quality"]) == (["A cat"], ["1024x1024"], ["low"])
    # Words of a form are read as JSON would spell them.
    assert (one["stream"], one["partial_images"]) == (["true"], ["2"])
    assert 'filename="picture-2.jpeg"' in fast_vendor.requests[1].body


async def test_a_mask_goes_along(fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), images=(CAT,), mask=MASK)
    assert form(fast_vendor.requests[0].body)["mask"] == [MASK.data.decode("latin-1")]
    assert not notices(events)


async def test_a_mask_without_a_picture_is_nothing(fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), mask=MASK)
    assert "mask" not in fast_vendor.requests[0].body
    assert not notices(events)


async def test_pictures_go_inside_the_json_of_who_takes_no_forms(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url)
    await made(catalogue, "grok-image", images=(CAT,))
    await made(catalogue, "grok-image", images=(CAT, DOG))
    one, several = (request.body for request in fast_vendor.requests)
    cat = f"data:image/png;base64,{base64.b64encode(CAT.data).decode()}"
    dog = f"data:image/jpeg;base64,{base64.b64encode(DOG.data).decode()}"
    assert one["image"] == {"type": "image_url", "url": cat}
    assert [picture["url"] for picture in several["images"]] == [cat, dog]
    assert "image" not in several


async def test_a_mask_is_left_out_where_the_model_takes_none(fast_vendor: FastServer) -> None:
    events = await made(shop(fast_vendor.url), "grok-image", images=(CAT,), mask=MASK)
    told = "grok-image takes no mask: it may change the whole picture. gpt-image or gpt-image-max can."
    assert notices(events) == {"image-mask": told}
    assert "mask" not in fast_vendor.requests[0].body


async def test_a_mask_that_is_refused_is_left_out(fast_vendor: FastServer) -> None:
    fast_vendor.script(status=400, error={"message": "Unknown parameter: 'mask'.", "param": "mask"})
    events = await made(shop(fast_vendor.url), images=(CAT,), mask=MASK)
    assert "takes no mask" in notices(events)["image-mask"]
    assert "mask" not in form(fast_vendor.requests[1].body)


async def test_a_server_of_which_nothing_is_known_may_try(fast_vendor: FastServer) -> None:
    await made(shop(fast_vendor.url), "ollama:painter", images=(CAT, DOG), mask=MASK)
    assert {"image[]", "mask", "response_format"} <= form(fast_vendor.requests[0].body).keys()


PLAIN = (
    '[[models]]\nname = "plain"\nvendor = "xai"\nid = "plain-1"\ncapabilities = ["image"]\nmax_images = 0\n'
)


async def test_a_model_that_changes_nothing_names_those_that_do(fast_vendor: FastServer) -> None:
    catalogue = shop(fast_vendor.url, PLAIN, GEMINI_API_KEY="", OPENAI_API_KEY="")
    _, error = await attempt(catalogue, "plain", images=(CAT,))
    assert isinstance(error, errors.NotConfigured)
    assert error.message == "plain makes pictures, but cannot change any."
    assert error.hint == "grok-image can."
    assert not fast_vendor.requests


async def test_a_model_that_changes_nothing_names_the_keys_of_those_that_do(fast_vendor: FastServer) -> None:
    own = PLAIN + '[[models]]\nname = "grok-image"\nmax_images = 0\n'
    catalogue = catalogue_of({"XAI_API_BASE": fast_vendor.url, "XAI_API_KEY": KEY}, own)
    _, error = await attempt(catalogue, "plain", images=(CAT,))
    assert isinstance(error, errors.NotConfigured)
    assert error.hint.endswith("can: set GEMINI_API_KEY or OPENAI_API_KEY.")
    assert "gpt-image" in error.hint


async def test_more_pictures_than_a_model_takes_are_refused_with_who_takes_them(
    fast_vendor: FastServer,
) -> None:
    _, error = await attempt(shop(fast_vendor.url), "grok-image", images=(CAT,) * 4)
    assert isinstance(error, errors.BadAttachment)
    assert error.message == "grok-image takes at most 3 pictures at once; these are 4."
    assert error.hint.startswith("Attach fewer. gpt-image,")
    assert not fast_vendor.requests


async def test_a_moving_picture_is_changed_from_its_still(fast_vendor: FastServer) -> None:
    converter = FakePictures()
    moving = Picture("image/gif", b"GIF89a", 1, 1)
    await made(shop(fast_vendor.url), converter=converter, images=(CAT, moving))
    assert converter.converted == [("picture-2.gif", "png", None)]
    assert 'filename="picture-2.png"' in fast_vendor.requests[0].body
