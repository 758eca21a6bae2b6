"""The headers of every answer, and who is turned away at the border."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.listening import listening
from tests.server.parts import KEY, Library, bare_shelf, client, make_app
from vtai.server import hosts
from vtai.server.app import build_server

if TYPE_CHECKING:
    import httpx


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(tmp_path, allowed_origins=("https://chat.example.org",))
    async with client(app, Library().load) as client_:
        yield client_


@pytest.mark.parametrize(
    "path",
    ["/", "/favicon", "/project/settings", "/health/live", "/nothing"],
    ids=lambda path: path.strip("/"),
)
async def test_every_answer_carries_the_security_headers(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "microphone=(self)" in headers["permissions-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_the_pages_policy_names_no_outside_host_and_no_unhashed_inline_script(
    http: httpx.AsyncClient,
) -> None:
    policy = (await http.get("/")).headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert not any("http" in value or "*" in value for value in directives.values())
    assert "'unsafe-inline'" not in directives["script-src"]
    assert directives["script-src"].startswith("'self' blob: 'unsafe-eval' 'sha256-")
    assert directives["connect-src"] == "'self' data: blob:"
    assert directives["img-src"] == "'self' data: blob:"
    assert directives["default-src"] == "'self'"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("127.0.0.1:8000", 200, id="loopback"),
        pytest.param("localhost", 200, id="localhost"),
        pytest.param("vt.localhost:8000", 200, id="below-localhost"),
        pytest.param("[::1]:8000", 200, id="loopback-6"),
        pytest.param("chat.example.org", 200, id="allowed"),
        pytest.param("rebound.example.net", 400, id="foreign"),
        pytest.param("192.0.2.1:8000", 400, id="other-address"),
        pytest.param("127.0.0.1.example.net", 400, id="looks-like-loopback"),
        pytest.param("a b", 400, id="blank"),
        pytest.param("localhost/x", 400, id="path"),
        pytest.param("evil@localhost", 400, id="user"),
        pytest.param("", 400, id="empty"),
    ],
)
async def test_a_loopback_server_answers_to_names_of_this_machine_only(
    http: httpx.AsyncClient, host: str, status: int
) -> None:
    assert (await http.get("/favicon", headers={"host": host})).status_code == status


async def test_two_host_headers_are_refused(http: httpx.AsyncClient) -> None:
    import httpx

    request = httpx.Request(
        "GET", "http://127.0.0.1/", headers=[("Host", "localhost"), ("Host", "localhost")]
    )
    assert (await http.send(request)).status_code == 400


async def test_a_server_for_others_answers_to_any_name(tmp_path: Path) -> None:
    async with client(make_app(tmp_path, access_key=KEY), Library().load, "0.0.0.0") as http:
        headers = {"host": "chat.example.org", "authorization": f"Bearer {KEY}"}
        assert (await http.get("/favicon", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("POST", {"origin": "http://127.0.0.1:8000"}, 200, id="own-page"),
        pytest.param("POST", {}, 200, id="no-browser"),
        pytest.param("POST", {"origin": "https://chat.example.org"}, 200, id="allowed"),
        pytest.param("POST", {"origin": "https://evil.example.net"}, 403, id="foreign"),
        pytest.param("POST", {"origin": "http://127.0.0.1:9000"}, 403, id="other-port"),
        pytest.param("POST", {"origin": "null"}, 403, id="opaque"),
        pytest.param("POST", {"origin": "http://127.0.0.1:99999"}, 403, id="broken-port"),
        pytest.param("POST", {"sec-fetch-site": "cross-site"}, 403, id="cross-site-without-origin"),
        pytest.param("POST", {"sec-fetch-site": "same-origin"}, 200, id="same-origin-without-origin"),
        pytest.param("OPTIONS", {"origin": "https://evil.example.net"}, 403, id="preflight"),
        pytest.param("GET", {"origin": "https://evil.example.net"}, 403, id="foreign-reader"),
    ],
)
async def test_pages_of_other_sites_are_turned_away(
    http: httpx.AsyncClient, method: str, headers: dict[str, str], status: int
) -> None:
    body = {"session_id": "6f1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11"}
    answer = await http.request(method, "/set-session-cookie", headers=headers, json=body)
    assert answer.status_code == status


async def test_a_link_from_another_site_opens_the_page(http: httpx.AsyncClient) -> None:
    assert (await http.get("/", headers={"sec-fetch-site": "cross-site"})).status_code == 200


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        pytest.param("http://127.0.0.1:{port}", True, id="own"),
        pytest.param(None, True, id="no-browser"),
        pytest.param("https://evil.example.net", False, id="foreign"),
        pytest.param("http://localhost:{port}", False, id="other-name"),
    ],
)
async def test_sockets_open_for_the_servers_own_pages_only(
    tmp_path: Path, origin: str | None, is_let_in: bool
) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    app = make_app(tmp_path)
    server = build_server(app, load=Library().load, shelf=bare_shelf(app))
    async with listening(server) as port:
        own = origin.format(port=port) if origin else None
        url = f"ws://127.0.0.1:{port}/ws/socket.io/?EIO=4&transport=websocket"
        if is_let_in:
            async with connect(url, origin=own) as socket:  # type: ignore[arg-type]
                await socket.send("hello")
                assert await socket.recv() == "hello"
        else:
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(url, origin=own):  # type: ignore[arg-type]
                    pass


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        pytest.param("https://chat.example.org", "chat.example.org", True, id="behind-tls"),
        pytest.param("https://chat.example.org", "chat.example.org:443", True, id="default-port-named"),
        pytest.param("https://chat.example.org:8443", "chat.example.org", False, id="other-port"),
        pytest.param("http://[::1]:8000", "[::1]:8000", True, id="ipv6"),
        pytest.param("http://LOCALHOST:1", "localhost:1", True, id="capitals"),
        pytest.param("file://localhost", "localhost", False, id="file"),
        pytest.param("http://[::1", "localhost", False, id="broken"),
    ],
)
def test_an_origin_is_compared_with_the_host(origin: str, host: str, expected: bool) -> None:
    assert hosts.is_same(origin, host) is expected
