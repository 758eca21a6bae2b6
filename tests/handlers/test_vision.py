"""Vision: pictures and addresses go with the question to a model that sees."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeModels, model, services, text_of
from tests.handlers.helpers import attached, notices, picture, reply, said
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment, NotConfigured
from vtai.core.messages import Message
from vtai.core.turn import Preferences, Turn
from vtai.handlers import pictures, vision

URL = "https://example.org/cat.png"


def opened(data_url: str) -> tuple[str, tuple[int, int]]:
    """Media type and size of the picture in a data URL."""
    from PIL import Image

    head, _, data = data_url.partition(";base64,")
    with Image.open(BytesIO(base64.b64decode(data))) as shown:
        return head.removeprefix("data:"), shown.size


async def test_a_picture_goes_with_its_question(tmp_path: Path) -> None:
    models = FakeModels()
    events = await reply(vision, Turn("What is it?", (picture(tmp_path / "a.png"),)), services(models=models))
    sent = models.requests[0].messages
    assert [message.role for message in sent] == ["system", "user"]
    assert sent[-1].text == "What is it?"
    assert [opened(url) for url in sent[-1].image_urls] == [("image/png", (4, 3))]
    assert text_of(events) == "Hello there."


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        pytest.param(f"What is {URL}?", (URL,), id="picture"),
        pytest.param(f"({URL}) and <{URL}>", (URL,), id="twice, in brackets"),
        pytest.param(f"{URL} beside https://example.org/about", (URL,), id="beside a page"),
        pytest.param(
            "see https://example.org/a_(b).jpg.", ("https://example.org/a_(b).jpg",), id="brackets in it"
        ),
        pytest.param("see https://example.org/random", ("https://example.org/random",), id="no suffix"),
        pytest.param(
            f"{URL}?w=200 HTTPS://EXAMPLE.ORG/B.JPG", (f"{URL}?w=200", "HTTPS://EXAMPLE.ORG/B.JPG"), id="two"
        ),
    ],
)
async def test_addresses_go_to_the_vendor_as_they_are(text: str, urls: tuple[str, ...]) -> None:
    models = FakeModels()
    await reply(vision, Turn(text), services(models=models))
    assert models.requests[0].messages[-1].image_urls == urls


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.png",
        "http://localhost:8000/a.png",
        "http://[::1]/a.png",
        "http://10.0.0.8/a.png",
        "http://169.254.169.254/a.png",
        "http://2130706433/a.png",
        "http://printer.local/a.png",
        "http://intranet/a.png",
    ],
)
async def test_an_address_inside_the_network_is_refused(address: str) -> None:
    models = FakeModels()
    with pytest.raises(BadAttachment, match="open internet"):
        await reply(vision, Turn(f"What is {address}"), services(models=models))
    assert models.requests == []


@pytest.mark.parametrize(
    ("chosen", "expected", "is_told"),
    [
        pytest.param({"chat": "seer"}, "seer", False, id="the chat model sees"),
        pytest.param({"chat": "blind"}, "eye", True, id="the chat model does not"),
        pytest.param({"chat": "seer", "vision": "eye"}, "eye", False, id="another was chosen for it"),
        pytest.param({"vision": "blind"}, "eye", True, id="a blind one was chosen for it"),
    ],
)
async def test_the_model_is_one_that_sees(chosen: dict[str, str], expected: str, is_told: bool) -> None:
    catalogue = FakeCatalogue(
        (
            model("blind", can=frozenset({"chat"})),
            model("eye", can=frozenset({"vision"})),
            model("seer", can=frozenset({"chat", "vision"})),
        )
    )
    models = FakeModels()
    turn = Turn(URL, preferences=Preferences(models=MappingProxyType(chosen)))  # type: ignore[arg-type]
    events = await reply(vision, turn, services(models=models, catalogue=catalogue))
    assert models.requests[0].model.name == expected
    assert ("model" in notices(events)) is is_told


async def test_without_a_model_that_sees_the_missing_key_is_named() -> None:
    catalogue = FakeCatalogue((model("blind", can=frozenset({"chat"})),))
    with pytest.raises(NotConfigured) as caught:
        await reply(vision, Turn(URL), services(catalogue=catalogue))
    assert "OPENAI_API_KEY" in caught.value.hint


async def test_a_follow_up_sends_the_last_pictures_again(tmp_path: Path) -> None:
    models = FakeModels()
    first, last = picture(tmp_path / "a.png"), picture(tmp_path / "b.png", (9, 9))
    history = Conversation(
        (
            Message("user", "this?", (first,)),
            Message("assistant", "a"),
            Message("user", "and these?", (last,), (URL,)),
            Message("assistant", "b"),
            Message("user", "thanks"),
            Message("assistant", "welcome"),
        )
    )
    await reply(vision, Turn("what colour?", history=history), services(models=models))
    sent = models.requests[0].messages
    assert [opened(sent[-1].image_urls[0])[1], sent[-1].image_urls[1]] == [(9, 9), URL]
    assert all(message.image_urls == () for message in sent[:-1])


async def test_an_address_in_an_earlier_message_counts_as_its_picture() -> None:
    models = FakeModels()
    turn = Turn("and the colour?", history=said(f"What is {URL}?", "A cat."))
    await reply(vision, turn, services(models=models))
    assert models.requests[0].messages[-1].image_urls == (URL,)


async def test_without_any_picture_one_is_asked_for() -> None:
    with pytest.raises(BadAttachment, match="no picture"):
        await reply(vision, Turn("what is it?", history=said("hi", "hello")), services())


async def test_a_picture_without_a_question_is_described(tmp_path: Path) -> None:
    models = FakeModels()
    await reply(vision, Turn("", (picture(tmp_path / "a.png"),)), services(models=models))
    assert "Describe" in models.requests[0].messages[-1].text


async def test_no_more_pictures_are_sent_than_vendors_take(tmp_path: Path) -> None:
    models = FakeModels()
    files = tuple(picture(tmp_path / f"{number}.png") for number in range(12))
    await reply(vision, Turn("these?", files), services(models=models))
    assert len(models.requests[0].messages[-1].image_urls) == pictures.MAX_PICTURES


@pytest.mark.parametrize(
    ("name", "size", "mode", "expected"),
    [
        pytest.param("a.bmp", (40, 30), "RGB", ("image/jpeg", (40, 30)), id="converted"),
        pytest.param("a.tiff", (40, 30), "RGBA", ("image/png", (40, 30)), id="converted with transparency"),
        pytest.param("a.png", (9_000, 90), "L", ("image/jpeg", (2_048, 20)), id="made smaller"),
        pytest.param("a.gif", (40, 30), "P", ("image/gif", (40, 30)), id="as it is"),
        pytest.param("a.webp", (40, 30), "RGB", ("image/webp", (40, 30)), id="as it is, WebP"),
    ],
)
async def test_pictures_are_sent_in_a_form_that_vendors_take(
    tmp_path: Path, name: str, size: tuple[int, int], mode: str, expected: tuple[str, tuple[int, int]]
) -> None:
    assert opened(await pictures.data_url(picture(tmp_path / name, size, mode))) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.png", b"not a picture"), ("a.svg", b"<svg/>"), ("a.heic", b"\0\0\0\x18ftypheic"), ("a.png", b"")],
    ids=["text", "svg", "heic", "empty"],
)
async def test_what_is_no_readable_picture_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(BadAttachment, match=f"{name} is not a picture") as caught:
        await pictures.data_url(attached(tmp_path / name, content))
    assert "PNG" in caught.value.hint


async def test_a_picture_of_too_many_pixels_is_refused_unread(tmp_path: Path) -> None:
    huge = picture(tmp_path / "a.png", (9_000, 9_000), "1")
    with pytest.raises(BadAttachment, match="million pixels"):
        await pictures.data_url(huge)


async def test_a_picture_that_is_gone_is_asked_for_again(tmp_path: Path) -> None:
    gone = picture(tmp_path / "a.png")
    gone.path.unlink()
    with pytest.raises(BadAttachment, match="no longer there"):
        await pictures.data_url(gone)
