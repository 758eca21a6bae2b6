"""A catalogue as the program builds it, from an environment and a user's file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.keys import KeyRing

TODAY = date(2026, 11, 22)


def catalogue_of(
    environ: Mapping[str, str], own: str = "", *, embedded: bool = True, today: date = TODAY
) -> TomlCatalogue:
    """`own` is the text of the user's models.toml."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if own:
            (folder / "models.toml").write_text(own)
        file = model_file.read(folder)
        keys = KeyRing.load(folder, environ, file.vendors)
        return TomlCatalogue(file, keys, lambda: embedded, lambda: today)
