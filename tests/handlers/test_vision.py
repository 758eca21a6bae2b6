"""Vision: pictures and addresses go with the question to a model that sees; without one they are read."""

from __future__ import annotations

import base64
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeFetcher, FakeModels, FakePictures, model, services, text_of
from tests.handlers.helpers import attached, notices, reply, said
from vtai.core.conversation import Conversation
from vtai.core.documents import Fetched, PictureText
from vtai.core.errors import BadAddress, BadAttachment, NotConfigured, Unreachable
from vtai.core.events import ToolFinished
from vtai.core.messages import Message
from vtai.core.ports import ModelRequest
from vtai.core.turn import Preferences, Turn
from vtai.handlers import pictures, text, vision

URL = "https://example.org/cat.png"
OTHER = "https://example.org/dog.jpg"
BLIND = FakeCatalogue((model("blind", can=frozenset({"chat"})),))


def web(**pages: bytes) -> FakeFetcher:
    """An open internet of two pictures, and of pages that are none."""
    known = {URL: b"cat", OTHER: b"dog", "https://example.org/random": b"surprise"}
    fetched: dict[str, Fetched | BadAddress] = {
        url: Fetched(url, "image/png", data) for url, data in known.items()
    }
    fetched["https://example.org/about"] = Fetched("https://example.org/about", "text/html", b"<p>")
    return FakeFetcher(dict(fetched))


def seen(request: ModelRequest) -> list[bytes]:
    """The pictures that the last message brings."""
    urls = request.messages[-1].image_urls
    assert all(url.startswith("data:image/png;base64,") for url in urls)
    return [base64.b64decode(url.partition(",")[2]) for url in urls]


async def test_a_picture_goes_with_its_question(tmp_path: Path) -> None:
    models, made_ready = FakeModels(), FakePictures()
    file = attached(tmp_path / "a.heic", b"raw")
    events = await reply(vision, Turn("What is it?", (file,)), services(models=models, pictures=made_ready))
    sent = models.requests[0].messages
    assert [message.role for message in sent] == ["system", "user"]
    assert sent[-1].text == "What is it?"
    assert seen(models.requests[0]) == [b"raw"]
    assert made_ready.prepared == [("a.heic", b"raw", 2_048)]
    assert text_of(events) == "Hello there."


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(f"What is {URL}?", [b"cat"], id="picture"),
        pytest.param(f"({URL}) and <{URL}>", [b"cat"], id="twice, in brackets"),
        pytest.param(f"{URL} beside https://example.org/about", [b"cat"], id="beside a page"),
        pytest.param("see https://example.org/random.", [b"surprise"], id="no suffix"),
        pytest.param(f"compare {URL}, {OTHER}!", [b"cat", b"dog"], id="two"),
    ],
)
async def test_linked_pictures_are_fetched_for_the_model(message: str, expected: list[bytes]) -> None:
    models = FakeModels()
    await reply(vision, Turn(message), services(models=models, fetcher=web()))
    assert seen(models.requests[0]) == expected


async def test_an_address_that_is_refused_is_told_and_nothing_is_asked() -> None:
    models = FakeModels()
    with pytest.raises(BadAddress, match="open internet"):
        await reply(vision, Turn("What is http://10.0.0.8/a.png"), services(models=models, fetcher=web()))
    assert models.requests == []


async def test_a_page_is_no_picture() -> None:
    with pytest.raises(BadAttachment, match=r"example\.org there is no picture"):
        await reply(vision, Turn("What is https://example.org/about"), services(fetcher=web()))


async def test_one_picture_that_cannot_be_had_does_not_cost_the_others() -> None:
    models = FakeModels()
    fetcher = web()
    fetcher.pages[OTHER] = Unreachable("example.org does not answer.", "Try later.")
    events = await reply(vision, Turn(f"{URL} {OTHER}"), services(models=models, fetcher=fetcher))
    assert seen(models.requests[0]) == [b"cat"]
    assert any("does not answer" in told for told in notices(events).values())


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
    events = await reply(vision, turn, services(models=models, catalogue=catalogue, fetcher=web()))
    assert models.requests[0].model.name == expected
    assert ("model" in notices(events)) is is_told


async def test_without_a_model_that_sees_the_picture_is_read(tmp_path: Path) -> None:
    models = FakeModels()
    read = FakePictures(PictureText("TOTAL 42 EUR", ("PNG, 4 x 4 pixels",)))
    turn = Turn("What is the total?", (attached(tmp_path / "bill.png", b"raw"),))
    events = await reply(vision, turn, services(models=models, catalogue=BLIND, pictures=read))
    sent = models.requests[0]
    assert sent.messages[-1].image_urls == ()
    assert "TOTAL 42 EUR" in sent.messages[-1].text
    assert '<picture name="bill.png">' in sent.messages[-1].text
    assert sent.messages[-1].text.endswith("What is the total?")
    assert "read, not seen" in notices(events)["read"]
    assert "OPENAI_API_KEY" in notices(events)["read"]
    assert any(isinstance(event, ToolFinished) and "TOTAL 42 EUR" in event.output for event in events)


async def test_a_small_built_in_model_answers_below_the_words_themselves(tmp_path: Path) -> None:
    models = FakeModels()
    small = FakeCatalogue((model("small", can=frozenset({"chat"}), is_embedded=True),))
    turn = Turn("What?", (attached(tmp_path / "sign.png", b"raw"),), history=said("a", "b"))
    read = FakePictures(PictureText("GATE 42\nCLOSED"))
    events = await reply(vision, turn, services(models=models, catalogue=small, pictures=read))
    assert text_of(events) == "> GATE 42\n> CLOSED\n\nHello there."
    assert [message.role for message in models.requests[0].messages] == ["system", "user"]


async def test_a_picture_without_words_is_told_by_its_facts_and_no_model_makes_more_of_it(
    tmp_path: Path,
) -> None:
    models = FakeModels()
    read = FakePictures(PictureText(" ", ("PNG, 4 x 4 pixels", "mostly blue")))
    turn = Turn("Who is that?", (attached(tmp_path / "sea.png", b"raw"),))
    events = await reply(vision, turn, services(models=models, catalogue=BLIND, pictures=read))
    assert models.requests == []
    assert "mostly blue" in text_of(events)


async def test_where_nothing_sees_or_reads_the_missing_key_is_named() -> None:
    reader = FakePictures(NotConfigured("Reading is not installed.", "Install it."))
    with pytest.raises(NotConfigured) as caught:
        await reply(vision, Turn(URL), services(catalogue=BLIND, pictures=reader, fetcher=web()))
    assert "OPENAI_API_KEY" in caught.value.hint


async def test_a_follow_up_sends_the_last_pictures_again(tmp_path: Path) -> None:
    models = FakeModels()
    first, last = attached(tmp_path / "a.png", b"first"), attached(tmp_path / "b.png", b"last")
    history = Conversation(
        (
            Message("user", "this?", (first,)),
            Message("assistant", "a"),
            Message("user", f"and these? {URL}", (last,)),
            Message("assistant", "b"),
            Message("user", "thanks"),
            Message("assistant", "welcome"),
        )
    )
    await reply(vision, Turn("what colour?", history=history), services(models=models, fetcher=web()))
    assert seen(models.requests[0]) == [b"last", b"cat"]
    assert all(message.image_urls == () for message in models.requests[0].messages[:-1])


async def test_a_made_picture_is_one_that_can_be_asked_about(tmp_path: Path) -> None:
    models = FakeModels()
    made = attached(tmp_path / "made.png", b"made")
    history = Conversation((Message("user", "draw a cat"), Message("assistant", "", (made,))))
    await reply(vision, Turn("what colour?", history=history), services(models=models))
    assert seen(models.requests[0]) == [b"made"]


async def test_in_a_talk_the_picture_stays_with_its_message(tmp_path: Path) -> None:
    models = FakeModels()
    shown = attached(tmp_path / "a.png", b"raw")
    history = Conversation((Message("user", "this?", (shown,)), Message("assistant", "A cat.")))
    await reply(text, Turn("How long do they live?", history=history), services(models=models))
    sent = models.requests[0].messages
    assert [len(message.image_urls) for message in sent] == [0, 1, 0, 0]
    shown.path.unlink()
    await reply(text, Turn("How long do they live?", history=history), services(models=models))
    assert [len(message.image_urls) for message in models.requests[1].messages] == [0, 0, 0, 0]


async def test_an_address_in_an_earlier_message_counts_as_its_picture() -> None:
    models = FakeModels()
    turn = Turn("and the colour?", history=said(f"What is {URL}?", "A cat."))
    await reply(vision, turn, services(models=models, fetcher=web()))
    assert seen(models.requests[0]) == [b"cat"]


async def test_without_any_picture_one_is_asked_for() -> None:
    with pytest.raises(BadAttachment, match="no picture"):
        await reply(vision, Turn("what is it?", history=said("hi", "hello")), services())


async def test_a_picture_without_a_question_is_described(tmp_path: Path) -> None:
    models = FakeModels()
    await reply(vision, Turn("", (attached(tmp_path / "a.png", b"raw"),)), services(models=models))
    assert "Describe" in models.requests[0].messages[-1].text


async def test_no_more_pictures_are_sent_than_vendors_take(tmp_path: Path) -> None:
    models = FakeModels()
    files = tuple(attached(tmp_path / f"{number}.png", b"raw") for number in range(12))
    await reply(vision, Turn("these?", files), services(models=models))
    assert len(models.requests[0].messages[-1].image_urls) == pictures.MAX_PICTURES


async def test_a_picture_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    broken = FakePictures(failure=BadAttachment("a.png is no picture.", "Send it as PNG."))
    turn = Turn("this?", (attached(tmp_path / "a.png", b"raw"),))
    with pytest.raises(BadAttachment, match="no picture"):
        await reply(vision, turn, services(pictures=broken))


async def test_a_picture_that_is_gone_is_asked_for_again(tmp_path: Path) -> None:
    gone = attached(tmp_path / "a.png", b"raw")
    gone.path.unlink()
    with pytest.raises(BadAttachment, match="no longer there"):
        await reply(vision, Turn("this?", (gone,)), services())
