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
    "text",
    [
        pytest.param('2["connect",{},{"sessionId":"x"}]', id="an event called connect"),
        pytest.param('2["disconnect"]', id="an event called disconnect"),
        pytest.param('52-["audio_chunk",{"_placeholder":true,"num":0}]', id="many binary parts"),
    ],
)
def test_a_packet_that_the_page_never_sends_is_refused(text: str) -> None:
    from socketio.packet import Packet

    with pytest.raises(ValueError, match="refused"):
        guard.strict(Packet)(encoded_packet=text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param('2["stop"]', 0, id="an event"),
        pytest.param("2[]", 0, id="nothing"),
        pytest.param('51-["audio_chunk",{"data":{"_placeholder":true,"num":0}}]', 1, id="a piece of sound"),
    ],
)
def test_a_packet_of_the_page_is_read(text: str, count: int) -> None:
    from socketio.packet import Packet

    assert guard.strict(Packet)(encoded_packet=text).attachment_count == count


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
        pytest.param(
            "https://window.example.org", "127.0.0.1:8000", "127.0.0.1", True, id="named with a slash"
        ),
        pytest.param("http://app.localhost:8000", "app.localhost:8000", "127.0.0.1", True, id="a local name"),
        pytest.param("null", "127.0.0.1:8000", "127.0.0.1", False, id="a sandboxed page"),
        pytest.param("file://", "", "0.0.0.0", False, id="a file"),
    ],
)
def test_only_our_own_pages_may_open_a_socket(
    origin: str | None, host: str, bound_to: str, is_welcome: bool
) -> None:
    allowed = ("https://door.example.org", "https://Window.example.org/")
    assert origins.is_welcome(origin, host, bound_to, allowed) is is_welcome
