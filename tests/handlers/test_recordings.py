"""Recordings in messages: written down with times, or read for an answer that names the times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import fakes
from tests.handlers.helpers import attached, notices, reply
from vtai.core import transcribing
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment, VendorDown
from vtai.core.events import (
    Event,
    FileReady,
    SourcesFound,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from vtai.core.messages import Attachment, Message
from vtai.core.ports import Handler, Stream
from vtai.core.routes import Decision
from vtai.core.sound import SpokenPart, Transcript
from vtai.core.turn import Capability, Preferences, Turn
from vtai.handlers import assistant, text

TALK = Transcript(
    (
        SpokenPart(0.5, 4.0, "Good morning."),
        SpokenPart(4.2, 9.0, "We begin with <the> budget."),
        SpokenPart(83.0, 90.0, "The harbour opens in May."),
    ),
    "en",
    ("It breaks off at 02:00 of 02:30; what comes after is missing.",),
)
SILENT = BadAttachment("Nobody speaks in night.mp3.", "Play it.")


def recording(tmp_path: Path, name: str = "talk.mp3") -> Attachment:
    return attached(tmp_path / name, b"sound")


async def collected(stream: Stream, events: list[Event]) -> None:
    """Adds what comes to the events, so that it is known when an error ends it."""
    async for event in stream:
        events.append(event)  # noqa: PERF401 a comprehension would keep nothing when it ends in an error


def listening(**more: fakes.FakeModels) -> fakes.Services:
    heard = fakes.FakeTranscripts({"talk.mp3": TALK, "night.mp3": SILENT}, is_remembering=False)
    return fakes.services(transcripts=heard, **more)


@pytest.mark.parametrize("said", ["", "Transcribe this, please.", "<think>"])
async def test_a_recording_without_a_question_is_written_down(tmp_path: Path, said: str) -> None:
    models = fakes.FakeModels()
    turn = Turn(said, (recording(tmp_path),))
    events = await reply(text, turn, listening(models=models))
    assert fakes.text_of(events) == (
        "[00:00:00] Good morning. We begin with \\<the\\> budget.\n\n[00:01:23] The harbour opens in May.\n\n"
    )
    assert notices(events)["recording talk.mp3"].startswith("talk.mp3: It breaks off")
    assert [
        type(event) for event in events if isinstance(event, ToolStarted | ToolProgress | ToolFinished)
    ] == [
        ToolStarted,
        ToolProgress,
        ToolProgress,
        ToolFinished,
    ]
    made = {event.name: event for event in events if isinstance(event, FileReady)}
    assert made["talk.txt"].data.decode().startswith("[00:00:00] Good morning. We begin with <the> budget.")
    assert made["talk.srt"].media_type == "application/x-subrip"
    assert "3\n00:01:23,000 --> 00:01:30,000\nThe harbour opens in May.\n" in made["talk.srt"].data.decode()
    assert not models.requests


async def test_the_language_and_the_model_are_the_persons(tmp_path: Path) -> None:
    services = listening()
    preferences = Preferences(spoken_language="fr", models={"transcription": "ear-9"})
    await reply(text, Turn("", (recording(tmp_path),), preferences=preferences), services)
    assert services.transcripts.asked == [("talk.mp3", "fr", "ear-9")]  # type: ignore[attr-defined]


async def test_a_question_is_answered_from_passages_with_their_times(tmp_path: Path) -> None:
    models = fakes.FakeModels([[TextDelta("In May [2], not in June [7].")]])
    events = await reply(
        text, Turn("When does the harbour open?", (recording(tmp_path),)), listening(models=models)
    )
    sources = next(event.sources for event in events if isinstance(event, SourcesFound))
    assert [(source.number, source.title) for source in sources] == [
        (1, "talk.mp3, 00:00-00:09"),
        (2, "talk.mp3, 01:23-01:30"),
    ]
    assert fakes.text_of(events) == "In May [2], not in June."
    system, asked = models.requests[0].messages[0].text, models.requests[0].messages[-1].text
    assert 'place="01:23-01:30"' in asked
    assert "said in a recording" in system
    assert isinstance(events[0], ToolStarted)


async def test_a_recording_that_nobody_speaks_in_is_told(tmp_path: Path) -> None:
    for said in ("", "What is said?"):
        with pytest.raises(BadAttachment, match="Nobody speaks"):
            await reply(text, Turn(said, (recording(tmp_path, "night.mp3"),)), listening())


async def test_of_two_recordings_the_good_one_is_written_down(tmp_path: Path) -> None:
    files = (recording(tmp_path, "night.mp3"), recording(tmp_path))
    said = fakes.text_of(await reply(text, Turn("", files), listening()))
    assert "**night.mp3**\n\nNobody speaks" in said
    assert "**talk.mp3**\n\n[00:00:00] Good" in said


async def test_a_vendor_that_fails_ends_the_step_and_the_reply(tmp_path: Path) -> None:
    broken = fakes.FakeTranscripts({"talk.mp3": VendorDown("It is down.", "Wait.")})
    turn = Turn("", (recording(tmp_path),))
    events: list[Event] = []
    decision = Decision("text", 1.0, "A test.", "test")
    replied = text.reply(turn, decision, fakes.services(transcripts=broken))
    with pytest.raises(VendorDown):
        await collected(replied, events)
    assert isinstance(events[-1], ToolFinished)
    assert events[-1].is_error


async def test_a_later_question_listens_again_only_to_what_is_forgotten(tmp_path: Path) -> None:
    history = Conversation(
        (Message("user", "", (recording(tmp_path),)), Message("assistant", "[00:00:00] Good"))
    )
    for is_remembering, times in ((True, 1), (False, 1)):
        models = fakes.FakeModels()
        heard = fakes.FakeTranscripts({"talk.mp3": TALK}, is_remembering=is_remembering)
        services = fakes.services(transcripts=heard, models=models)
        await reply(text, Turn("And the harbour?", history=history), services)
        assert len(heard.asked) == times
    assert "(Attached: talk.mp3)" in models.requests[0].messages[1].text


async def test_a_long_transcript_is_cut_in_the_chat_and_whole_in_its_file(tmp_path: Path) -> None:
    parts = tuple(SpokenPart(10.0 * n, 10.0 * n + 9, "word " * 60 + f"{n}.") for n in range(400))
    services = fakes.services(transcripts=fakes.FakeTranscripts({"talk.mp3": Transcript(parts)}))
    events = await reply(text, Turn("", (recording(tmp_path),)), services)
    assert len(fakes.text_of(events)) < 65_000
    assert fakes.text_of(events).endswith("The rest is in the files.\n\n")
    made = next(event for event in events if isinstance(event, FileReady))
    assert "399." in made.data.decode()


async def test_long_parts_become_several_subtitles(tmp_path: Path) -> None:
    parts = (SpokenPart(0.0, 30.0, "one two three four five six seven eight nine ten " * 4),)
    services = fakes.services(transcripts=fakes.FakeTranscripts({"talk.mp3": Transcript(parts)}))
    events = await reply(text, Turn("", (recording(tmp_path),)), services)
    subtitles = next(
        event.data.decode() for event in events if isinstance(event, FileReady) and "srt" in event.name
    )
    assert subtitles.count("-->") == 3
    assert "00:00:30,000\n" in subtitles
    assert max(map(len, subtitles.splitlines())) <= 42


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", True),
        ("transcribe", True),
        ("Can you transcribe this recording for me?", True),
        ("please write it down", True),
        ("Schreib das auf, bitte!", True),
        ("transcribe it and translate it into French", False),
        ("What does she say about the harbour?", False),
    ],
)
def test_only_bare_requests_are_for_the_words_alone(said: str, expected: bool) -> None:
    assert transcribing.is_wanted(said) is expected


EAR = fakes.model("ear", can=fakes.ALL | {"audio"})


@pytest.mark.parametrize("handler", [text, assistant], ids=["text", "assistant"])
@pytest.mark.parametrize(
    ("content", "chosen", "is_direct"),
    [
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", {"chat": "ear"}, True, id="chosen"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", {}, False, id="not chosen"),
        pytest.param(b"OggS", {"chat": "ear"}, False, id="of a kind that vendors do not take"),
        pytest.param(b"ID3" + bytes(14_000_000), {"chat": "ear"}, False, id="too large"),
    ],
)
async def test_a_model_that_hears_gets_small_recordings_as_they_are(
    tmp_path: Path, handler: Handler, content: bytes, chosen: dict[Capability, str], is_direct: bool
) -> None:
    file = attached(tmp_path / "talk.mp3", content)
    models = fakes.FakeModels()
    heard = fakes.FakeTranscripts()
    services = fakes.services(models=models, catalogue=fakes.FakeCatalogue((EAR,)), transcripts=heard)
    turn = Turn("What is it about?", (file,), preferences=Preferences(models=chosen))
    await reply(handler, turn, services)
    assert models.requests[0].messages[-1].attachments == ((file,) if is_direct else ())
    assert bool(heard.asked) is not is_direct
