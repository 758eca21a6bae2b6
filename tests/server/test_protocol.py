"""The whole edge with the page's real library behind it, as a browser talks to it."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.parts import PNG
from tests.server.test_run import process

if TYPE_CHECKING:
    import socketio

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that has just begun to listen: its library is not loaded yet."""
    with process(tmp_path_factory.mktemp("data")) as (server, port):
        assert server.stdout is not None
        server.stdout.readline()
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def connected(url: str, **changes: Any) -> AsyncIterator[socketio.AsyncClient]:
    """A connected socket, with what a browser says about itself; `changes` go over that."""
    import aiohttp
    import socketio

    headers = changes.pop("headers", {})
    auth = {
        "sessionId": str(uuid.uuid4()),
        "clientType": "webapp",
        "threadId": "",
        "userEnv": "{}",
        **changes,
    }
    async with aiohttp.ClientSession() as session:
        socket = socketio.AsyncClient(reconnection=False, http_session=session)
        await socket.connect(
            url,
            socketio_path="/ws/socket.io",
            transports=["websocket"],
            auth=auth,
            headers=headers,
            wait_timeout=60,
        )
        yield socket
        await socket.disconnect()


async def test_a_socket_that_comes_early_is_connected_once_the_library_is_loaded(tmp_path: Path) -> None:
    import httpx

    with process(tmp_path) as (server, port):
        assert server.stdout is not None
        server.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{url}/health/ready").json()["parts"]["page"] == "loading"
        async with connected(url) as socket:
            assert socket.connected


async def test_an_answer_that_runs_when_the_server_stops_still_arrives_whole(tmp_path: Path) -> None:
    with process(tmp_path) as (server, port):
        assert server.stdout is not None
        server.stdout.readline()
        events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        async with connected(f"http://127.0.0.1:{port}") as socket:
            socket.on("*", lambda name, data=None: events.put_nowait((name, data)))
            await socket.emit("connection_successful")
            message = {"id": str(uuid.uuid4()), "output": "Hi", "type": "user_message", "name": "User"}
            await socket.emit("client_message", {"message": message, "fileReferences": []})
            seen = ""
            while " 49" not in seen:
                name, data = await asyncio.wait_for(events.get(), 30)
                seen += str(data.get("output", data.get("token", ""))) if isinstance(data, dict) else ""
                if name == "stream_start":
                    server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sessionId": "../../x"}, id="session-id"),
        pytest.param({"sessionId": None}, id="no-session-id"),
        pytest.param({"threadId": "x' OR 1"}, id="thread-id"),
        pytest.param({"headers": {"Origin": "https://evil.example.net"}}, id="foreign-page"),
        pytest.param({"headers": {"Host": "rebound.example.net"}}, id="foreign-name"),
    ],
)
async def test_a_handshake_with_a_bad_id_or_from_elsewhere_is_refused(
    url: str, changes: dict[str, Any]
) -> None:
    import socketio

    with pytest.raises(socketio.exceptions.ConnectionError):
        async with connected(url, **changes):
            pass


async def test_a_file_goes_up_and_comes_back_to_its_session_only(url: str) -> None:
    import httpx

    session = str(uuid.uuid4())
    async with connected(url, sessionId=session), httpx.AsyncClient(base_url=url) as http:
        sent = await http.post(
            f"/project/file?session_id={session}", files={"file": ("cat.png", PNG, "image/png")}
        )
        file = sent.json()["id"]
        back = await http.get(f"/project/file/{file}?session_id={session}")
        assert (back.status_code, back.content, back.headers["content-type"]) == (200, PNG, "image/png")
        assert back.headers["content-security-policy"].startswith("sandbox;")
        other = await http.get(f"/project/file/{file}?session_id={uuid.uuid4()}")
        assert other.status_code in {401, 404}
        text = {"file": ("page.html", b"<script>alert(1)</script>", "text/html")}
        page = (await http.post(f"/project/file?session_id={session}", files=text)).json()["id"]
        saved = await http.get(f"/project/file/{page}?session_id={session}")
        assert saved.headers["content-disposition"] == "attachment"
        assert saved.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/copilot/index.js", "/health"])
async def test_what_the_library_offers_beside_the_page_is_closed(url: str, path: str) -> None:
    import httpx

    async with httpx.AsyncClient(base_url=url) as http:
        assert (await http.get(path)).status_code == 404


async def test_what_the_page_asks_for_at_its_start_is_answered(url: str) -> None:
    import httpx

    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        session = {"session_id": str(uuid.uuid4())}
        answers = [
            await http.get("/auth/config"),
            await http.get("/project/translations?language=en-US"),
            await http.get("/project/settings?language=en-US"),
            await http.post("/set-session-cookie", json=session, headers={"origin": url}),
            await http.get("/user"),
        ]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert answers[4].status_code in {200, 401}
