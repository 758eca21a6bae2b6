"""A person's own examples: `routes.toml` in the configuration folder. They work without training.

[text]
examples = ["what's for lunch", "lunch ideas"]

[recipes]            # a route of a package of yours
examples = ["cook something with $5"]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vtai.core import toml_files
from vtai.core.errors import SettingsError
from vtai.core.routes import Route

FILE_NAME = "routes.toml"
_WORKS = 'A table that works: [web-search] and under it: examples = ["surf report for Nazaré"]'


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """A route and what a person says when they mean it. `is_yours`: they wrote that themselves."""

    name: str
    examples: tuple[str, ...]
    is_yours: bool = True


def read(config_dir: Path) -> tuple[OwnRoute, ...]:
    """The routes of `routes.toml`; none without the file. Raises SettingsError naming what is wrong."""
    path = config_dir / FILE_NAME
    tables = toml_files.read(path, _WORKS)
    return tuple(_route(path, name, table) for name, table in tables.items())


def of(routes: Iterable[Route]) -> tuple[OwnRoute, ...]:
    """The routes of other packages with the examples they bring; nothing was ever learned for these."""
    found = {route.name: tuple(dict.fromkeys(filter(str.strip, route.examples))) for route in routes}
    return tuple(OwnRoute(name, examples, is_yours=False) for name, examples in found.items() if examples)


def _route(path: Path, name: str, table: Any) -> OwnRoute:
    if not isinstance(table, dict) or table.keys() != {"examples"}:
        raise SettingsError(f"{path}: [{name}] needs one key, examples.", _WORKS)
    examples = table["examples"]
    if not isinstance(examples, list) or not all(isinstance(one, str) and one.strip() for one in examples):
        raise SettingsError(f"{path}: the examples of [{name}] must be texts that are not empty.", _WORKS)
    if not examples:
        raise SettingsError(f"{path}: [{name}] has no examples.", _WORKS)
    return OwnRoute(name, tuple(dict.fromkeys(examples)))
