"""Who may connect."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from vtai.core.people import LOCAL, Caller, Person
from vtai.settings import Settings
from vtai.ui import guard, origins
from vtai.wiring.entering import Entering

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


MEMBER, GUEST = Person("m", "Max"), Person("g", "Gustav", "guest")


class Server:
    """The socket server as the guard sees it. Remembers which events got through, and what was sent."""

    def __init__(self, **settings: Any) -> None:
        from socketio.packet import Packet

        self.handlers: dict[str, dict[str, guard.Handler]] = {
            "/": {name: self._heard(name) for name in ("connect", "disconnect", "chat_settings_change")}
        }
        self.packet_class: type[Any] = Packet
        self.eio: Any = type("Eio", (), {})()
        self.heard: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.closed: list[str] = []
        self.entering = Entering(Settings(**settings))
        own = {
            name: self._heard(name)
            for name in ("client_message", "audio_start", "audio_chunk", "stop", "new")
        }
        self.sessions: dict[str, Any] = {}
        guard.install(self, Settings(**settings), own, self.entering, self.sessions.get)

    def _heard(self, name: str) -> guard.Handler:
        async def hear(sid: str, *_: Any) -> None:
            self.heard.append(name)

        return hear

    async def emit(self, event: str, data: Any, *, to: str) -> None:
        self.sent.append((event, data))

    async def disconnect(self, sid: str) -> None:
        self.closed.append(sid)

    async def connect(self, caller: object, sid: str = "1", auth: Mapping[str, Any] = GOOD) -> None:
        state = {} if caller is None else {"caller": caller}
        environ = {"HTTP_HOST": "127.0.0.1:8000", "asgi.scope": {"state": state}}
        await self.handlers["/"]["connect"](sid, environ, auth)
        self.heard.clear()

    async def send(self, event: str, sid: str = "1") -> None:
        await self.handlers["/"][event](sid, {})

    @property
    def toasts(self) -> list[str]:
        return [data["message"] for event, data in self.sent if event == "toast"]


@pytest.mark.parametrize(
    "caller",
    [
        pytest.param(None, id="nobody"),
        pytest.param("local", id="no caller at all"),
        pytest.param(Caller(Person("m", "Max", is_suspended=True)), id="suspended"),
        pytest.param(Caller(LOCAL, key_id="k", key_scopes=frozenset({"write"})), id="a key to write"),
        pytest.param(Caller(LOCAL, key_id="k", key_scopes=frozenset()), id="a key for nothing"),
    ],
)
async def test_whom_the_door_does_not_name_connects_to_nothing(caller: object) -> None:
    server = Server()
    with pytest.raises(ConnectionRefusedError):
        await server.connect(caller)
    assert server.heard == []


@pytest.mark.parametrize(("scope", "heard"), [("read", []), ("chat", ["stop"])])
async def test_a_key_to_read_or_to_ask_connects_and_the_latter_stops_answers(
    scope: Any, heard: list[str]
) -> None:
    server = Server()
    await server.connect(Caller(LOCAL, key_id="k", key_scopes=frozenset({scope})))
    await server.send("stop")
    assert server.heard == heard


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param("client_message", "You may read here, and not send messages.", id="message"),
        pytest.param("audio_start", "You may read here, and not speak.", id="microphone"),
        pytest.param("chat_settings_change", "You may read here, and not change settings.", id="settings"),
        pytest.param("audio_chunk", None, id="sound"),
        pytest.param("new", None, id="an event that nobody thought of"),
    ],
)
async def test_a_guest_sends_nothing_and_is_told_what(event: str, words: str | None) -> None:
    server = Server()
    await server.connect(Caller(GUEST))
    await server.send(event)
    assert server.heard == []
    assert server.toasts == ([words] if words else [])
    assert (("task_end", {}) in server.sent) == (words is not None)
    assert (("audio_connection", "off") in server.sent) == (event == "audio_start")


async def test_a_member_sends_everything() -> None:
    server = Server()
    await server.connect(Caller(MEMBER))
    for event in ("client_message", "audio_start", "audio_chunk", "chat_settings_change", "stop", "new"):
        await server.send(event)
    assert len(server.heard) == 6
    assert server.sent == []


async def test_one_person_is_slowed_down_in_all_tabs_and_others_are_not() -> None:
    server = Server(messages_per_minute=2)
    for sid in ("1", "2"):
        await server.connect(Caller(MEMBER), sid, {**GOOD, "sessionId": ID[:-1] + sid})
    await server.connect(Caller(LOCAL), "3", {**GOOD, "sessionId": ID[:-1] + "3"})
    for sid in ("1", "2", "1", "3"):
        await server.send("client_message", sid)
    assert server.heard == ["client_message"] * 3
    (toast,) = server.toasts
    assert "too fast" in toast


async def test_the_end_of_a_login_closes_its_socket_and_drops_what_still_comes() -> None:
    server = Server()
    await server.connect(Caller(MEMBER, login_id="mine"))
    await server.entering.connections.end_login("mine")
    await server.send("client_message")
    assert server.closed == ["1"]
    assert server.heard == []


async def test_a_socket_that_closed_is_forgotten() -> None:
    server = Server()
    await server.connect(Caller(MEMBER))
    await server.send("disconnect")
    assert server.heard == ["disconnect"]
    assert server.entering.connections.get("1") is None


async def test_a_role_that_was_taken_away_counts_for_an_open_socket() -> None:
    server = Server()
    await server.connect(Caller(MEMBER))
    connection = server.entering.connections.get("1")
    assert connection is not None
    connection.state["caller"] = Caller(GUEST)
    await server.send("client_message")
    assert server.heard == []


@pytest.mark.parametrize(
    ("before", "is_theirs"),
    [
        pytest.param({"asgi.scope": {"state": {"caller": Caller(MEMBER)}}}, True, id="the same person"),
        pytest.param({"asgi.scope": {"state": {"caller": Caller(LOCAL)}}}, False, id="another person"),
        pytest.param({}, False, id="nobody knows whose"),
    ],
)
async def test_a_session_is_taken_up_by_its_person_alone(before: dict[str, Any], is_theirs: bool) -> None:
    server = Server()
    server.sessions[ID] = SimpleNamespace(environ=before)
    if is_theirs:
        await server.connect(Caller(MEMBER, login_id="another"))
    else:
        with pytest.raises(ConnectionRefusedError):
            await server.connect(Caller(MEMBER))
