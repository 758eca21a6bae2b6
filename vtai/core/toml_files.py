"""The TOML files that an operator writes: read here, checked by those who know what is in them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from vtai.core.errors import SettingsError


def read(path: Path, works: str) -> dict[str, Any]:
    """What stands in the file; nothing without it. Raises SettingsError; `works` shows what would work."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.", works) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8.", "Save it as UTF-8, or move it away.") from error
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", "Repair it, or move it away."
        ) from error
