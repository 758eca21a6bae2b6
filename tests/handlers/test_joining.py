"""Pieces of sound as one file, checked by a decoder."""

from __future__ import annotations

import pytest

from tests.handlers.sounds import mp3, opus, seconds_of, streamed_wav, told_seconds, wav
from vtai.core.sound import Audio
from vtai.handlers.joining import joined


@pytest.mark.parametrize(
    ("pieces", "tolerance_s"),
    [
        pytest.param([wav(0.5), wav(0.25), wav(0.1)], 0.001, id="wav"),
        pytest.param([streamed_wav(0.5), streamed_wav(0.35)], 0.001, id="wav of unknown length"),
        pytest.param([mp3(0.5), mp3(0.35)], 0.2, id="mp3"),
        pytest.param([mp3(0.5, 44_100), mp3(0.35, 44_100)], 0.2, id="mp3 of another rate"),
    ],
)
def test_pieces_become_one_file_of_their_length(pieces: list[Audio], tolerance_s: float) -> None:
    (whole,) = joined(pieces)
    assert seconds_of(whole) == pytest.approx(0.85, abs=tolerance_s)
    assert told_seconds(whole) == pytest.approx(0.85, abs=tolerance_s)


def test_an_mp3_has_no_tags_and_no_table_of_contents_in_it() -> None:
    pieces = [mp3(0.4) for _ in range(3)]
    assert all(piece.data.startswith(b"ID3") for piece in pieces)
    (whole,) = joined(pieces)
    for mark in (b"ID3", b"Xing", b"Info", b"TAG"):
        assert mark not in whole.data


def test_an_old_tag_at_the_end_is_no_sound() -> None:
    tagged = Audio(mp3(0.4).data + b"TAG" + bytes(125), "audio/mpeg")
    (whole,) = joined([tagged, tagged])
    assert b"TAG" not in whole.data


def test_a_piece_that_broke_off_does_not_turn_the_next_into_noise() -> None:
    whole = wav(0.5)
    (both,) = joined([Audio(whole.data[:-3], "audio/wav"), whole])
    (alone,) = joined([whole])
    assert both.data.endswith(alone.data[44:])
    assert seconds_of(both) == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([wav(0.1), wav(0.1, rate_hz=16_000)], id="wav of two rates"),
        pytest.param([wav(0.1), mp3(0.1)], id="two kinds"),
        pytest.param([opus(0.1), opus(0.2)], id="a kind that cannot be joined"),
        pytest.param([Audio(b"RIFF....WAVE", "audio/wav"), Audio(b"junk", "audio/wav")], id="no sound"),
    ],
)
def test_what_cannot_be_joined_stays_as_it_is(pieces: list[Audio]) -> None:
    assert joined(pieces) == pieces


def test_one_piece_is_the_file_and_none_is_none() -> None:
    assert joined([mp3(0.1)]) == [mp3(0.1)]
    assert joined([]) == []
    assert joined([Audio(b"", "audio/mpeg"), wav(0.1)]) == [wav(0.1)]


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_files_that_broke_off_early_raise_nothing(cut: int) -> None:
    for whole in (wav(0.1), mp3(0.1)):
        joined([Audio(whole.data[:cut], whole.media_type)] * 2)
