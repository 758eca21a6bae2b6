"""What the tests of code that runs share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.providers.sandbox.inside.runs import Notebook


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    """Code runs as the module `__main__` of this very process; it gets its own back."""
    main = sys.modules["__main__"]
    yield Notebook()
    sys.modules["__main__"] = main
