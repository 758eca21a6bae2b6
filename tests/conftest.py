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
    "tests/api",
    "tests/cli/test_adopting.py",
    "tests/cli/test_backup.py",
    "tests/cli/test_doctor_hosting.py",
    "tests/cli/test_doctor_kept.py",
    "tests/cli/test_keys.py",
    "tests/cli/test_people.py",
    "tests/server/test_account.py",
    "tests/server/test_oidc.py",
    "tests/server/test_rates.py",
    "tests/server/test_shared_page.py",
    "tests/server/test_sign_in.py",
    "tests/server/test_stored_files.py",
    "tests/storage",
    "tests/wiring",
)
# Slow for many processes or for work of one core: on two cores they take half the time side by side.
_BESIDE = (
    "tests/bench",
    "tests/extensions",
    "tests/providers/reading",
    "tests/providers/sandbox",
    "tests/routing",
    *_HOSTED,
)
_SLOW = (
    "tests/e2e",
    "tests/providers/reading",
    *(f"tests/providers/sandbox/{folder}" for folder in ("inside", "remote", "container")),
    *_HOSTED,
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick part does not even read what is slow as a whole."""
    is_quick = "not slow" in config.option.markexpr and collection_path.is_relative_to(config.rootpath)
    own = collection_path.relative_to(config.rootpath) if is_quick else None
    return True if own and any(own.is_relative_to(name) for name in _SLOW) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what may run beside other tests, and folders in which most of it is slow."""
    marks = ((_BESIDE, pytest.mark.beside), (_SLOW, pytest.mark.slow))
    found: dict[Path, list[pytest.MarkDecorator]] = {}
    for item in items:
        if (path := item.path) not in found:
            own = path.relative_to(config.rootpath)
            found[path] = [mark for names, mark in marks if any(own.is_relative_to(name) for name in names)]
        for mark in found[path]:
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
