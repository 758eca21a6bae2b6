"""Addresses of databases, looked at without the library that uses them: loading that takes a while."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vtai.core.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

_KNOWN: Final = re.compile(r"(postgresql|postgres|sqlite)(\+\w+)?://")


def check(url: SecretStr | None) -> None:
    """Raises SettingsError where no database could answer, whatever listens there."""
    if url is not None and not _KNOWN.match(url.get_secret_value()):
        raise bad()


def bad() -> SettingsError:
    return SettingsError(
        "VT_DATABASE_URL is no address of a database that VT.ai knows.",
        "A value that works: postgresql://user:password@host/vtai - or leave it out for a file of its own.",
    )
