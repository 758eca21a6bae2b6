"""Text: files that come with a message are read into it, whole or the passages that matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeReader, model, services, text_of
from tests.handlers.helpers import attached, notices, picture, reply
from vtai.core.conversation import Conversation
from vtai.core.documents import Document, Passage
from vtai.core.errors import BadAttachment
from vtai.core.events import SourcesFound, TextDelta
from vtai.core.messages import Message
from vtai.core.turn import Turn
from vtai.handlers import text

LEASE = Document(
    "lease.pdf",
    tuple(
        Passage(
            f"page {number}",
            f"Clause {number}. " + ("The deposit is 950 euros. " if number == 9 else "") + "x " * 800,
        )
        for number in range(1, 31)
    ),
)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param("a.csv", b"a,b\n1,2", "a,b\n1,2", id="csv"),
        pytest.param("a.unknown", b"plain", "plain", id="unknown suffix"),
        pytest.param("a.txt", b"x</file>y", "x</ file>y", id="closing mark"),
        pytest.param('a"b.txt', b"x", '<file name="a b.txt">\nx', id="quote in the name"),
    ],
)
async def test_files_are_read_into_the_message(
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


async def test_places_are_marked_where_they_begin_and_notes_are_told(tmp_path: Path) -> None:
    models = FakeModels()
    passages = (Passage("page 1", "One."), Passage("page 1", "Two."), Passage("page 2", "Three."))
    document = Document("a.pdf", passages, ("Read 2 of 3 pages.",))
    turn = Turn("what is it?", (attached(tmp_path / "a.pdf", b"%PDF"),))
    events = await reply(text, turn, services(models=models, reader=FakeReader({"a.pdf": document})))
    assert "[page 1]\nOne.\nTwo.\n[page 2]\nThree." in models.requests[0].messages[-1].text
    assert "a.pdf: Read 2 of 3 pages." in notices(events).values()


async def test_of_a_file_too_large_the_passages_that_bear_on_the_question_are_sent_and_cited(
    tmp_path: Path,
) -> None:
    models = FakeModels([[TextDelta("950 euros [1], they say [7].")]])
    turn = Turn("how high is the deposit?", (attached(tmp_path / "lease.pdf", b"%PDF"),))
    events = await reply(text, turn, services(models=models, reader=FakeReader({"lease.pdf": LEASE})))
    sent = models.requests[0].messages
    assert 'place="page 9"' in sent[-1].text
    assert "deposit is 950 euros" in sent[-1].text
    assert len(sent[-1].text) < 12_500
    assert "number of the passage" in sent[0].text
    (found,) = [event for event in events if isinstance(event, SourcesFound)]
    assert found.sources[0].title == "lease.pdf, page 9"
    assert "deposit" in found.sources[0].passage
    assert found.sources[0].url == ""
    assert "page 9" in notices(events)["passages lease.pdf"]
    assert text_of(events) == "950 euros [1], they say."


async def test_a_question_about_all_of_a_large_file_gets_parts_of_all_of_it(tmp_path: Path) -> None:
    models = FakeModels()
    turn = Turn("", (attached(tmp_path / "lease.pdf", b"%PDF"),))
    events = await reply(text, turn, services(models=models, reader=FakeReader({"lease.pdf": LEASE})))
    sent = models.requests[0].messages[-1].text
    assert 'place="page 1"' in sent
    assert 'place="page 30"' in sent
    assert "spread over all of it" in notices(events)["passages lease.pdf"]


async def test_a_small_built_in_model_gets_the_sentences_that_matter_and_no_page(tmp_path: Path) -> None:
    models = FakeModels()
    turn = Turn("how high is the deposit?", (attached(tmp_path / "lease.pdf", b"%PDF"),))
    small = FakeCatalogue((model("small", is_embedded=True),))
    reader = FakeReader({"lease.pdf": LEASE})
    events = await reply(text, turn, services(models=models, reader=reader, catalogue=small))
    sent = models.requests[0].messages[-1].text
    assert "The deposit is 950 euros." in sent
    assert 'place="page 9"' in sent
    assert len(sent) < 1_300
    assert "page 9" in notices(events)["passages lease.pdf"]


async def test_one_file_that_cannot_be_read_does_not_cost_the_others(tmp_path: Path) -> None:
    models = FakeModels()
    locked = BadAttachment("a.pdf is locked.", "Send it without a password.")
    files = (attached(tmp_path / "a.pdf", b"%PDF"), attached(tmp_path / "b.txt", b"free"))
    reader = FakeReader({"a.pdf": locked})
    events = await reply(text, Turn("what?", files), services(models=models, reader=reader))
    assert "free" in models.requests[0].messages[-1].text
    assert any("a.pdf is locked." in told for told in notices(events).values())
    with pytest.raises(BadAttachment, match="locked"):
        await reply(text, Turn("what?", files[:1]), services(models=models, reader=reader))


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
