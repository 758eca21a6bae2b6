"""Where and as whom attempts are made: each level, as the user of the tests and (if root) as nobody."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.providers.sandbox.inside import rig

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux")
# Small enough to be reached at once.
SMALL = {
    "workspace_bytes": 4 << 20,
    "workspace_files": 1000,
    "tmp_bytes": 4 << 20,
    "cpu_s": 1,
    "address_bytes": 1 << 30,
    "file_bytes": 1_500_000,
    "threads": 20,
}


class Place(NamedTuple):
    """A level, and who starts the session."""

    level: str
    as_nobody: bool

    def check(self) -> None:
        """Skips the test where this cannot be tried here."""
        if self.as_nobody and os.geteuid() != 0:
            pytest.skip("only root can become nobody")
        if not rig.interpreter(self.as_nobody):
            pytest.skip("nobody can run no Python here")


def places(levels: str = "ABC") -> pytest.MarkDecorator:
    """Every place of these levels, as the argument `place`."""
    cases = [Place(level, as_nobody) for level in levels for as_nobody in (False, True)]
    ids = [f"{case.level}-{'nobody' if case.as_nobody else 'oneself'}" for case in cases]
    return pytest.mark.parametrize("place", cases, ids=ids)


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="vtai-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def scene(folder: Path) -> dict[str, str]:
    """Files that everybody on the machine may read and write, so that walls alone keep them apart."""
    made = {"library": "shown/library", "hidden": "shown/hidden", "canary": "secret/canary"}
    for name in made.values():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("text")
        file.chmod(0o666)
        file.parent.chmod(0o777)
    return {name: str(folder / path) for name, path in made.items()}


def trials(folder: Path, attempts: list[str], **order: Any) -> Callable[[Place], dict[str, str]]:
    """What came of the attempts at a place, tried once."""
    made = scene(folder)

    @functools.cache
    def at(place: Place) -> dict[str, str]:
        place.check()
        found: dict[str, str] = rig.behind(
            {"level": place.level, "scene": made, "attempts": attempts, "limits": SMALL, **order},
            place.as_nobody,
        )
        return found

    return at
