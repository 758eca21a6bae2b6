"""Changing settings while the server runs: those that count for the next message, kept in config.toml.

A setting that the command line or the environment gives is not changed: at the next start it would be back.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from vtai.core.errors import SettingsError
from vtai.settings.loading import Loaded
from vtai.settings.options import PREFIX, Settings

# What people start with, and how much is logged. All else is looked at once, at the start.
CHANGEABLE: Final = (
    "default_model",
    "reasoning_model",
    "vision_model",
    "image_model",
    "speech_model",
    "transcription_model",
    "assistant_model",
    "temperature",
    "top_p",
    "max_tokens",
    "reasoning_effort",
    "trim_history",
    "dynamic_routing",
    "ask_when_unsure",
    "image_size",
    "image_quality",
    "image_background",
    "image_format",
    "image_compression",
    "image_moderation",
    "image_count",
    "speak_replies",
    "speech_voice",
    "speech_speed",
    "speech_instructions",
    "spoken_language",
    "search_summarise",
    "search_depth",
    "search_links",
    "search_results",
    "search_model",
    "search_time_range",
    "search_region",
    "search_safe",
    "search_own",
    "search_research_s",
    "search_research_usd",
    "assistant_steps",
    "assistant_s",
    "assistant_tokens",
    "assistant_usd",
    "assistant_hosted",
    "log_level",
)
_FILE: Final = "config.toml"


def change(loaded: Loaded, changes: Mapping[str, Any]) -> Loaded:
    """The settings with these changes, which are in config.toml then; None takes a setting out. Blocking.

    Raises SettingsError, and nothing is changed.
    """
    path = loaded.config_dir / _FILE
    if refused := sorted(changes.keys() - set(CHANGEABLE)):
        raise SettingsError(
            f"{refused[0]} cannot be changed while the server runs.", "Set it and start anew."
        )
    for name in changes:
        _check_place(name, loaded.origins.get(name, "default"), path)
    text = _read(path)
    before, after = _parsed(text), _edited(text, changes)
    wanted = {name: _plain(value) for name, value in (before | dict(changes)).items() if value is not None}
    try:
        is_as_meant = tomllib.loads(after) == wanted
    except tomllib.TOMLDecodeError:
        is_as_meant = False
    if not is_as_meant:
        raise SettingsError(f"{_FILE} is written in a way that cannot be changed here.", "Change it by hand.")
    settings = _checked(loaded.settings, changes)
    _write(path, after)
    origins = {name: "default" if value is None else str(path) for name, value in changes.items()}
    return replace(loaded, settings=settings, origins={**loaded.origins, **origins})


def _check_place(name: str, origin: str, path: Path) -> None:
    if origin in {"default", str(path)}:
        return
    where = {"environment": "the environment", "command line": "the command line"}.get(
        origin, "the .env file"
    )
    raise SettingsError(
        f"{name} is set in {where}, which counts for more than {_FILE}.",
        f"Take {PREFIX}{name.upper()} out there and start anew.",
    )


def _checked(before: Settings, changes: Mapping[str, Any]) -> Settings:
    """Each value is parsed like one of the file."""
    kept = {name: getattr(before, name) for name in Settings.model_fields}
    for name, value in changes.items():
        kept[name] = Settings.model_fields[name].get_default() if value is None else value
    try:
        return Settings(**kept)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SettingsError(f"{first['loc'][0]}: {first['msg']}.", "Choose another value.") from error


def _edited(text: str, changes: Mapping[str, Any]) -> str:
    """The text with the settings changed; every other line stays as it is."""
    lines = text.splitlines()
    for name, value in changes.items():
        own = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        at = next((index for index, line in enumerate(lines) if own.match(line)), None)
        line = [] if value is None else [f"{name} = {_toml(value)}"]
        if at is None:
            lines += line
        else:
            lines[at : at + 1] = line
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A text, number, switch or list as TOML writes it: as JSON, but for one control character."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{_FILE} is not valid TOML.", "Repair it by hand.") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_FILE} cannot be read.", "Make it a readable text file in UTF-8.") from error


def _write(path: Path, text: str) -> None:
    """Replaces the file in one step, with the rights that it had."""
    path = Path(os.path.realpath(path))  # where the file is a link, what it leads to
    draft = path.with_name(f".{_FILE}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise SettingsError(
            f"{_FILE} cannot be written.", "Make the configuration folder writable, or change it by hand."
        ) from error
