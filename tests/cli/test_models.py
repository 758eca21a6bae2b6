"""`vtai models`: the catalogue in a terminal."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Shell
from tests.providers.embedded.packaged import packaged_models


@pytest.fixture
def shell() -> Shell:
    return Shell(uses_model_file=True)


def row(shell: Shell, name: str) -> str:
    return next(line for line in shell("models").out.splitlines() if line.split()[0] == name)


def test_every_model_has_a_row_with_what_it_can_do_and_its_price(shell: Shell) -> None:
    headings = shell("models").out.splitlines()[0].split()
    assert headings[:4] == ["NAME", "VENDOR", "MODEL", "CAN"]
    assert "chat, reasoning, tools, vision" in row(shell, "sonnet")
    assert "anthropic" in row(shell, "sonnet")
    assert "free" in row(shell, "local")


def test_a_model_without_its_key_names_the_variable(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert row(shell, "sonnet").endswith("set ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-not-a-real-key")
    assert row(shell, "sonnet").endswith("yes")
    assert "not-a-real-key" not in shell("models").out


def test_the_packaged_model_says_what_it_waits_for(shell: Shell) -> None:
    assert row(shell, "local").endswith("vtai models fetch")
    shell.has_packaged_model = False
    assert row(shell, "local").endswith("switched off")


@pytest.mark.slow
@pytest.mark.model
def test_the_packaged_model_is_ready_with_its_weights(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VT_DATA_DIR", str(packaged_models()))
    assert row(shell, "local").endswith("yes")


def test_json_tells_a_program_the_same(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-not-a-real-key")
    models = {model["name"]: model for model in json.loads(shell("models", "--json").out)}
    assert models["sonnet"]["is_ready"]
    assert not models["gpt"]["is_ready"]
    assert models["gpt"]["key_variable"] == "OPENAI_API_KEY"
    assert "chat" in models["local"]["capabilities"]
    assert models["gpt-tts"]["retires"] == "2027-01-06"
    assert models["sonnet"]["retires"] is None
