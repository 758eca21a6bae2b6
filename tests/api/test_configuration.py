"""The settings in force, and changing those that may be changed while the server runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.api.parts import Desk, desk, is_told, make_app
from vtai.core.errors import SettingsError
from vtai.settings import Settings, changing, load
from vtai.wiring import preferences_from


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


async def test_the_settings_are_shown_with_who_set_them(tmp_path: Path) -> None:
    app = make_app(tmp_path, access_key=SecretStr("correct-horse-battery"), temperature=0.5)
    app.loaded = replace(app.loaded, origins={"temperature": str(tmp_path / "config" / "config.toml")})
    async with desk(app) as api:
        response = await api.ask("root", "GET", "/config")
    shown = response.json()["settings"]
    assert shown["temperature"] == {"value": 0.5, "origin": "config.toml", "is_changeable": True}
    assert shown["access_key"]["value"] == "****"
    assert "correct-horse" not in response.text
    assert str(tmp_path) not in response.text
    assert shown["port"]["is_changeable"] is False
    assert shown.keys() == Settings.model_fields.keys()


async def test_a_change_counts_at_once_and_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(tmp_path)
    file = app.loaded.config_dir / "config.toml"
    file.parent.mkdir()
    file.write_text('# Ours.\nport = 8100  # behind a proxy\ntemperature = 0.1\nimage_size = "1x1"\n')
    change = {"temperature": 0.0, "image_size": None, "search_region": "de", "assistant_hosted": []}
    async with desk(app) as api:
        shown = (await api.told("root", "PATCH", "/config", json=change))["settings"]
        assert (shown["temperature"]["value"], shown["temperature"]["origin"]) == (0.0, "config.toml")
        assert shown["image_size"]["origin"] == "default"
    assert (app.preferences.temperature, app.preferences.search.region) == (0.0, "de")
    assert file.read_text() == (
        '# Ours.\nport = 8100  # behind a proxy\ntemperature = 0.0\nsearch_region = "de"\n'
        "assistant_hosted = []\n"
    )
    monkeypatch.setenv("VT_CONFIG_DIR", str(app.loaded.config_dir))
    assert (load().settings.temperature, load().settings.search_region) == (0.0, "de")


async def test_how_much_is_logged_changes_at_once(api: Desk) -> None:
    await api.told("root", "PATCH", "/config", json={"log_level": "ERROR"})
    assert logging.getLogger().level == logging.ERROR


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        pytest.param({"port": 1}, 422, "no field 'port'", id="not while it runs"),
        pytest.param({"access_key": "a"}, 422, "no field", id="secret"),
        pytest.param({"temperature": 3}, 422, "temperature", id="too much"),
        pytest.param({"temperature": "0"}, 422, "temperature", id="text for a number"),
        pytest.param({"default_model": "nothing-like-it"}, 404, "no model", id="unknown model"),
    ],
)
async def test_what_cannot_be_changed_is_told_in_words(
    api: Desk, change: dict[str, Any], status: int, words: str
) -> None:
    assert is_told(await api.ask("root", "PATCH", "/config", json=change), status, words)
    assert not (api.app.loaded.config_dir / "config.toml").exists()


@pytest.mark.parametrize(
    ("origin", "words"),
    [("environment", "VT_TEMPERATURE"), ("command line", "command line"), ("/x/.env", ".env")],
)
async def test_what_counts_for_more_than_the_file_is_not_changed_in_it(
    tmp_path: Path, origin: str, words: str
) -> None:
    app = make_app(tmp_path)
    app.loaded = replace(app.loaded, origins={"temperature": origin})
    async with desk(app) as api:
        assert is_told(await api.ask("root", "PATCH", "/config", json={"temperature": 1.0}), 409, words)
    assert app.preferences.temperature is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("temperature = [", id="no TOML"),
        pytest.param('speech_instructions = """\nlike a\nstory"""\n', id="over several lines"),
        pytest.param("[table]\nport = 1\n", id="table at the end"),
    ],
)
def test_a_file_that_we_cannot_edit_stays_as_it_is(tmp_path: Path, content: str) -> None:
    app = make_app(tmp_path)
    file = app.loaded.config_dir / "config.toml"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(SettingsError) as raised:
        changing.change(app.loaded, {"speech_instructions": "calm", "temperature": 0.5})
    assert "by hand" in raised.value.hint
    assert file.read_text() == content


def test_a_file_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.loaded.config_dir.write_text("a file in place of the folder")
    with pytest.raises(SettingsError, match="cannot be"):
        changing.change(app.loaded, {"temperature": 0.5})


_OTHERS: dict[str, Any] = {
    "image_quality": "high",
    "image_background": "opaque",
    "image_format": "jpeg",
    "image_moderation": "low",
    "reasoning_effort": "high",
    "spoken_language": "de",
    "search_depth": "high",
    "search_time_range": "week",
    "search_region": "de",
    "search_safe": "strict",
    "assistant_hosted": ("code_interpreter",),
    "speech_speed": 2.0,
    "search_research_s": 60.0,
    "assistant_s": 60.0,
}


def _other(name: str) -> Any:
    field = Settings.model_fields[name]
    if name in _OTHERS:
        return _OTHERS[name]
    if isinstance(field.default, bool):
        return not field.default
    if isinstance(field.default, int | float):
        return field.default + 1
    return 1 if "int" in str(field.annotation) or "float" in str(field.annotation) else "other"


@pytest.mark.parametrize("name", [name for name in changing.CHANGEABLE if name != "log_level"])
def test_whatever_can_be_changed_makes_a_difference(tmp_path: Path, name: str) -> None:
    loaded = make_app(tmp_path).loaded
    changed = changing.change(loaded, {name: _other(name)})
    assert preferences_from(changed.settings) != preferences_from(loaded.settings)
    assert changing.change(changed, {name: None}).settings == loaded.settings
