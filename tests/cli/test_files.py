"""Names of files that come from strangers."""

from __future__ import annotations

import pytest

from vtai.cli.files import safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        pytest.param("cat.png", "cat.png", id="an ordinary name"),
        pytest.param("../../etc/passwd", "passwd", id="folders above"),
        pytest.param("/etc/passwd", "passwd", id="from the root"),
        pytest.param("C:\\Windows\\cat.png", "cat.png", id="the other slashes"),
        pytest.param(".bashrc", "bashrc", id="a hidden file"),
        pytest.param("..", "file", id="only dots"),
        pytest.param("", "file", id="nothing"),
        pytest.param("a\x00b\n.png", "a_b_.png", id="control characters"),
        pytest.param("a:b*?.png", "a_b_.png", id="drive letters and wildcards"),
        pytest.param("nul.txt", "_nul.txt", id="a device"),
        pytest.param("\u00e9t\u00e9.png", "\u00e9t\u00e9.png", id="letters of every language"),
        pytest.param("x" * 300 + ".png", "x" * 96 + ".png", id="too long"),
    ],
)
def test_a_strangers_file_name_is_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe
