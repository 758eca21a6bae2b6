"""Reads TOML files of models and lays the user's over the shipped one. Details are checked afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vtai.core import toml_files
from vtai.core.errors import SettingsError


def parsed(path: Path) -> dict[str, Any]:
    """A TOML file. Raises SettingsError naming it."""
    return toml_files.read(path, 'A line looks like: label = "Work"')


@cache
def shipped(path: Path) -> Mapping[str, Any]:
    """The same of a file of this package, which stays as it is. Callers must not change what they get."""
    return parsed(path)


def shaped(own: dict[str, Any], path: Path) -> dict[str, Any]:
    """The user's file, checked for its outer shape, so that laying it over the other cannot fail."""
    works = {
        "vendors": "[vendors.work]",
        "models": "[[models]]",
        "retired": "[[retired]]",
        "order": '["openai"]',
    }
    for key, kind in (("vendors", dict), ("models", list), ("retired", list), ("order", list)):
        value = own.get(key, kind())
        tables = value.values() if isinstance(value, dict) else value if key in {"models", "retired"} else ()
        if not isinstance(value, kind) or not all(isinstance(table, dict) for table in tables):
            raise SettingsError(f"{path}: {key} has the wrong shape.", f"A value that works: {works[key]}")
    for table in own.get("models", ()):
        if "name" not in table:
            raise SettingsError(
                f"{path}: a [[models]] table has no name.", 'A line that works: name = "work"'
            )
    return own


def merged(shipped: Mapping[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Vendors and models of the same name field by field, retired names in front, the order replaced."""
    vendors: dict[str, dict[str, Any]] = {name: dict(table) for name, table in shipped["vendors"].items()}
    models: dict[str, dict[str, Any]] = {table["name"]: dict(table) for table in shipped["models"]}
    for name, table in own.get("vendors", {}).items():
        vendors[name] = vendors.get(name, {}) | {"is_local": False} | table
        if "base_url" in table and "tools_wire" not in table:
            vendors[name].pop("tools_wire", None)
        # Behind another address only plain chat is sure to be understood.
        is_moved = "base_url" in table and not {"searches_at", "search_body"} & table.keys()
        if is_moved and vendors[name].pop("searches_at", "chat") != "chat":
            vendors[name].pop("search_body", None)
        if "base_url" in table and "hosted" not in table:
            vendors[name].pop("hosted", None)
    for table in own.get("models", ()):
        taken = {table["name"], *table.get("aliases", ())}
        for other in models.values():
            other["aliases"] = [alias for alias in other.get("aliases", ()) if alias not in taken]
        models[table["name"]] = models.get(table["name"], {}) | table
    retired = [*own.get("retired", ()), *shipped["retired"]]
    order = own.get("order") or [
        *shipped["order"],
        *(v for v in own.get("vendors", {}) if v not in shipped["order"]),
    ]
    unknown = own.keys() - {"vendors", "models", "retired", "order"}
    rest = {key: own[key] for key in unknown}
    return {"order": order, "vendors": vendors, "models": list(models.values()), "retired": retired} | rest
