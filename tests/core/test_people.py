"""People, and what they sign in with."""

from __future__ import annotations

import pytest

from vtai.core.people import Login


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        pytest.param("(X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox on Linux", id="firefox"),
        pytest.param("(iPhone; like Mac OS X) Safari/604.1", "Safari on iPhone", id="iphone"),
        pytest.param("(Windows NT) Chrome/140 Safari/537 Edg/140", "Edge on Windows", id="edge"),
        pytest.param("curl/8", "A browser", id="something else"),
    ],
)
def test_browsers_are_named_as_people_name_them(agent: str, name: str) -> None:
    assert Login("id", "ada", 0.0, 0.0, 0.0, agent).browser == name
