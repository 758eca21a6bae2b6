"""`vtai` and `vtai serve`: what reaches the server, and what keeps it from starting."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


@pytest.mark.parametrize("command", [(), ("serve",)], ids=["alone", "serve"])
def test_the_options_reach_the_server(shell: Shell, command: tuple[str, ...]) -> None:
    outcome = shell(
        *command, "--host", "127.0.0.1", "--port", "0", "--model", "fake", "--thread-pool-size", "3"
    )
    assert outcome.code == 0, outcome.err
    [(host, port, app)] = shell.served
    loaded = app.loaded
    assert (host, port) == ("127.0.0.1", 0)
    assert (loaded.settings.default_model, loaded.settings.thread_pool_size) == ("fake", 3)
    assert loaded.origins["port"] == "command line"


def test_options_that_are_not_given_come_from_the_settings(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_PORT", "0")
    shell()
    assert shell.served[0][1] == 0
    assert shell.served[0][2].loaded.origins["port"] == "environment"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(("--port", "eighty"), "--port", id="not a number"),
        pytest.param(("--port", "70000"), "--port", id="no such port"),
        pytest.param(("--thread-pool-size", "0"), "--thread-pool-size", id="no threads"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(
    shell: Shell, arguments: tuple[str, ...], named: str
) -> None:
    outcome = shell(*arguments)
    assert outcome.code == 2
    assert named in outcome.err
    assert not shell.served


def test_an_unknown_model_stops_the_start(shell: Shell) -> None:
    outcome = shell("--port", "0", "--model", "nobody")
    assert outcome.code == 1
    assert "'nobody'" in outcome.err
    assert not shell.served


KEY = "sk-test-not-a-real-key-0123456789"


def stored() -> Path:
    return Path(os.environ["VT_CONFIG_DIR"]) / ".env"


def test_keys_are_stored_for_their_owner_alone_and_never_printed(shell: Shell) -> None:
    outcome = shell("--api-key", f"openai={KEY}", "--api-key", "tavily=tvly-other=with=signs")
    assert outcome.code == 0, outcome.err
    assert stored().read_text().splitlines() == [
        f"OPENAI_API_KEY={KEY}",
        "TAVILY_API_KEY=tvly-other=with=signs",
    ]
    assert stored().stat().st_mode & 0o777 == 0o600
    assert KEY not in outcome.out + outcome.err
    assert "OPENAI_API_KEY" in outcome.err


def test_a_key_of_the_command_line_wins_over_the_environment(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another-key-of-the-environment")
    shell("--api-key", f"openai={KEY}")
    held = shell.served[0][2].keys.get("openai")
    assert held is not None
    assert held.get_secret_value() == KEY
    assert os.environ["OPENAI_API_KEY"] == "sk-another-key-of-the-environment"


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "lmstudio", "tavily", "together_ai"])
def test_every_known_vendor_can_be_given_a_key(shell: Shell, vendor: str) -> None:
    assert shell("--api-key", f"{vendor}={KEY}").code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param("opnai=" + KEY, "openai", id="an unknown vendor gets the list"),
        pytest.param(KEY, "openai=KEY", id="no vendor"),
        pytest.param("=" + KEY, "openai=KEY", id="an empty vendor"),
        pytest.param("openai=", "openai", id="an empty key"),
    ],
)
def test_a_key_that_cannot_be_stored_stops_the_start_and_stays_unseen(
    shell: Shell, given: str, said: str
) -> None:
    outcome = shell("--api-key", given, "--api-key", f"anthropic={KEY}")
    assert outcome.code == 2
    assert said in outcome.err
    assert KEY not in outcome.err
    assert not shell.served


def test_one_unknown_vendor_keeps_all_keys_from_being_stored(shell: Shell) -> None:
    shell("--api-key", f"anthropic={KEY}", "--api-key", f"nobody={KEY}")
    assert not stored().exists()


@pytest.mark.slow
def test_a_taken_port_gives_one_line_and_the_fix() -> None:
    """In a process of its own, with everything real."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "vtai", "--port", str(port)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    [what, fix] = done.stderr.splitlines()
    assert str(port) in what
    assert f"--port {port + 1}" in fix
