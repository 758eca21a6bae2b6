"""Writes the reference pages from the code: `python docs/generate.py`. A test checks them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

REFERENCE = Path(__file__).parent / "reference"


def settings_page() -> str:
    """Every option with its variable, type, default and meaning."""
    from vtai.settings import PREFIX, Settings

    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | {_type(field)} | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "An option is taken from the command line, else from the environment, else from `.env` or\n"
        "`config.toml` in the configuration folder (`~/.config/vtai`, or `VT_CONFIG_DIR`), else it has its\n"
        "default. What is written at run time goes to the platform's data folder, or `VT_DATA_DIR`. An\n"
        "unknown option or a bad value stops the start. In the environment a list is written with commas.\n"
        "`vtai config show` prints what is in force and why.",
        "| config.toml | environment | type | default | what it does |",
        rows,
    )


def routes_page() -> str:
    """Every route with what it is for and examples."""
    from vtai.handlers import HANDLERS

    rows = [
        f"| `{route.name}` | {route.label} | {route.description} | {'; '.join(route.examples)} |"
        for route in (handler.route for handler in HANDLERS)
    ]
    return _page(
        "Routes",
        "Where a message can go. [How it is decided](../concepts/routing.md).",
        "| route | name on the page | what it is for | examples |",
        rows,
    )


def commands_page() -> str:
    """Every command of the terminal with its options."""
    from typer.main import get_command

    from vtai.cli.commands import app

    sections = ["# Commands", "`vtai` alone is `vtai serve`. Every command has `--help`."]

    def add(command: Any, path: str) -> None:
        sections.append(f"## `{path}`\n\n{(command.help or '').strip()}")
        rows = [row for parameter in command.params if (row := _parameter_row(parameter))]
        if rows:
            sections.append("\n".join(["| option | what it does |", "| --- | --- |", *rows]))
        for name, child in sorted(getattr(command, "commands", {}).items()):
            if not child.hidden:
                add(child, f"{path} {name}")

    add(get_command(app), "vtai")
    return "\n\n".join(sections) + "\n"


def api_page() -> str:
    """Every endpoint of the REST interface with what it needs."""
    from vtai import api
    from vtai.api.reading import Body

    def fields(shape: Any) -> str:
        names = ", ".join(f"`{name}`" for name in getattr(shape, "model_fields", {}) if name != "root")
        return names if isinstance(shape, type) and issubclass(shape, Body) and len(names) < 200 else ""

    # Nothing is asked here, so there is no application behind it.
    rows = [
        f"| `{each.method}` | `{each.path.replace(':path', '')}` | `{each.scope}` | {each.summary} "
        f"| {fields(each.query)} | {fields(each.body)} |"
        for each in api.endpoints(None)  # type: ignore[arg-type]
    ]
    return _page(
        "REST API",
        "All addresses begin with `/api/v1`. [How to use it](../guides/rest-api.md). A running server\n"
        "describes every shape at `/api/v1/docs`, and as OpenAPI 3.1 at `/api/v1/openapi.json`.",
        "| method | address | scope | what it does | parameters | fields of the body |",
        rows,
    )


def _parameter_row(parameter: Any) -> str | None:
    if getattr(parameter, "hidden", False) or parameter.name in {
        "install_completion",
        "show_completion",
        "help",
    }:
        return None
    spelled = (
        ", ".join(f"`{option}`" for option in parameter.opts) if parameter.param_type_name == "option" else ""
    )
    return f"| {spelled or f'`{parameter.name.upper()}`'} | {getattr(parameter, 'help', None) or ''} |"


def _page(title: str, lead: str, header: str, rows: list[str]) -> str:
    rule = "|" + " --- |" * (header.count("|") - 1)
    return "\n".join([f"# {title}", "", lead, "", header, rule, *rows, ""])


def _type(field: Any) -> str:
    annotation = field.annotation
    if type(None) in get_args(annotation):
        annotation = next(kind for kind in get_args(annotation) if kind is not type(None))
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "`true`, `false`"}.get(
        annotation.__name__, "text, secret"
    )


def _default(field: Any) -> str:
    return "" if field.default is None or field.default == () else f"`{field.default}`"


PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"settings.md": settings_page, "routes.md": routes_page, "commands.md": commands_page, "api.md": api_page}
)


def main() -> None:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
