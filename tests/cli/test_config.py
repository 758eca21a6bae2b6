"""`vtai config`: what holds, and where it comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


def test_every_setting_is_shown_with_its_origin(
    shell: Shell, config_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_file('default_model = "sonnet"\n')
    monkeypatch.setenv("VT_PORT", "9000")
    rows = {line.split(" = ")[0]: line for line in shell("config", "show").out.splitlines()}
    assert rows["port"].startswith("port = 9000 ")
    assert rows["port"].endswith("# environment")
    assert rows["default_model"].endswith(f"# {path}")
    assert rows["host"].endswith("# default")


def test_json_says_the_same(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VT_FALLBACK_MODELS", "a,b")
    shown = json.loads(shell("config", "show", "--json").out)
    assert shown["settings"]["fallback_models"] == {"value": ["a", "b"], "origin": "environment"}
    assert shown["config_dir"] == os.environ["VT_CONFIG_DIR"]


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_secrets_are_masked(shell: Shell, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    monkeypatch.setenv("VT_ACCESS_KEY", "a-long-enough-secret")
    out = shell("config", "show", *options).out
    assert "****" in out
    assert "a-long-enough" not in out


def test_the_folder_is_printed_for_scripts(shell: Shell) -> None:
    assert shell("config", "path").out == os.environ["VT_CONFIG_DIR"] + "\n"


def test_showing_writes_nothing(shell: Shell) -> None:
    shell("config", "show")
    assert not Path(os.environ["VT_CONFIG_DIR"]).exists()
    assert not Path(os.environ["VT_DATA_DIR"]).exists()
