"""Who may connect."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.ui import guard, origins

ID = "3f2b8c1a-7f2e-4d52-9f0a-0d2c8a9e4b11"
GOOD = {"sessionId": ID, "threadId": "", "clientType": "webapp", "userEnv": "{}", "chatProfile": ""}


def test_a_handshake_of_the_page_is_admitted_without_what_it_does_not_need() -> None:
    admitted = guard.admitted({**GOOD, "threadId": ID, "chatProfile": "x", "userEnv": "[", "more": 1})
    assert admitted == {
        "sessionId": ID, "threadId": ID, "clientType": "webapp", "userEnv": None, "chatProfile": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sessionId": "../../etc"}, id="a path as session"),
        pytest.param({"sessionId": f"{ID}/.."}, id="an id and more"),
        pytest.param({"sessionId": f"{ID}\n"}, id="an id and a line end"),
        pytest.param({"sessionId": None}, id="no session"),
        pytest.param({"sessionId": [ID]}, id="a list"),
        pytest.param({"threadId": "x' OR 1=1"}, id="a thread that is no id"),
        pytest.param({"clientType": "slack"}, id="another client"),
    ],
)
def test_a_handshake_with_another_id_is_turned_away(change: dict[str, Any]) -> None:
    assert guard.admitted({**GOOD, **change}) is None


@pytest.mark.parametrize("auth", [None, "x", [GOOD], 5], ids=str)
def test_a_handshake_without_its_data_is_turned_away(auth: object) -> None:
    assert guard.admitted(auth) is None


@pytest.mark.parametrize(
    ("origin", "host", "bound_to", "is_welcome"),
    [
        pytest.param(None, "127.0.0.1:8000", "127.0.0.1", True, id="no browser"),
        pytest.param("http://127.0.0.1:8000", "127.0.0.1:8000", "127.0.0.1", True, id="our page"),
        pytest.param("http://localhost:8000", "localhost:8000", "127.0.0.1", True, id="our page by name"),
        pytest.param("https://evil.example", "127.0.0.1:8000", "127.0.0.1", False, id="another page"),
        pytest.param("http://127.0.0.1:9000", "127.0.0.1:8000", "127.0.0.1", False, id="another port"),
        pytest.param(
            "http://evil.example:8000", "evil.example:8000", "127.0.0.1", False, id="a name that leads here"
        ),
        pytest.param("https://chat.example.org", "chat.example.org", "0.0.0.0", True, id="a public server"),
        pytest.param(
            "https://door.example.org", "127.0.0.1:8000", "127.0.0.1", True, id="named in the settings"
        ),
        pytest.param("null", "127.0.0.1:8000", "127.0.0.1", False, id="a sandboxed page"),
        pytest.param("file://", "", "0.0.0.0", False, id="a file"),
    ],
)
def test_only_our_own_pages_may_open_a_socket(
    origin: str | None, host: str, bound_to: str, is_welcome: bool
) -> None:
    assert origins.is_welcome(origin, host, bound_to, ("https://door.example.org",)) is is_welcome
