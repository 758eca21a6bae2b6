"""`vtai doctor`: what works, what does not, and the fix."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.cli.conftest import Shell
from vtai.cli import live
from vtai.core.errors import NotReady

KEY = "sk-test-not-a-real-key-0123456789"


class Vendor(BaseHTTPRequestHandler):
    """Lists its models for whoever has the key."""

    status: ClassVar[int] = 200
    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Vendor]]:
    """A vendor that is set up as OpenAI."""

    class Own(Vendor):
        asked: ClassVar[list[tuple[str, str | None]]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        yield Own
        server.shutdown()
        thread.join()


@pytest.fixture
def shell() -> Shell:
    return Shell(uses_model_file=True)


def line(out: str, subject: str) -> str:
    """The line about the subject, with its fix."""
    lines = out.splitlines()
    at = next(number for number, text in enumerate(lines) if text[5:].startswith(f"{subject}: "))
    fix = lines[at + 1] if at + 1 < len(lines) and lines[at + 1].startswith(" ") else ""
    return lines[at] + fix


def test_a_vendor_that_answers_is_a_yes_and_its_key_is_masked(shell: Shell, vendor: type[Vendor]) -> None:
    outcome = shell("doctor")
    assert outcome.code == 0, outcome.out
    assert line(outcome.out, "openai").startswith("[ok] openai: key sk-")
    assert "OPENAI_API_KEY in the environment" in line(outcome.out, "openai")
    assert line(outcome.out, "default model").startswith("[ok] default model: gpt")
    assert KEY not in outcome.out + outcome.err
    assert vendor.asked == [("/v1/models", f"Bearer {KEY}")]


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        pytest.param(401, "refuses the key", 1, id="a bad key"),
        pytest.param(403, "refuses the key", 1, id="a key without rights"),
        pytest.param(500, "fails with status 500", 1, id="down"),
        pytest.param(404, "without a list of models", 0, id="no list"),
        pytest.param(429, "no more requests just now", 0, id="busy"),
    ],
)
def test_a_vendors_answer_is_told_with_its_fix(
    shell: Shell, vendor: type[Vendor], status: int, said: str, code: int
) -> None:
    vendor.status = status
    outcome = shell("doctor")
    assert said in line(outcome.out, "openai")
    assert ("fix: " in line(outcome.out, "openai")) == (code == 1)
    assert outcome.code == code


def test_a_vendor_that_cannot_be_reached_is_a_no(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    outcome = shell("doctor")
    assert "no connection" in line(outcome.out, "openai")
    assert outcome.code == 1


def test_without_keys_nobody_is_asked_and_every_line_has_its_fix(shell: Shell) -> None:
    outcome = shell("doctor")
    assert outcome.code == 0, outcome.out
    assert line(outcome.out, "anthropic") == (
        "[--] anthropic: no key       fix: vtai --api-key anthropic=KEY, or ANTHROPIC_API_KEY"
    )
    assert "OLLAMA" in line(outcome.out, "ollama")
    assert "vtai models fetch" in line(outcome.out, "weights of smollm2")
    assert line(outcome.out, "default model").startswith("[ok] default model: local")
    assert line(outcome.out, "sandbox").startswith("[--]")


def test_with_neither_key_nor_packaged_model_the_main_job_cannot_run(shell: Shell) -> None:
    shell.has_packaged_model = False
    outcome = shell("doctor")
    assert outcome.code == 1
    assert "vtai --api-key" in line(outcome.out, "default model")


def test_routing_that_cannot_load_is_a_no(shell: Shell) -> None:
    shell.routing_fails = NotReady("The index is broken.", "Install vtai again.")
    outcome = shell("doctor")
    assert outcome.code == 1
    assert line(outcome.out, "routing") == (
        "[no] routing: The index is broken.       fix: Install vtai again."
    )


def test_wrong_settings_are_a_line_too(shell: Shell, config_file: Callable[[str], Path]) -> None:
    config_file("port = 99999\n")
    outcome = shell("doctor")
    assert outcome.code == 1
    assert "fix: A value that works: 8000" in line(outcome.out, "settings")


def test_a_data_folder_that_cannot_be_written_is_a_no(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VT_DATA_DIR", str(tmp_path / "file" / "data"))
    outcome = shell("doctor")
    assert outcome.code == 1
    assert "VT_DATA_DIR" in line(outcome.out, "data folder")


def test_a_vendor_that_keeps_silent_is_given_up(
    shell: Shell, vendor: type[Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(vendor, "do_GET", lambda self: released.wait(30))
    monkeypatch.setattr(live, "TIMEOUT_S", 0.05)
    outcome = shell("doctor")
    released.set()
    assert "no answer within" in line(outcome.out, "openai")
    assert outcome.code == 1
