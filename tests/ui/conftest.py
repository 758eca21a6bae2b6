"""The served page for the tests of its protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.program import Program


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("page")) as program:
        yield program
