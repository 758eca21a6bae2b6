"""`vtai` and `vtai serve`: the chat page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtai.core.errors import SettingsError, UnknownName

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.wiring import App


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said; None leaves an option to the other places."""

    host: str | None = None
    port: int | None = None
    model: str | None = None
    api_keys: tuple[str, ...] = ()
    thread_pool_size: int | None = None

    @property
    def overrides(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "port": self.port,
            "default_model": self.model,
            "thread_pool_size": self.thread_pool_size,
        }


def serve(parts: Parts, options: Options) -> None:
    """Runs the server until it is stopped. Raises VTError for bad settings, keys, models or a taken port."""
    from vtai.cli import logs
    from vtai.settings import load

    loaded = load(options.overrides)
    logs.to_stderr(loaded.settings.log_level)
    app = parts.build(loaded)
    store_keys(app, options.api_keys, parts)
    if loaded.settings.default_model is not None:
        app.catalogue.resolve(loaded.settings.default_model)
    parts.serve(app, loaded.settings.host, loaded.settings.port, parts.terminal.line)


def store_keys(app: App, given: Sequence[str], parts: Parts) -> None:
    """Stores keys given as vendor=key, all or none, and says where; they count from then on.

    Raises SettingsError, which never holds a key.
    """
    pairs = [_pair(text) for text in given]
    try:
        variables = [app.keys.variables_of(vendor)[0] for vendor, _ in pairs]
    except UnknownName as error:
        raise SettingsError(error.message, error.hint) from error
    for (vendor, key), variable in zip(pairs, variables, strict=True):
        app.keys.save(app.loaded.config_dir, vendor, key)
        parts.terminal.aside(f"Stored the key of {vendor} as {variable} in {app.loaded.config_dir / '.env'}.")


def _pair(text: str) -> tuple[str, str]:
    vendor, sign, key = text.partition("=")
    if not sign or not vendor.strip():
        raise SettingsError(
            "--api-key takes a vendor, an equals sign and the key.",
            "A value that works: --api-key openai=KEY",
        )
    return vendor.strip(), key
