"""Where the options are read from, and what is said of a wrong one.

Command line over `VT_*` environment over `.env` and `config.toml` in the configuration folder over defaults.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, TomlConfigSettingsSource

from vtai.core.errors import SettingsError
from vtai.settings.options import PREFIX, Settings

_FOLDER_VARIABLES = frozenset({"VT_CONFIG_DIR", "VT_DATA_DIR"})  # say where the settings are


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, the folders they belong to, and per option the place it came from."""

    settings: Settings
    config_dir: Path
    data_dir: Path
    origins: Mapping[str, str]


def config_dir() -> Path:
    """Folder of config.toml, .env, models.toml and routes.toml: `VT_CONFIG_DIR` or ~/.config/vtai."""
    return _folder(os.environ.get("VT_CONFIG_DIR")) or Path.home() / ".config" / "vtai"


def data_dir() -> Path:
    """Folder of everything written at run time: `VT_DATA_DIR` or the platform's own."""
    from platformdirs import user_data_path

    return _folder(os.environ.get("VT_DATA_DIR")) or user_data_path("vtai", appauthor=False)


def load(overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The effective settings. `overrides` come from the command line.

    Raises SettingsError naming the place, the option, the reason and a value that works.
    """
    folder = config_dir()
    origins: dict[str, str] = {}
    merged: dict[str, Any] = {}
    for place, values in _places(folder, overrides or {}):
        _refuse_unknown(values, place)
        merged |= values
        origins |= dict.fromkeys(values, place)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise _explained(error, origins) from error
    defaults = dict.fromkeys(Settings.model_fields.keys() - origins.keys(), "default")
    return Loaded(settings, folder, data_dir(), origins | defaults)


def _places(folder: Path, overrides: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Where options stand and what stands there, the weakest place first."""
    toml, dotenv = folder / "config.toml", folder / ".env"
    try:
        with _readable(toml):
            from_toml = TomlConfigSettingsSource(Settings, toml)()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{toml} is not valid TOML: {error}.", "Write it as: port = 8000") from error
    with _readable(dotenv):
        from_dotenv = _prefixed(DotEnvSettingsSource(Settings, dotenv).env_vars)
    return [
        (str(toml), from_toml),
        (str(dotenv), from_dotenv),
        ("environment", _prefixed(os.environ)),
        ("command line", {name: value for name, value in overrides.items() if value is not None}),
    ]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raises SettingsError naming the file when what is done inside cannot read it."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}.", "Make it a readable text file in UTF-8, or move it away."
        ) from error


def _prefixed(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """The options among variables: `VT_PORT=1` gives port. Empty ones count as absent."""
    return {
        name.upper().removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if value and name.upper().startswith(PREFIX) and name.upper() not in _FOLDER_VARIABLES
    }


def _refuse_unknown(values: Mapping[str, Any], place: str) -> None:
    for name in values.keys() - Settings.model_fields.keys():
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "`vtai config show` lists every setting."
        raise SettingsError(f"Unknown setting {_spelled(name, place)!r} in {place}.", hint)


def _explained(error: ValidationError, origins: Mapping[str, str]) -> SettingsError:
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0])
    place = origins.get(name, "default")
    default = Settings.model_fields[name].default
    works = "leave it out" if default is None else f"{default!r}"
    return SettingsError(
        f"Setting {_spelled(name, place)!r} in {place}: {first['msg']}.", f"A value that works: {works}."
    )


def _spelled(name: str, place: str) -> str:
    """The option as the person wrote it in that place."""
    if place == "command line":
        return "--" + name.replace("_", "-")
    return name if place.endswith(".toml") else PREFIX + name.upper()


def _folder(given: str | None) -> Path | None:
    return Path(given).expanduser().absolute() if given else None
