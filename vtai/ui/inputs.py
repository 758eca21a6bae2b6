"""The inputs of the settings panel, as Chainlit's browser side takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BeforeValidator

# The browser's lists cannot hold an empty value.
DEFAULT = "default"


def _absent(value: object) -> object:
    """Empty and "default" leave the choice open; numbers may come as text."""
    return None if value in ("", DEFAULT) else value


Absent = BeforeValidator(_absent)


def tab(key: str, label: str, inputs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"id": key, "label": label, "inputs": list(inputs)}


def choice(
    key: str,
    label: str,
    values: Iterable[str] | Mapping[str, str],
    chosen: str | None,
    hint: str = "",
    default: str | None = "Automatic",
) -> dict[str, Any]:
    """A list to choose from. A mapping gives values their labels; `default` None offers no open choice."""
    labels = values if isinstance(values, Mapping) else {value: value for value in values}
    items = [{"label": text, "value": value} for value, text in labels.items()]
    if default is not None:
        items.insert(0, {"label": default, "value": DEFAULT})
    return _input("select", key, label, chosen or DEFAULT, hint, items=items)


def text(
    key: str, label: str, value: object, hint: str = "", placeholder: str = "automatic"
) -> dict[str, Any]:
    shown = "" if value is None else str(value)
    return _input("textinput", key, label, shown, hint, placeholder=placeholder, multiline=False)


def switch(key: str, label: str, value: bool, hint: str = "") -> dict[str, Any]:
    return _input("switch", key, label, value, hint)


def slider(key: str, label: str, value: float, least: float, most: float, step: float) -> dict[str, Any]:
    return _input("slider", key, label, value, "", min=least, max=most, step=step)


def _input(kind: str, key: str, label: str, initial: Any, hint: str, **more: Any) -> dict[str, Any]:
    common = {"type": kind, "id": key, "label": label, "initial": initial, "description": hint or None}
    return common | {"tooltip": None, "disabled": False} | more
