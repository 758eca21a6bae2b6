"""Clips become one transcript: in order, at their times, a few at once, and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes import FakeCatalogue, model
from tests.fakes_sound import FakeRecordings, FakeTranscripts
from vtai.core.errors import BadAttachment, BadKey, NotConfigured, RateLimited, VendorDown, VTError
from vtai.core.messages import Attachment
from vtai.core.sound import Audio, Clip, HeardSoFar, SpokenPart, Transcript
from vtai.core.turn import SpeechOptions
from vtai.providers.recordings.remembered import RememberedTranscripts
from vtai.providers.recordings.transcripts import NOT_UNDERSTOOD, FileTranscripts

FILE = Attachment("talk.mp3", "audio/mpeg", Path("talk.mp3"), 1)
DOWN = VendorDown("It is down.", "Wait.")


def clips(count: int) -> list[Clip]:
    """Clip n is ten seconds long, begins at 20 n, and says so."""
    return [
        Clip(20.0 * n, 20.0 * n + 10, Audio(f"{n}".encode(), "audio/wav"), 20.0 * count) for n in range(count)
    ]


@dataclass
class Ears:
    """Says the number of each clip, the first ones last; fails as it was told, once for each error."""

    failures: dict[str, list[VTError]] = field(default_factory=dict)
    parts: Sequence[SpokenPart] | None = None
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    now: int = 0
    most_at_once: int = 0

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        raise NotImplementedError

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        name = audio.data.decode()
        self.asked.append((name, language, model))
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await asyncio.sleep(0.001 * (4 - int(name) % 4))
        finally:
            self.now -= 1
        if self.failures.get(name):
            raise self.failures[name].pop(0)
        parts = (SpokenPart(0.0, 0.0, f"clip {name}"),) if self.parts is None else tuple(self.parts)
        return Transcript(parts, "de")


def transcripts(count: int, ears: Ears, *, is_embedded: bool = False, **more: float) -> FileTranscripts:
    catalogue = FakeCatalogue((model("ear-9", is_embedded=is_embedded),))
    return FileTranscripts(FakeRecordings(clips(count)), ears, catalogue, retry_s=0.0, **more)


async def heard(listener: FileTranscripts | RememberedTranscripts) -> tuple[list[HeardSoFar], Transcript]:
    async with aclosing(listener.listen(FILE, "de", "ear-9")) as events:
        *so_far, last = [event async for event in events]
    assert isinstance(last, Transcript)
    return [event for event in so_far if isinstance(event, HeardSoFar)], last


@pytest.mark.parametrize(("is_embedded", "most"), [(True, 2), (False, 4)], ids=["own", "vendor"])
async def test_clips_are_heard_side_by_side_and_come_in_order(is_embedded: bool, most: int) -> None:
    ears = Ears()
    so_far, whole = await heard(transcripts(9, ears, is_embedded=is_embedded))
    assert whole.parts == tuple(SpokenPart(20.0 * n, 20.0 * n + 10, f"clip {n}") for n in range(9))
    assert [part for event in so_far for part in event.parts] == list(whole.parts)
    assert so_far[-1].share == pytest.approx(170 / 180)
    assert whole.language == "de"
    assert ears.most_at_once == most
    assert ears.asked[0] == ("0", "de", "ear-9")


async def test_times_within_a_clip_are_times_of_the_file_and_stay_within_it() -> None:
    ears = Ears(
        parts=[SpokenPart(1.0, 2.0, " one "), SpokenPart(9.0, 40.0, "two"), SpokenPart(9.5, 9.9, " ")]
    )
    _, whole = await heard(transcripts(2, ears))
    assert whole.parts[2:] == (SpokenPart(21.0, 22.0, "one"), SpokenPart(29.0, 30.0, "two"))


async def test_a_clip_that_fails_once_is_tried_again() -> None:
    ears = Ears({"1": [RateLimited("Slow down.", "Wait.", 0.0)]})
    _, whole = await heard(transcripts(3, ears))
    assert NOT_UNDERSTOOD not in whole.text
    assert not whole.notes


async def test_a_clip_that_fails_twice_is_marked_and_told() -> None:
    _, whole = await heard(transcripts(3, Ears({"1": [DOWN, DOWN]})))
    assert whole.parts[1] == SpokenPart(20.0, 30.0, NOT_UNDERSTOOD)
    assert whole.notes == ("1 of its parts could not be listened to.",)


@pytest.mark.parametrize(
    ("failures", "most_asked"),
    [
        pytest.param({"0": [BadKey("No.", "Set a key.")]}, 4, id="a key that is refused"),
        pytest.param({"0": [NotConfigured("English only.", "Set a key.")]}, 4, id="a language it lacks"),
        pytest.param({f"{n}": [DOWN, DOWN] for n in range(20)}, 14, id="a vendor that is gone"),
    ],
)
async def test_what_would_fail_again_ends_it(failures: dict[str, list[VTError]], most_asked: int) -> None:
    ears = Ears(failures)
    with pytest.raises((BadKey, NotConfigured, VendorDown)):
        await heard(transcripts(20, ears))
    assert len(ears.asked) <= most_asked
    assert ears.now == 0


async def test_a_recording_without_words_is_an_error() -> None:
    with pytest.raises(BadAttachment, match=r"No words were understood in talk\.mp3"):
        await heard(transcripts(2, Ears(parts=())))


async def test_notes_of_the_recording_are_handed_on() -> None:
    noted = [Clip(0.0, 1.0, Audio(b"0", "audio/wav"), note="It breaks off."), *clips(1)]
    listener = FileTranscripts(FakeRecordings(noted), Ears(), FakeCatalogue())
    assert (await heard(listener))[1].notes == ("It breaks off.",)


async def test_what_takes_too_long_ends_with_a_note() -> None:
    with pytest.raises(BadAttachment):
        await heard(transcripts(4, Ears(), budget_s=-1.0))


async def test_stopping_stops_the_clips_that_are_being_heard() -> None:
    ears = Ears()
    async with aclosing(transcripts(9, ears).listen(FILE)) as events:
        await anext(events)
    assert ears.now == 0


@pytest.fixture
def kept(tmp_path: Path) -> Attachment:
    (tmp_path / "kept").write_bytes(b"sound")
    return Attachment("talk.mp3", "audio/mpeg", tmp_path / "kept", 5)


async def all_of(
    listener: RememberedTranscripts, file: Attachment, language: str | None = None
) -> Transcript:
    async with aclosing(listener.listen(file, language)) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Transcript)
    return last


async def test_a_file_is_listened_to_once(kept: Attachment) -> None:
    inner = FakeTranscripts()
    listener = RememberedTranscripts(inner)
    assert await listener.known(kept) is None
    first = await all_of(listener, kept)
    assert await all_of(listener, kept) == first == await listener.known(kept)
    assert len(inner.asked) == 1


@pytest.mark.parametrize("change", ["language", "content"])
async def test_what_changed_is_listened_to_again(kept: Attachment, change: str) -> None:
    inner = FakeTranscripts()
    listener = RememberedTranscripts(inner)
    await all_of(listener, kept)
    if change == "content":
        kept.path.write_bytes(b"other sound")
    await all_of(listener, kept, "de" if change == "language" else None)
    assert len(inner.asked) == 2


async def test_that_nobody_speaks_is_remembered_and_a_vendors_failure_is_not(kept: Attachment) -> None:
    silent = FakeTranscripts({"talk.mp3": BadAttachment("Nobody speaks.", "Play it.")})
    broken = FakeTranscripts({"talk.mp3": DOWN})
    for inner, error in ((silent, BadAttachment), (broken, VendorDown)):
        listener = RememberedTranscripts(inner)
        for _ in range(2):
            with pytest.raises(error):
                await all_of(listener, kept)
    assert (len(silent.asked), len(broken.asked)) == (1, 2)


async def test_the_oldest_is_forgotten(tmp_path: Path, kept: Attachment) -> None:
    listener = RememberedTranscripts(FakeTranscripts(), most=1)
    other = Attachment("b.mp3", "", tmp_path / "b", 1)
    other.path.write_bytes(b"b")
    await all_of(listener, kept)
    await all_of(listener, other)
    assert await listener.known(kept) is None
    assert await listener.known(other) is not None
