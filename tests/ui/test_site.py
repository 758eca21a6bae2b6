"""The page's own files and the folder they run from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vtai.ui import site

pytest.importorskip("fcntl", reason="folders are told apart by file locks")

_LEAVES_ONE_BEHIND = (
    "import sys; from pathlib import Path; from vtai.ui import site; print(site.prepare(Path(sys.argv[1])))"
)


def test_each_process_gets_a_copy_of_its_own(tmp_path: Path) -> None:
    first, second = site.prepare(tmp_path), site.prepare(tmp_path)
    assert first != second
    assert first.is_dir()
    for root in (first, second):
        assert (root / ".chainlit" / "config.toml").is_file()
        assert (root / "public" / "elements" / "ReplyFooter.jsx").is_file()


def test_what_a_process_left_behind_is_cleaned_up(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _LEAVES_ONE_BEHIND, str(tmp_path)], capture_output=True, text=True, check=True
    )
    left = Path(made.stdout.strip())
    assert left.is_dir()
    site.prepare(tmp_path)
    assert not left.exists()


def test_nobody_else_on_the_machine_can_read_the_uploads(tmp_path: Path) -> None:
    root = site.prepare(tmp_path)
    assert root.stat().st_mode & 0o077 == 0


def test_removing_takes_the_uploads_along(tmp_path: Path) -> None:
    root = site.prepare(tmp_path)
    (root / site.UPLOADS / "secret").write_text("x")
    site.remove(root)
    assert not root.exists()


def test_nothing_on_the_page_comes_from_another_host() -> None:
    texts = [
        path for path in site.SHIPPED.rglob("*") if path.suffix in {".css", ".js", ".jsx", ".svg", ".json"}
    ]
    named = {path.name: re.findall(r"https?://[^\s\"')]+", path.read_text()) for path in texts}
    assert {name: urls for name, urls in named.items() if set(urls) - {"http://www.w3.org/2000/svg"}} == {}
    assert json.loads((site.SHIPPED / "public" / "theme.json").read_text())["custom_fonts"] == []
