"""The vendors' keys: where they come from, and the file they are stored in.

Environment over `<config_dir>/.env`. `os.environ` is read once and never written.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from vtai.core.errors import SettingsError, UnknownName
from vtai.providers.model_file import VendorEntry, service_variables
from vtai.providers.near_names import near_names

_SHORTEST_SHOWN = 16
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_\-./+=:@]+")


class KeyRing:
    """Keys by vendor. A key that was stored through it counts from then on, whatever the environment says."""

    def __init__(
        self, environ: Mapping[str, str], from_file: Mapping[str, str], vendors: Mapping[str, VendorEntry]
    ) -> None:
        self._environ = {name: value for name, value in environ.items() if value.strip()}
        self._from_file = {name: value for name, value in from_file.items() if value.strip()}
        self._stored: dict[str, str] = {}
        self._variables: dict[str, tuple[str, ...]] = {}
        for name, entry in vendors.items():
            if entry.key_variable is not None:
                variables = (entry.key_variable, *entry.other_key_variables)
                self._variables |= dict.fromkeys((name, *entry.aliases), variables)
        self._variables |= {name: (variable,) for name, variable in service_variables().items()}

    @staticmethod
    def load(config_dir: Path, environ: Mapping[str, str], vendors: Mapping[str, VendorEntry]) -> KeyRing:
        """The keys of the environment and of `<config_dir>/.env`."""
        from dotenv import dotenv_values

        path = config_dir / ".env"
        try:
            values = dotenv_values(path, interpolate=False, encoding="utf-8") if path.is_file() else {}
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{path} cannot be read: {error}.", "Repair its permissions or move it away."
            ) from error
        return KeyRing(environ, {name: value for name, value in values.items() if value}, vendors)

    @property
    def vendors(self) -> tuple[str, ...]:
        """Everybody a key can be stored for, in order of name."""
        return tuple(sorted(self._variables))

    def get(self, vendor: str) -> SecretStr | None:
        """The vendor's key, or None. Raises UnknownName."""
        for variable in self.variables_of(vendor):
            if value := self.variable(variable):
                return SecretStr(value.strip())
        return None

    def variable(self, name: str) -> str | None:
        """A variable of the same places, such as a base URL."""
        return self._stored.get(name) or self._environ.get(name) or self._from_file.get(name)

    def variables_of(self, vendor: str) -> tuple[str, ...]:
        """The variables that may hold the vendor's key, the usual one first. Raises UnknownName."""
        try:
            return self._variables[vendor.lower()]
        except KeyError:
            near = near_names(vendor, self.vendors)
            first = f"Did you mean {', '.join(near)}? " if near else ""
            raise UnknownName(
                f"Nobody is known as {vendor!r}.", f"{first}Known are: {', '.join(self.vendors)}."
            ) from None

    def origin(self, vendor: str) -> str | None:
        """Where the vendor's key comes from, in words: "OPENAI_API_KEY in the environment", or None."""
        for variable in self.variables_of(vendor):
            if variable in self._stored:
                return f"{variable}, just stored"
            if variable in self._environ:
                return f"{variable} in the environment"
            if variable in self._from_file:
                return f"{variable} in the .env file"
        return None

    def masked(self, vendor: str) -> str | None:
        """The key as `sk-…abcd`; a short one is hidden altogether. None where no key is set."""
        key = self.get(vendor)
        if key is None:
            return None
        value = key.get_secret_value()
        return f"{value[:3]}…{value[-4:]}" if len(value) >= _SHORTEST_SHOWN else "…"

    def save(self, config_dir: Path, vendor: str, key: str) -> None:
        """Stores a key in `<config_dir>/.env`, readable by nobody else.

        Raises UnknownName, or SettingsError for a text that is no key and a file that cannot be written.
        """
        variable = self.variables_of(vendor)[0]
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise SettingsError(
                f"What was given for {vendor} cannot be a key: it is empty or has spaces or odd characters.",
                f"Copy it again: vtai --api-key {vendor}=...",
            )
        path = config_dir / ".env"
        try:
            _write_private(path, _with_line(path, variable, key))
        except OSError as error:
            raise SettingsError(
                f"The key cannot be stored in {path}: {error.strerror}.",
                f"Make the folder writable, or set {variable} in the environment.",
            ) from error
        self._stored[variable] = key


def _with_line(path: Path, variable: str, key: str) -> str:
    """The file's text with the variable set; every other line stays as it is."""
    own = re.compile(rf"\s*(export\s+)?{re.escape(variable)}\s*=")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    quoted = key if _PLAIN_VALUE.fullmatch(key) else "'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "\n".join([*(line for line in lines if not own.match(line)), f"{variable}={quoted}"]) + "\n"


def _write_private(path: Path, text: str) -> None:
    """Replaces a file in one step. It is never readable by others, not even while it is written."""
    path = Path(os.path.realpath(path))  # Path.resolve raises for a link that leads to itself
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".env.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
