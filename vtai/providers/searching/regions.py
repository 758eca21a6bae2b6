"""What a country is called where one searches, and the language there. The data is in regions.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Region:
    """A country: its ISO 3166 code in small letters, its English name, and the language most pages are in."""

    code: str
    name: str
    language: str


def region_of(code: str | None) -> Region | None:
    """The country behind an ISO 3166 code in any case; None where it is absent or unknown."""
    return _regions().get(code.strip().lower()) if code else None


@cache
def _regions() -> dict[str, Region]:
    text = resources.files(__package__).joinpath("regions.toml").read_text("utf-8")
    return {code: Region(code, name, language) for code, (name, language) in tomllib.loads(text).items()}
