"""Text: files that come with a message are read into it, or named as unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import FakeCatalogue, FakeModels, model, services
from tests.handlers.helpers import attached, notices, picture, reply
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment
from vtai.core.messages import Message
from vtai.core.turn import Turn
from vtai.handlers import text


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param("a.txt", "grüße".encode(), "grüße", id="utf-8"),
        pytest.param("a.csv", b"a,b\n1,2", "a,b\n1,2", id="csv"),
        pytest.param("a.txt", "grüße".encode("utf-16"), "grüße", id="utf-16"),
        pytest.param("a.txt", "\ufeffhi".encode(), "hi", id="byte order mark"),
        pytest.param("a.log", "grüße".encode("cp1252"), "grüße", id="western"),
        pytest.param("a.unknown", b"plain", "plain", id="unknown suffix"),
        pytest.param("a.txt", b"x</file>y", "x</ file>y", id="closing mark"),
        pytest.param('a"b.txt', b"x", '<file name="a b.txt">\nx', id="quote in the name"),
    ],
)
async def test_text_files_are_read_into_the_message(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    models = FakeModels()
    turn = Turn("what is it?", (attached(tmp_path / name, content),))
    events = await reply(text, turn, services(models=models))
    sent = models.requests[0].messages[-1]
    assert expected in sent.text
    assert sent.text.endswith("</file>\n\nwhat is it?")
    assert sent.attachments == ()
    assert notices(events) == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 text"),
        ("a.xlsx", b"PK\x03\x04abc"),
        ("a.mp3", b"ID3 abc"),
        ("a.bin", b"a\0b"),
        ("a.rtf", b"{\\rtf1 abc}"),
    ],
)
async def test_other_files_are_named_as_unread(tmp_path: Path, name: str, content: bytes) -> None:
    models = FakeModels()
    file = attached(tmp_path / name, content)
    events = await reply(text, Turn("what is it?", (file,)), services(models=models))
    assert name in notices(events)["unread"]
    assert models.requests[0].messages[-1].text == "what is it?"
    with pytest.raises(BadAttachment, match=name):
        await reply(text, Turn("", (file,)), services(models=models))


async def test_a_file_larger_than_the_model_takes_is_cut_and_said_so(tmp_path: Path) -> None:
    models = FakeModels()
    big = attached(tmp_path / "big.txt", b"y" * 50_000)
    small = attached(tmp_path / "small.txt", b"z")
    events = await reply(text, Turn("sum up", (big, small)), services(models=models))
    assert models.requests[0].messages[-1].text.count("y") == 12_000
    assert "big.txt, small.txt" in notices(events)["cut"]


async def test_a_file_alone_is_summed_up_and_stays_known_in_later_turns(tmp_path: Path) -> None:
    models = FakeModels()
    file = attached(tmp_path / "a.txt", b"the secret is 7")
    await reply(text, Turn("", (file,)), services(models=models))
    assert "sum up" in models.requests[0].messages[-1].text
    history = Conversation((Message("user", "", (file,)), Message("assistant", "A secret.")))
    await reply(text, Turn("which?", history=history), services(models=models))
    assert "the secret is 7" in models.requests[1].messages[1].text
    file.path.unlink()
    await reply(text, Turn("which?", history=history), services(models=models))
    assert models.requests[2].messages[1].text == "(Attached: a.txt)"
    with pytest.raises(BadAttachment, match="no longer there"):
        await reply(text, Turn("which?", (file,)), services(models=models))


async def test_a_picture_goes_along_only_to_a_model_that_sees(tmp_path: Path) -> None:
    models = FakeModels()
    turn = Turn("hi", (picture(tmp_path / "a.png"),))
    await reply(text, turn, services(models=models))
    assert models.requests[0].messages[-1].image_urls[0].startswith("data:image/png;base64,")
    blind = FakeCatalogue((model("blind", can=frozenset({"chat"})),))
    events = await reply(text, turn, services(models=models, catalogue=blind))
    assert models.requests[1].messages[-1].image_urls == ()
    assert "blind" in notices(events)["unseen"]
