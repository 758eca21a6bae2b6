"""`vtai config`: the effective settings, and the folder they come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import SecretStr

from vtai.settings import masking

if TYPE_CHECKING:
    from vtai.cli.terminal import Terminal
    from vtai.settings import Loaded


def show(terminal: Terminal, loaded: Loaded, as_json: bool = False) -> None:
    """Every setting with its value and where it came from; secrets are masked."""
    rows = {name: (shown(getattr(loaded.settings, name)), loaded.origins[name]) for name in _names(loaded)}
    if as_json:
        settings = {name: {"value": value, "origin": origin} for name, (value, origin) in rows.items()}
        folders = {"config_dir": str(loaded.config_dir), "data_dir": str(loaded.data_dir)}
        terminal.line(json.dumps(folders | {"settings": settings}, indent=2))
        return
    terminal.line(f"# configuration: {loaded.config_dir}")
    terminal.line(f"# data:          {loaded.data_dir}")
    for name, (value, origin) in rows.items():
        terminal.line(f"{f'{name} = {json.dumps(value)}':<40} # {origin}")


def shown(value: object) -> object:
    """A value fit for showing: a secret becomes stars, in an address as well, a tuple a list."""
    match value:
        case SecretStr():
            return masking.MASK
        case tuple():
            return [shown(each) for each in value]
        case str():
            return masking.masked(value)
        case _:
            return value


def _names(loaded: Loaded) -> list[str]:
    return list(type(loaded.settings).model_fields)
