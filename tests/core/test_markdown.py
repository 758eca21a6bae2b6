"""Whether streamed text ends inside code."""

from __future__ import annotations

import pytest

from vtai.core.markdown import CodeTracker


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param("a `b", True, id="span"),
        pytest.param("a `b` c", False, id="closed span"),
        pytest.param("a ``b ` c", True, id="span of two"),
        pytest.param("a `b\nc", True, id="span over a line"),
        pytest.param("a `b\n\nc", False, id="span ends with its paragraph"),
        pytest.param("```py\nx", True, id="fence"),
        pytest.param("```py", True, id="the fence's own line"),
        pytest.param("```\nx\n\ny", True, id="fence over paragraphs"),
        pytest.param("```\nx\n```\ny", False, id="closed fence"),
        pytest.param("````\n```\n", True, id="a shorter fence closes nothing"),
        pytest.param("~~~\n```\n", True, id="another fence closes nothing"),
        pytest.param("  > ```\n  > x\n  > ```\n", False, id="fence in a quotation"),
        pytest.param("1. do\n   ```\n   x", True, id="fence in a list"),
        pytest.param("```inline``` text", False, id="three backticks in a line"),
        pytest.param("```\r\nx\r\n```\r\ny", False, id="other line ends"),
    ],
)
def test_code_is_followed_whatever_the_pieces(text: str, is_open: bool) -> None:
    assert CodeTracker().feed(text).is_open is is_open
    tracker = CodeTracker()
    for character in text:
        tracker.feed(character)
    assert tracker.is_open is is_open
