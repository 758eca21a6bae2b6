"""The bench as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.routing_bench import printing

ROOT = Path(__file__).parents[2]
LINES = (
    '{"text": "draw a lighthouse", "labels": ["image-generation"], "slice": "core"}',
    '{"text": "thinking of you", "labels": ["thinking"], "slice": "core", "lang": "en"}',
    '{"text": "Was siehst du?", "labels": ["vision"], "has_image": true, "slice": "files", "lang": "de"}',
)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.routing", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return path


@pytest.mark.slow
def test_a_file_is_reported_with_every_table_and_baseline(file: Path) -> None:
    done = bench(str(file))
    assert done.returncode == 0, done.stderr
    for words in (
        "## some.jsonl",
        "macro-F1",
        "calibration error",
        "wrong paid route",
        "### Confusion",
        "| files | 1 | ",
        "| de | 1 | ",
        "### Under noise",
        "| always text | 0.333 ",
        "| keywords | ",
        "| semantic-router, defaults | ",
        "| TF-IDF, linear head | ",
        "messages/s |",
    ):
        assert words in done.stdout


@pytest.mark.slow
def test_json_of_two_files_without_baselines(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(LINES[0], "utf-8")
    done = bench("--json", "--no-baselines", str(file), str(other))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(one["file"], one["messages"]) for one in found] == [("some.jsonl", 3), ("other.jsonl", 1)]
    assert [one["name"] for one in found[0]["contenders"]] == ["rules+semantic", "semantic", "rules"]
    assert found[0]["costs"]["memory"]["libraries_mb"] > found[0]["costs"]["memory"]["used_mb"] > 0
    assert found[0]["costs"]["messages_a_second"] > 0


@pytest.mark.slow
def test_a_bad_file_ends_with_the_place_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "hi"}\n', "utf-8")
    done = bench(str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "bad.jsonl:1: The line has no labels." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_shows_what_is_unknown_as_such() -> None:
    assert printing.table(("a", "b"), [("x|y", None), ("z", 0.25)]) == (
        "| a | b |\n| --- | ---: |\n| x\\|y | - |\n| z | 0.250 |"
    )
