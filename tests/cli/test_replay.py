"""`vtai routes replay`: what would change, and `vtai route --jsonl --keep`, which makes what it reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FakeHandler, Shell
from tests.fakes import FakeRouter
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.routing.encoder import index_file


@dataclass
class KeywordRouter(FakeRouter):
    """Sends messages that hold a word to a route, with a reason."""

    routes: dict[str, Decision] = field(default_factory=dict)

    async def choose(self, turn: Turn) -> Decision | None:
        await super().choose(turn)
        return next((decision for word, decision in self.routes.items() if word in turn.text), None)


VISION = Decision("vision", 0.9, "It is about a picture.", "fake")
ASKS = Decision("text", 0.5, "It could be vision.", "fake", options=("vision", "text"))

Write = Callable[..., Path]


@pytest.fixture
def router() -> KeywordRouter:
    return KeywordRouter(routes={"photo": VISION, "sign": ASKS})


@pytest.fixture
def shell(router: KeywordRouter) -> Shell:
    return Shell(routers=(router,))


@pytest.fixture
def stored(tmp_path: Path) -> Write:
    def write(*lines: dict[str, Any] | str) -> Path:
        path = tmp_path / "messages.jsonl"
        written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("".join(line + "\n" for line in written), "utf-8")
        return path

    return write


def test_what_was_recorded_is_compared_with_now(shell: Shell, stored: Write) -> None:
    path = stored(
        {"text": "hello", "route": "text"},
        {"text": "the photo  of\nmy " + "long " * 50, "route": "text", "reason": "It was text then."},
        {"text": "another photo", "route": "text"},
        {"text": "what does the sign say", "route": "vision"},
    )
    outcome = shell("routes", "replay", str(path))
    assert (outcome.code, outcome.err) == (0, "")
    summary, *counts = outcome.out.partition("\n\n")[0].splitlines()
    assert summary == "3 of 4 messages would go elsewhere (75.0%)."
    assert counts == ["     2  text -> vision", "     1  vision -> asks (vision or text)"]
    first, *_ = outcome.out.split("\n\n")[1:]
    message, before, after = first.splitlines()
    assert message.startswith("2: the photo of my long")
    assert len(message) < 110
    assert before == "  text: It was text then."
    assert after == "  vision: It is about a picture."


def test_json_gives_a_line_for_each_change(shell: Shell, stored: Write) -> None:
    path = stored({"text": "hello", "route": "text"}, {"text": "a photo", "route": "text"})
    outcome = shell("routes", "replay", str(path), "--json")
    [shown] = [json.loads(line) for line in outcome.out.splitlines()]
    assert shown == {
        "line": 2,
        "text": "a photo",
        "from": "text",
        "to": "vision",
        "from_reason": "It was recorded without a reason.",
        "to_reason": "It is about a picture.",
    }


def test_other_routers_are_compared_with_the_present_ones(shell: Shell, stored: Write) -> None:
    path = stored(
        {"text": "a photo", "attachments": ["image"]},
        {"text": "hello", "attachments": ["csv"], "route": "speech"},
        {"text": "hello"},
    )
    outcome = shell("routes", "replay", str(path), "--routers", "rules")
    assert outcome.code == 0
    summary, count = outcome.out.partition("\n\n")[0].splitlines()
    assert summary.startswith("1 of 3")
    assert count == "     1  text -> assistant"
    assert "The table" in outcome.out


def test_circumstances_of_a_line_reach_the_routers(
    shell: Shell, router: KeywordRouter, stored: Write
) -> None:
    shell(
        "routes",
        "replay",
        str(stored({"text": "and this?", "context": "hm", "prev_route": "vision", "route": "text"})),
    )
    [turn] = router.turns
    assert (turn.history.last_user_text, turn.previous_route) == ("hm", "vision")


def test_wrong_lines_are_told_and_the_others_replayed(shell: Shell, stored: Write) -> None:
    path = stored("no JSON", {"text": "a photo", "route": "text"}, "", {"route": "text"})
    outcome = shell("routes", "replay", str(path))
    assert outcome.code == 1
    assert outcome.out.startswith("1 of 1 messages")
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == ["Line 1", "Line 4"]


def test_messages_without_a_recorded_route_are_left_out(shell: Shell, stored: Write) -> None:
    outcome = shell("routes", "replay", str(stored({"text": "a photo", "route": "text"}, {"text": "b"})))
    assert outcome.code == 0
    assert outcome.out.startswith("1 of 1 messages")
    assert outcome.err == "1 messages without a recorded route are left out.\n"


def test_an_empty_file_changes_nothing(shell: Shell, stored: Write) -> None:
    outcome = shell("routes", "replay", str(stored()))
    assert (outcome.code, outcome.out) == (0, "0 of 0 messages would go elsewhere.\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param((), "says where its message went", id="nothing to compare with"),
        pytest.param(("--routers", "ruels"), "no router 'ruels'", id="unknown router"),
        pytest.param(("--index", "nowhere.npz"), "nowhere.npz is not a routing index", id="no such index"),
        pytest.param(("--index", "messages.jsonl"), "is not a routing index", id="no index"),
        pytest.param(("--index", "cut.npz"), "is not a routing index", id="half an index"),
        pytest.param(("--index", "empty.npz"), "is not a routing index", id="an empty file"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    shell: Shell, stored: Write, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], told: str
) -> None:
    path = stored({"text": "hello"})
    path.with_name("cut.npz").write_bytes(index_file().read_bytes()[:50_000])
    path.with_name("empty.npz").touch()
    monkeypatch.chdir(path.parent)
    outcome = shell("routes", "replay", str(path), *options)
    assert outcome.code in {1, 2}
    assert told in outcome.err
    assert outcome.out == ""
    assert shell.closed == 1


def test_a_missing_file_is_told(shell: Shell, tmp_path: Path) -> None:
    outcome = shell("routes", "replay", str(tmp_path / "none.jsonl"))
    assert outcome.code == 1
    assert "cannot be read" in outcome.err


@pytest.mark.slow
def test_another_index_is_compared_with_the_present_one(tmp_path: Path, stored: Write) -> None:
    import numpy as np

    router = KeywordRouter(routes={"draw": Decision("image-generation", 0.9, "To be drawn.", "fake")})
    shell = Shell(handlers=(FakeHandler(), FakeHandler("image-generation")), routers=(router,))
    path = stored({"text": "draw a cat"}, {"text": "hello, how are you?"})
    same, other = tmp_path / "same.npz", tmp_path / "other.npz"
    with as_file(index_file()) as shipped:
        shutil.copy(shipped, same)
    with np.load(same) as arrays:
        bias = np.zeros_like(arrays["bias"])
        bias[0] = 100.0
        np.savez_compressed(other, **{**arrays, "bias": bias})
    replayed = shell("routes", "replay", str(path), "--index", str(same))
    assert replayed.out.startswith("0 of 2")
    replayed = shell("routes", "replay", str(path), "--index", str(other))
    assert "image-generation -> text" in replayed.out


def test_kept_lines_can_be_replayed(shell: Shell, tmp_path: Path) -> None:
    messages = [
        {"id": 1, "text": "a photo", "attachments": ["image"]},
        {"id": 2, "text": "the sign", "route": "speech", "note": "as it was"},
        {"id": 3, "text": "hello", "asks": ["text", "vision"], "route": "text"},
    ]
    piped = "".join(json.dumps(message) + "\n" for message in messages)
    outcome = shell("route", "--jsonl", "--keep", piped=piped)
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [one["id"] for one in answers] == [1, 2, 3]
    assert [one["route"] for one in answers] == ["vision", "text", "text"]
    assert answers[0]["attachments"] == ["image"]
    assert answers[1]["note"] == "as it was"
    assert [one.get("asks") for one in answers] == [None, ["vision", "text"], None]
    path = tmp_path / "recorded.jsonl"
    path.write_text(outcome.out, "utf-8")
    assert shell("routes", "replay", str(path)).out.startswith("0 of 3")


def test_without_keep_nothing_of_the_message_is_written(shell: Shell) -> None:
    assert "hello" not in shell("route", "--jsonl", piped='{"text": "hello"}\n').out


def test_keep_goes_with_lines(shell: Shell) -> None:
    outcome = shell("route", "hello", "--keep")
    assert outcome.code == 2
    assert "--jsonl" in outcome.err
