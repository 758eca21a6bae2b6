"""`vtai config`: what holds, and where it comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from vtai.settings import Settings, masking


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


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, field in Settings.model_fields.items()
        if name.endswith(("_url", "_endpoint", "_issuer")) or "URL" in (field.description or "")
    ),
)
def test_passwords_in_addresses_are_masked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, options: tuple[str, ...]
) -> None:
    scheme = {"database_url": "postgresql", "limits_url": "redis", "files_url": "s3"}.get(name, "https")
    value = f"{scheme}://me:a-s3cret/w@rd@host.example/x?api_key=a-s3cret&user=me"
    monkeypatch.setenv(f"VT_{name.upper()}", value)
    out = shell("config", "show", *options).out
    assert f"{name} = " in out or f'"{name}": ' in out
    assert "a-s3cret" not in out
    assert "****" in out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("http://u:p@h:80/x", "http://u:****@h:80/x", id="name and password"),
        pytest.param("redis://:p@h/0", "redis://****@h/0", id="password alone"),
        pytest.param("https://token@h", "https://****@h", id="a token"),
        pytest.param("redis://h/0?user=u&password=p", "redis://h/0?user=u&password=****", id="query"),
        pytest.param("http://u:p@q@h/", "http://u:****@h/", id="an @ in it"),
        pytest.param("http://h/@me", "http://h/@me", id="an @ in the path"),
        pytest.param("https://h/x", "https://h/x", id="nothing secret"),
        pytest.param("me@example.org", "me@example.org", id="a mail address"),
    ],
)
def test_only_what_lets_in_is_hidden_of_an_address(text: str, shown: str) -> None:
    assert masking.masked(text) == shown


def test_the_folder_is_printed_for_scripts(shell: Shell) -> None:
    assert shell("config", "path").out == os.environ["VT_CONFIG_DIR"] + "\n"


def test_showing_writes_nothing(shell: Shell) -> None:
    shell("config", "show")
    assert not Path(os.environ["VT_CONFIG_DIR"]).exists()
    assert not Path(os.environ["VT_DATA_DIR"]).exists()
