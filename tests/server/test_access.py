"""The access key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from tests.listening import listening
from tests.server.parts import KEY, SESSION, Library, bare_shelf, client, make_app
from vtai.core.errors import SettingsError
from vtai.server.access import AccessKey, access_key, address_lines
from vtai.server.app import build_server

if TYPE_CHECKING:
    import httpx


HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
async def http(tmp_path: Path, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(tmp_path, access_key=KEY), library.load, "0.0.0.0") as client_:
        yield client_


@pytest.mark.parametrize(
    "path",
    ["/project/settings", "/metrics", "/assets/x.js", "/favicon", "/nothing", "/ws/socket.io/?EIO=4"],
)
async def test_without_a_key_nothing_is_answered(
    http: httpx.AsyncClient, library: Library, path: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This server asks for its access key."
    assert library.paths == []


async def test_a_browser_without_a_key_is_shown_where_to_enter_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/", headers=HTML)
    assert answer.status_code == 401
    assert '<input id="key"' in answer.text
    assert "wrong" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_probes_need_no_key(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code in {200, 503}


async def test_the_key_in_the_address_becomes_a_cookie_and_leaves_the_address(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get(f"/thread/{SESSION}", params={"a": "1", "key": KEY}, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/thread/{SESSION}?a=1"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert KEY not in cookie
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert (await http.get("/", headers=HTML)).status_code == 200


async def test_behind_tls_the_cookie_is_for_tls_only(http: httpx.AsyncClient) -> None:
    answer = await http.get("https://127.0.0.1:8000/", params={"key": KEY})
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_the_redirect_never_leads_to_another_host(http: httpx.AsyncClient) -> None:
    import httpx

    request = httpx.Request("GET", f"http://127.0.0.1:8000//evil.example.net/?key={KEY}")
    assert (await http.send(request)).headers["location"] == "/evil.example.net/"


async def test_a_known_browser_is_led_from_an_address_with_the_key_to_one_without(
    http: httpx.AsyncClient,
) -> None:
    await http.get("/", params={"key": KEY})
    again = await http.get("/", params={"key": KEY})
    assert (again.status_code, again.headers["location"]) == (303, "/")


async def test_the_form_takes_the_key(http: httpx.AsyncClient) -> None:
    answer = await http.post("/access", data={"key": KEY}, headers={"origin": "http://127.0.0.1:8000"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await http.get("/project/settings")).status_code == 200


async def test_the_form_says_that_a_key_is_wrong(http: httpx.AsyncClient) -> None:
    answer = await http.post("/access", data={"key": "wrong"}, headers=HTML)
    assert answer.status_code == 401
    assert "That key is wrong" in answer.text


async def test_an_endless_form_is_not_read(http: httpx.AsyncClient) -> None:
    assert (await http.post("/access", data={"key": "x" * 10_000})).status_code == 401


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(f"Bearer {KEY}", 200, id="right"),
        pytest.param(f"bearer {KEY}", 200, id="lower-case"),
        pytest.param("Bearer wrong", 401, id="wrong"),
        pytest.param("Bearer wröng", 401, id="not-ascii"),
        pytest.param(f"Bearer {KEY[:-1]}", 401, id="nearly"),
        pytest.param("Bearer ", 401, id="empty"),
        pytest.param(f"Basic {KEY}", 401, id="other-scheme"),
    ],
)
async def test_programs_send_the_key_as_a_bearer(http: httpx.AsyncClient, header: str, status: int) -> None:
    answer = await http.get("/project/settings", headers={"authorization": header.encode()})
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("value", ["", KEY, "0" * 64], ids=["empty", "the-key-itself", "made-up"])
async def test_a_wrong_cookie_is_no_key(http: httpx.AsyncClient, value: str) -> None:
    answer = await http.get("/project/settings", headers={"cookie": f"vtai_access_8000={value}"})
    assert answer.status_code == 401


async def test_guessing_is_slowed_down_and_known_browsers_are_not(http: httpx.AsyncClient) -> None:
    await http.get("/", params={"key": KEY})
    jar = dict(http.cookies)
    http.cookies.clear()
    tries = [await http.get("/", headers={"authorization": f"Bearer {n}"}) for n in range(11)]
    assert [answer.status_code for answer in tries] == [401] * 10 + [429]
    assert tries[-1].headers["retry-after"] == "60"
    assert (await http.get("/", headers={"authorization": f"Bearer {KEY}"})).status_code == 429
    http.cookies.update(jar)
    assert (await http.get("/")).status_code == 200


async def test_a_request_without_a_key_is_no_guess(http: httpx.AsyncClient) -> None:
    for _ in range(20):
        await http.get("/")
    assert (await http.get("/", headers={"authorization": f"Bearer {KEY}"})).status_code == 200


async def test_sockets_open_with_the_cookie_or_the_bearer_only(tmp_path: Path, library: Library) -> None:
    import httpx
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    app = make_app(tmp_path, access_key=KEY)
    server = build_server(app, "0.0.0.0", load=library.load, shelf=bare_shelf(app))
    async with listening(server) as port:
        url = f"ws://127.0.0.1:{port}/ws/socket.io/"
        for headers in ({}, {"Cookie": f"vtai_access_{port}=wrong"}, {"Authorization": "Bearer wrong"}):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(url, additional_headers=headers):
                    pass
        async with httpx.AsyncClient() as http:
            await http.get(f"http://127.0.0.1:{port}/", params={"key": KEY})
            cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {KEY}"}):
            async with connect(url, additional_headers=headers) as socket:
                await socket.send("hello")
                assert await socket.recv() == "hello"


def test_on_loopback_no_key_is_asked_for(tmp_path: Path) -> None:
    assert [access_key(host, None, tmp_path) for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9")] == [
        None
    ] * 4


def test_elsewhere_a_key_is_made_anew_at_each_start(tmp_path: Path) -> None:
    first, second = access_key("0.0.0.0", None, tmp_path), access_key("0.0.0.0", None, tmp_path)
    assert first is not None
    assert second is not None
    assert first.is_generated
    assert first.key != second.key
    assert len(first.key.get_secret_value()) >= 32


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_key_that_was_set_is_asked_for_everywhere(tmp_path: Path, host: str) -> None:
    access = access_key(host, SecretStr(KEY), tmp_path)
    assert access is not None
    assert access.is_key(KEY)
    assert not access.is_generated


def test_cookies_outlive_a_restart_and_cannot_be_made_from_the_key_alone(tmp_path: Path) -> None:
    here = [access_key("0.0.0.0", SecretStr(KEY), tmp_path / "a") for _ in range(2)]
    there = access_key("0.0.0.0", SecretStr(KEY), tmp_path / "b")
    assert here[0] == here[1]
    assert there != here[0]
    assert (tmp_path / "a" / "access.secret").stat().st_mode & 0o777 == 0o600


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file cannot be written"):
        access_key("0.0.0.0", None, tmp_path / "file")


def test_keys_are_not_shown_where_the_object_is(tmp_path: Path) -> None:
    assert KEY not in repr(access_key("0.0.0.0", SecretStr(KEY), tmp_path))


@pytest.mark.parametrize(
    ("host", "access", "first_line"),
    [
        pytest.param("127.0.0.1", None, "VT.ai is at http://127.0.0.1:8000", id="loopback"),
        pytest.param("::1", None, "VT.ai is at http://[::1]:8000", id="loopback-6"),
        pytest.param(
            "0.0.0.0",
            AccessKey(SecretStr("a/b c"), True, "t"),
            "VT.ai is at http://127.0.0.1:8000/?key=a%2Fb+c",
            id="generated",
        ),
        pytest.param(
            "192.0.2.1", AccessKey(SecretStr(KEY), False, "t"), "VT.ai is at http://192.0.2.1:8000", id="set"
        ),
    ],
)
def test_the_address_is_printed_with_a_generated_key_only(
    host: str, access: AccessKey | None, first_line: str
) -> None:
    lines = address_lines(access, host, 8000)
    assert lines[0] == first_line
    assert KEY not in "".join(lines)


def test_a_proxy_that_lets_everybody_in_is_pointed_out_at_the_start() -> None:
    lines = address_lines(None, "127.0.0.1", 8000, ("https://chat.example.org", "http://localhost:9000"))
    assert "Whoever reaches chat.example.org can use VT.ai" in lines[1]


def test_the_key_page_loads_nothing_from_elsewhere() -> None:
    from vtai.server.key_page import key_page

    assert re.findall(r"(?:src|href)=(?!\"data:,)|https?:|url\(", key_page(was_wrong=True)) == []
