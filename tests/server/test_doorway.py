"""Which requests reach the page's library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.parts import FILE, SESSION, Library, client, make_app

if TYPE_CHECKING:
    import httpx


BAD_IDS = {
    "parent-folder": "../../etc",
    "encoded": "..%2f..",
    "empty": "",
    "not-hexadecimal": "zf1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11",
    "longer": SESSION + "/..",
    "newline": SESSION + "\n",
}


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
async def http(tmp_path: Path, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(tmp_path), library.load) as client_:
        yield client_


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /project/translations?language=en-US",
        "GET /project/settings?language=en-US",
        "GET /ws/socket.io/?EIO=4&transport=polling",
        "POST /ws/socket.io/?EIO=4&transport=polling",
        "POST /project/threads",
        f"GET /project/thread/{SESSION}",
        f"GET /project/share/{SESSION}",
        "GET /project/shares",
    ],
)
async def test_what_the_page_asks_for_reaches_the_library(
    http: httpx.AsyncClient, library: Library, request_line: str
) -> None:
    method, url = request_line.split(" ")
    assert (await http.request(method, url)).status_code == 200
    assert len(library.paths) == 1


@pytest.mark.parametrize(
    "request_line",
    [
        "PUT /feedback",
        "DELETE /feedback",
        "PUT /project/thread",
        "DELETE /project/thread",
        "PUT /project/thread/share",
    ],
)
async def test_a_change_names_what_it_changes_by_an_id(
    http: httpx.AsyncClient, library: Library, request_line: str
) -> None:
    method, url = request_line.split(" ")
    for body in ({}, {"threadId": "../x", "feedbackId": "1", "feedback": {"forId": SESSION}}):
        assert (await http.request(method, url, json=body)).status_code == 400
    assert library.paths == []


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /docs",
        "GET /redoc",
        "GET /openapi.json",
        "GET /docs/oauth2-redirect",
        "POST /mcp",
        "DELETE /mcp",
        "PUT /project/element",
        "DELETE /project/element",
        "POST /login",
        "POST /auth/jwt",
        "POST /auth/header",
        "GET /auth/oauth/github",
        "GET /copilot/index.js",
        "POST /slack/events",
        "POST /teams/events",
        "GET /health",
        "PUT /project/settings",
        "DELETE /ws/socket.io/",
        "GET /anything",
        "POST /",
        "GET /thread/not-an-id",
        f"GET /project/file/{FILE}/..%2fx?session_id={SESSION}",
    ],
)
async def test_everything_else_is_closed(
    http: httpx.AsyncClient, library: Library, request_line: str
) -> None:
    method, url = request_line.split(" ")
    answer = await http.request(method, url, json={} if method != "GET" else None)
    assert answer.status_code == 404
    assert library.paths == []


@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS)
async def test_a_session_id_that_is_not_one_is_refused(
    http: httpx.AsyncClient, library: Library, bad: str
) -> None:
    answers = [
        await http.get(f"/project/file/{FILE}", params={"session_id": bad}),
        await http.post("/project/file", params={"session_id": bad}, files={"file": ("a.txt", b"a")}),
        await http.post("/project/action", json={"sessionId": bad, "action": {"name": "x"}}),
        await http.post("/set-session-cookie", json={"session_id": bad}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert library.paths == []
    assert library.uploads == []


@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS)
async def test_a_parent_id_that_is_not_one_is_refused(
    http: httpx.AsyncClient, library: Library, bad: str
) -> None:
    params = {"session_id": SESSION, "ask_parent_id": bad}
    answer = await http.post("/project/file", params=params, files={"file": ("a.txt", b"a")})
    assert answer.status_code == 400
    assert library.uploads == []


async def test_two_session_ids_are_refused(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/project/file/{FILE}?session_id={SESSION}&session_id={SESSION}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"sessionId": SESSION, "action": {"name": "reroute"}}, 200, id="without-id"),
        pytest.param({"sessionId": SESSION, "action": {"id": FILE, "forId": None}}, 200, id="with-id"),
        pytest.param({"sessionId": SESSION, "action": {"id": "../x"}}, 400, id="bad-action-id"),
        pytest.param({"sessionId": SESSION, "action": {"forId": ["x"]}}, 400, id="bad-for-id"),
        pytest.param({"sessionId": [SESSION], "action": {}}, 400, id="list"),
        pytest.param([], 400, id="not-an-object"),
    ],
)
async def test_the_ids_of_an_action_are_checked(http: httpx.AsyncClient, body: Any, status: int) -> None:
    assert (await http.post("/project/action", json=body)).status_code == status


async def test_a_body_reaches_the_library_unchanged(http: httpx.AsyncClient) -> None:
    text = '{"sessionId": "%s",  "action": {"name": "ü"}}' % SESSION  # noqa: UP031 the braces are the content
    assert (await http.post("/project/action", content=text.encode())).json()["body"] == text


async def test_a_body_that_is_not_json_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/project/action", content=b"[" * 100_000)).status_code == 400


async def test_a_body_that_is_too_long_is_refused(http: httpx.AsyncClient, library: Library) -> None:
    body = {"sessionId": SESSION, "action": {"name": "x" * 1_000_001}}
    assert (await http.post("/project/action", json=body)).status_code == 413
    assert library.paths == []


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(http: httpx.AsyncClient) -> None:
    answer = await http.post("/set-session-cookie", json={"session_id": SESSION})
    cookie = answer.headers["set-cookie"].lower()
    assert SESSION in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
