"""Where options come from, which place wins, and what a wrong one is told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.settings import Loaded, config_dir, data_dir, load

PLACES = ("config.toml", ".env", "environment", "command line")


@pytest.fixture
def folder() -> Path:
    path = Path(os.environ["VT_CONFIG_DIR"])
    path.mkdir(parents=True)
    return path


@pytest.fixture
def write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    return Write(folder, monkeypatch)


class Write:
    """Sets options in one of the places; `loaded` gives what comes of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._overrides: dict[str, object] = {}

    def __call__(self, place: str, name: str, value: object) -> None:
        match place:
            case "config.toml":
                text = f'"{value}"' if isinstance(value, str) else str(value).lower()
                (self._folder / place).write_text(f"{name} = {text}\n")
            case ".env":
                (self._folder / place).write_text(f"VT_{name.upper()}={value}\n")
            case "environment":
                self._monkeypatch.setenv(f"VT_{name.upper()}", str(value))
            case _:
                self._overrides[name] = value

    def origin(self, place: str) -> str:
        return place if place in {"environment", "command line"} else str(self._folder / place)

    def loaded(self) -> Loaded:
        return load(self._overrides)

    def refusal(self) -> SettingsError:
        with pytest.raises(SettingsError) as caught:
            self.loaded()
        return caught.value


def test_without_any_place_the_defaults_hold() -> None:
    loaded = load()
    assert (loaded.settings.host, loaded.settings.port) == ("127.0.0.1", 8000)
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.origins.keys() == type(loaded.settings).model_fields.keys()


@pytest.mark.parametrize("places", [PLACES[:count] for count in range(1, 5)], ids=PLACES)
def test_the_strongest_place_wins_and_is_named(write: Write, places: tuple[str, ...]) -> None:
    for number, place in enumerate(places, start=1):
        write(place, "port", 9000 + number)
    loaded = write.loaded()
    assert loaded.settings.port == 9000 + len(places)
    assert loaded.origins["port"] == write.origin(places[-1])
    assert loaded.origins["host"] == "default"


def test_each_option_comes_from_its_own_strongest_place(write: Write) -> None:
    write("config.toml", "host", "127.0.0.2")
    write("environment", "port", 9001)
    write("command line", "default_model", "sonnet")
    loaded = write.loaded()
    assert (loaded.settings.host, loaded.settings.port) == ("127.0.0.2", 9001)
    assert loaded.settings.default_model == "sonnet"


def test_an_option_that_the_command_line_leaves_out_stays_with_the_other_places(write: Write) -> None:
    write("environment", "port", 9001)
    write("command line", "port", None)
    assert write.loaded().settings.port == 9001


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VT_PORT", "")
    assert load().settings.port == 8000


UNKNOWN: Mapping[str, str] = {
    "config.toml": "'prot'",
    ".env": "'VT_PROT'",
    "environment": "'VT_PROT'",
    "command line": "'--prot'",
}


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_option_is_refused_with_its_place_and_a_near_match(write: Write, place: str) -> None:
    write(place, "prot", 9000)
    error = write.refusal()
    assert UNKNOWN[place] in error.message
    assert write.origin(place) in error.message
    assert "'port'" in error.hint


def test_an_unknown_option_without_a_near_match_points_to_the_list(write: Write) -> None:
    write("environment", "zzzzzz", 1)
    assert "vtai config show" in write.refusal().hint


SPELLED: Mapping[str, str] = {
    "config.toml": "'port'",
    ".env": "'VT_PORT'",
    "environment": "'VT_PORT'",
    "command line": "'--port'",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_bad_value_is_refused_with_place_reason_and_a_value_that_works(write: Write, place: str) -> None:
    write(place, "port", 99_999)
    error = write.refusal()
    assert SPELLED[place] in error.message
    assert write.origin(place) in error.message
    assert "65535" in error.message
    assert "8000" in error.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("log_level", "LOUD", id="not one of the choices"),
        pytest.param("temperature", 3, id="above its range"),
        pytest.param("top_p", 0, id="at its open end"),
        pytest.param("image_count", 0, id="below its range"),
        pytest.param("trim_history", "perhaps", id="neither yes nor no"),
        pytest.param("connect_timeout_s", "soon", id="not a number"),
        pytest.param("reasoning_effort", "huge", id="not an effort"),
    ],
)
def test_a_value_out_of_bounds_names_its_option(write: Write, name: str, value: object) -> None:
    write("environment", name, value)
    error = write.refusal()
    assert f"VT_{name.upper()}" in error.message
    assert error.hint.startswith("A value that works: ")


def test_a_refused_secret_is_not_repeated(write: Write) -> None:
    write("environment", "access_key", "tooshort-secret")
    error = write.refusal()
    assert "tooshort-secret" not in error.message + error.hint


def test_a_secret_is_not_shown_by_accident(write: Write) -> None:
    write("environment", "access_key", "a-long-enough-secret")
    assert "a-long-enough-secret" not in repr(write.loaded())


@pytest.mark.parametrize("name", ["config.toml", ".env"])
def test_a_file_that_is_no_text_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError) as refused:
        load()
    assert str(folder / name) in refused.value.message
    assert refused.value.hint


def test_text_that_is_not_toml_is_refused_with_the_file(folder: Path) -> None:
    (folder / "config.toml").write_text("port: 8000\n")
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(folder / "config.toml") in caught.value.message
    assert "port = 8000" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("a,b", ("a", "b"), id="two"),
        pytest.param(" a , b ,", ("a", "b"), id="spaces and a trailing comma"),
        pytest.param("a", ("a",), id="one"),
        pytest.param(",", (), id="only commas"),
    ],
)
@pytest.mark.parametrize("place", [".env", "environment"])
def test_a_list_is_written_with_commas(write: Write, place: str, text: str, names: tuple[str, ...]) -> None:
    write(place, "fallback_models", text)
    assert write.loaded().settings.fallback_models == names


def test_a_list_in_the_file_is_a_toml_list(folder: Path) -> None:
    (folder / "config.toml").write_text('fallback_models = ["a", "b"]\n')
    assert load().settings.fallback_models == ("a", "b")


def test_vendors_keys_beside_the_options_are_left_alone(folder: Path) -> None:
    (folder / ".env").write_text("OPENAI_API_KEY=sk-abc\nVT_PORT=9000\n")
    assert load().settings.port == 9000


def test_a_dotenv_file_in_the_working_folder_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("VT_PORT=9000\n")
    monkeypatch.chdir(tmp_path)
    assert load().settings.port == 8000


def test_the_folders_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VT_CONFIG_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("VT_DATA_DIR", str(tmp_path / "there"))
    loaded = load()
    assert (loaded.config_dir, loaded.data_dir) == (tmp_path / "here", tmp_path / "there")


def test_the_folders_are_in_the_persons_home_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VT_CONFIG_DIR")
    monkeypatch.delenv("VT_DATA_DIR")
    assert config_dir() == Path.home() / ".config" / "vtai"
    assert data_dir().is_relative_to(Path.home())


def test_a_relative_folder_is_taken_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VT_CONFIG_DIR", "here")
    assert config_dir() == tmp_path / "here"


def test_loading_writes_nothing(tmp_path: Path) -> None:
    loaded = load()
    assert not loaded.config_dir.exists()
    assert not loaded.data_dir.exists()


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load().settings
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 9000  # type: ignore[misc]
