"""Sound files of every kind become clips of speech; the others are told apart in plain words."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import wave
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.providers.recordings import sounds
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.core.sound import Clip
from vtai.providers.recordings.clips import SoundFiles

pytestmark = pytest.mark.slow


async def cut(file: Attachment, clip_s: float = 30.0, **more: float) -> list[Clip]:
    async with aclosing(SoundFiles(**more).clips(file, clip_s)) as clips:  # type: ignore[arg-type]
        return [clip async for clip in clips]


async def refused(file: Attachment, **more: float) -> str:
    with pytest.raises(BadAttachment) as caught:
        await cut(file, **more)
    said = f"{caught.value.message} {caught.value.hint}"
    assert str(file.path) not in said
    return said


@pytest.mark.parametrize("suffix", [*sounds.KINDS, "mp4", "mov"])
async def test_every_usual_kind_is_heard(tmp_path: Path, suffix: str) -> None:
    samples = sounds.silence(3) + sounds.speech(6) + sounds.silence(3)
    content = sounds.sound(suffix, samples, has_picture=suffix in {"mp4", "mov", "mkv"})
    clips = await cut(sounds.attached(tmp_path, f"talk.{suffix}", content))
    assert clips[0].start_s == pytest.approx(3.5, abs=1.0)
    assert clips[-1].end_s == pytest.approx(9.3, abs=1.0)
    with wave.open(io.BytesIO(clips[0].audio.data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        length_s = file.getnframes() / 16_000
    assert length_s == pytest.approx(clips[0].end_s - clips[0].start_s, abs=0.01)
    assert clips[0].total_s == pytest.approx(12, abs=0.5)


async def test_long_speech_is_cut_and_silence_is_dropped(tmp_path: Path) -> None:
    speech = sounds.speech(20)
    samples = speech + sounds.silence(8) + speech
    clips = await cut(sounds.attached(tmp_path, "a.flac", sounds.sound("flac", samples)), clip_s=8.0)
    assert all(clip.end_s - clip.start_s <= 8.05 for clip in clips)
    assert all(one.end_s <= two.start_s + 0.001 for one, two in itertools.pairwise(clips))
    assert not [clip for clip in clips if clip.start_s < 24 < clip.end_s]
    assert sum(clip.end_s - clip.start_s for clip in clips) > 30


@pytest.mark.parametrize(
    ("rate_hz", "layout"),
    [pytest.param(8_000, "mono", id="telephone"), pytest.param(96_000, "5.1", id="studio")],
)
async def test_odd_rates_and_channels_are_heard(tmp_path: Path, rate_hz: int, layout: str) -> None:
    content = sounds.sound("flac", sounds.speech(6, rate_hz), rate_hz=rate_hz, layout=layout)
    clips = await cut(sounds.attached(tmp_path, "a.flac", content))
    assert clips[-1].end_s == pytest.approx(6, abs=0.6)


async def test_the_kind_is_known_by_the_content_and_a_cover_picture_is_passed_over(tmp_path: Path) -> None:
    content = sounds.with_cover(sounds.sound("mp3", sounds.speech(6)))
    assert await cut(sounds.attached(tmp_path, "song.wav", content))


async def test_what_a_browser_recorded_has_no_length_and_is_heard(tmp_path: Path) -> None:
    content = sounds.sound("webm", sounds.speech(6), is_live=True)
    clips = await cut(sounds.attached(tmp_path, "voice.webm", content))
    assert clips[-1].total_s == pytest.approx(6, abs=0.5)


async def test_two_hours_of_silence_are_told_and_nothing_is_held(tmp_path: Path) -> None:
    content = sounds.sound("flac", sounds.silence(7_200, 16_000), rate_hz=16_000)
    said = await refused(sounds.attached(tmp_path, "night.flac", content), memory_mb=600)
    assert said.startswith("Nobody speaks in night.flac: 2:00:00 without a word.")


async def test_an_mp3_that_breaks_off_early_says_where(tmp_path: Path) -> None:
    content = sounds.sound("mp3", sounds.speech(60))
    said = await refused(sounds.attached(tmp_path, "call.mp3", content[: len(content) // 4]))
    assert said.startswith("call.mp3 breaks off at 00:1")
    assert "of 01:00" in said


async def test_an_mp3_that_breaks_off_late_is_heard_with_a_note(tmp_path: Path) -> None:
    content = sounds.sound("mp3", sounds.speech(60))
    clips = await cut(sounds.attached(tmp_path, "call.mp3", content[: len(content) * 3 // 4]))
    assert [bool(clip.note) for clip in clips] == [True, *[False] * (len(clips) - 1)]
    assert clips[0].note.startswith("It breaks off at 00:4")
    assert clips[-1].end_s == pytest.approx(45, abs=2)


async def test_broken_places_are_left_out_and_times_stay_right(tmp_path: Path) -> None:
    content = bytearray(sounds.sound("mp3", sounds.speech(20) + sounds.silence(5)))
    middle = len(content) // 3
    content[middle : middle + 4_000] = bytes(range(250)) * 16
    clips = await cut(sounds.attached(tmp_path, "call.mp3", bytes(content)))
    assert clips[-1].end_s == pytest.approx(20, abs=1.5)


def reference(tmp_path: Path) -> bytes:
    """A list of files that names one which is there, where the program runs."""
    (tmp_path / "there.wav").write_bytes(sounds.sound("wav", sounds.speech(6)))
    return b"ffconcat version 1.0\nfile 'there.wav'\n"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda _: b"Dear Sir or Madam, " * 500, "not a sound file", id="a letter"),
        pytest.param(lambda _: b"", "is incomplete", id="nothing"),
        pytest.param(lambda _: sounds.film_without_sound(), "There is no sound in", id="a silent film"),
        pytest.param(
            lambda _: sounds.sound("m4a", sounds.speech(6))[:9_000], "is incomplete", id="without an index"
        ),
        pytest.param(reference, "not a sound file", id="a list of files"),
    ],
)
async def test_what_is_no_sound_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    content = make(tmp_path)  # type: ignore[operator]
    assert said in await refused(sounds.attached(tmp_path, "a.mp3", content))


async def test_a_recording_over_the_limit_is_told_before_it_is_decoded(tmp_path: Path) -> None:
    content = sounds.sound("flac", sounds.silence(900, 16_000), rate_hz=16_000)
    assert "longer than 10 minutes" in await refused(sounds.attached(tmp_path, "a.flac", content), most_s=600)


async def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    assert "no longer there" in await refused(Attachment("a.mp3", "", tmp_path / "gone", 1))


async def test_stopping_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    real = asyncio.create_subprocess_exec

    async def remembered(*arguments: str, **more: object) -> asyncio.subprocess.Process:
        started.append(await real(*arguments, **more))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remembered)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    file = sounds.attached(tmp_path, "a.flac", sounds.sound("flac", sounds.speech(300)))
    async with aclosing(SoundFiles().clips(file, 5.0)) as clips:
        await anext(clips)
        variables = Path(f"/proc/{started[0].pid}/environ")
        if variables.exists():
            assert b"sk-secret" not in variables.read_bytes()
    with pytest.raises(ProcessLookupError):
        os.kill(started[0].pid, 0)
