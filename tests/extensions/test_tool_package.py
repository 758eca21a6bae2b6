"""Tools of another package: listed, configured, asked about, run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.extensions.conftest import Command
from tests.extensions.ollama_server import OllamaServer, saying

pytestmark = pytest.mark.slow

BOOKING = '{"day": "2026-11-20", "hours": 6, "what": "hedges"}'


@pytest.fixture
def hours(vtai: Command, tmp_path: Path) -> Path:
    """The file that both tools are told of."""
    file = tmp_path / "hours.csv"
    table = f"file = {str(file)!r}\n"
    vtai.configure("tools.toml", f"[tool.book_hours]\n{table}[tool.report_hours]\nday_h = 7.5\n{table}")
    return file


def test_they_are_listed_with_their_package_and_whether_they_ask(vtai: Command) -> None:
    done = vtai("tools", "--json")
    assert done.returncode == 0, done.stderr
    listed = {tool["name"]: tool for tool in json.loads(done.stdout)["tools"]}
    book, report = listed["book_hours"], listed["report_hours"]
    assert (book["from"], book["needs_approval"]) == ("package vtai_hours", True)
    assert (report["from"], report["needs_approval"]) == ("package vtai_hours", False)
    assert set(book["parameters"]["properties"]) == {"day", "hours", "what"}
    assert report["description"].startswith("Adds up the hours")


def test_progress_is_shown_a_file_is_saved_and_the_result_uses_their_settings(
    vtai: Command, hours: Path, tmp_path: Path
) -> None:
    hours.write_text(
        "local,2026-11-02,6,hedges\nsomebody,2026-11-03,8,roof\nlocal,2026-11-04,3,lawn\n", "utf-8"
    )
    out = tmp_path / "out"
    done = vtai("tools", "run", "report_hours", '{"month": "2026-11"}', "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "2026-11-02: 6 h, hedges" in done.stderr
    assert done.stdout.splitlines()[-1] == "9 h in 2026-11: 1.2 days of 7.5 h."
    assert "roof" not in done.stdout + done.stderr
    assert (out / "hours-2026-11.csv").read_text().splitlines()[0] == "day,hours,what"


def test_the_one_that_asks_does_nothing_where_nobody_can_be_asked(vtai: Command, hours: Path) -> None:
    done = vtai("tools", "run", "book_hours", BOOKING)
    assert done.returncode == 1
    assert "asks before it runs" in done.stderr
    assert not hours.exists()


def test_the_one_that_asks_runs_once_it_is_allowed(vtai: Command, hours: Path) -> None:
    done = vtai("tools", "run", "book_hours", BOOKING, "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Booked: 6 h on 2026-11-20, hedges.\n"
    assert hours.read_text("utf-8").strip() == "local,2026-11-20,6.0,hedges"


def test_a_model_calls_it_and_answers_with_its_result(
    vtai: Command, hours: Path, ollama: OllamaServer, tmp_path: Path
) -> None:
    vtai.configure("models.toml", ollama.models_toml)
    hours.write_text("local,2026-11-02,6,hedges\n", "utf-8")
    arguments = '{"name": "report_hours", "arguments": {"month": "2026-11"}}'
    ollama.first, ollama.lines = [saying(f"<tool_call>{arguments}</tool_call>")], saying("Six hours.")
    question = "How many hours did I book in November?"
    done = vtai("ask", "--route", "assistant", "--model", "cook", "--out", str(tmp_path), question)
    assert done.returncode == 0, done.stderr
    assert "Six hours." in done.stdout
    assert (tmp_path / "hours-2026-11.csv").is_file()
    assert "6 h in 2026-11: 0.8 days of 7.5 h." in ollama.requests[-1]["body"]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("arguments", "content", "said"),
    [
        pytest.param('{"month": "May"}', "", "month", id="arguments"),
        pytest.param('{"month": "2026-11"}', "not hours\n", "cannot be read", id="file"),
    ],
)
def test_what_is_wrong_is_said(vtai: Command, hours: Path, arguments: str, content: str, said: str) -> None:
    hours.write_text(content, "utf-8")
    done = vtai("tools", "run", "report_hours", arguments)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_wrong_setting_of_theirs_stops_the_start(vtai: Command) -> None:
    vtai.configure("tools.toml", "[tool.report_hours]\nday_h = 0\n")
    done = vtai("tools")
    assert done.returncode == 2
    assert "'report_hours' are wrong: day_h" in done.stderr
