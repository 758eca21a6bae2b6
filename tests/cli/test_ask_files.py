"""`vtai ask`: the files that an answer makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_ask import PICTURE, saying
from vtai.core.events import FileReady, SpeechPiece, TextDelta


def test_files_are_saved_where_told_and_never_over_others(tmp_path: Path) -> None:
    shell = saying(TextDelta("Here:"), PICTURE, PICTURE)
    outcome = shell("ask", "Draw a cat", "--out", str(tmp_path / "made"))
    paths = [tmp_path / "made" / "cat.png", tmp_path / "made" / "cat-2.png"]
    assert outcome.out.splitlines() == ["Here:", *(f"Saved {path}" for path in paths)]
    assert all(path.read_bytes() == PICTURE.data for path in paths)


def test_files_go_to_the_current_folder_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saying(PICTURE)("ask", "Draw a cat")
    assert (tmp_path / "cat.png").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = saying(PICTURE, TextDelta("Done."))("ask", "Draw", "--out", str(tmp_path / "file"))
    assert "--out" in outcome.err
    assert "Done." in outcome.out


def test_speech_is_a_file_and_its_pieces_are_only_told_about(tmp_path: Path) -> None:
    script = (
        TextDelta("Hello."),
        SpeechPiece(0, "audio/wav", b"RIFF", "Hello."),
        FileReady("speech.wav", "audio/wav", b"RIFF"),
    )
    assert "RIFF" not in saying(*script)("ask", "Hi", "--out", str(tmp_path)).out
    assert (tmp_path / "speech.wav").read_bytes() == b"RIFF"
    lines = saying(*script)("ask", "Hi", "--json", "--out", str(tmp_path)).out.splitlines()
    assert {
        "event": "speech_piece",
        "number": 0,
        "media_type": "audio/wav",
        "text": "Hello.",
        "size_bytes": 4,
    } in [json.loads(line) for line in lines]
