"""A clean environment for every test: no keys, no settings, folders of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.standins.fixtures"]

_KEEP = {
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "PLAYWRIGHT_BROWSERS_PATH",
    "VTAI_TEST_CHROMIUM",
}

# Each test has a server or a database of its own: quick alone, not in their number.
_HOSTED = (
    "tests/access",
    "tests/api/compat",
    "tests/cli/test_backup.py",
    "tests/cli/test_keys.py",
    "tests/cli/test_people.py",
    "tests/server/test_oidc.py",
    "tests/server/test_sign_in.py",
    "tests/storage/backup",
)
# Slow for many processes or for work of one core: on two cores they take half the time side by side.
_BESIDE = (
    "tests/bench",
    "tests/extensions",
    "tests/providers/reading",
    "tests/providers/sandbox",
    "tests/routing",
    "tests/storage",
    *_HOSTED,
)
_SLOW = (*(f"tests/providers/sandbox/{folder}" for folder in ("inside", "remote", "container")), *_HOSTED)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what may run beside other tests, and folders in which most of it is slow."""
    for names, mark in ((_BESIDE, pytest.mark.beside), (_SLOW, pytest.mark.slow)):
        folders = tuple(config.rootpath / name for name in names)
        for item in items:
            if any(item.path.is_relative_to(folder) for folder in folders):
                item.add_marker(mark)


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches a test; configuration and data go to its own folder."""
    for name in set(os.environ) - _KEEP:
        if not name.startswith(("PIP_", "UV_", "SSL_", "PYTEST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VT_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("VT_DATA_DIR", str(tmp_path / "data"))
