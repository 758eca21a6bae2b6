"""The layer under all endpoints: who may, what is read, how wrong things are told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import CALLERS, Desk, is_told, make_app
from vtai import api as interface
from vtai.core.people import Scope
from vtai.wiring import App


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    app: App = make_app(tmp_path_factory.mktemp("table"))
    return list(interface.endpoints(app))


def address(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "0123456789abcdef", path)


async def test_whoever_is_not_known_gets_nothing(api: Desk, table: list[Any]) -> None:
    for each in table:
        response = await api.ask(None, each.method, address(each.path))
        assert is_told(response, 401, "Nobody knows"), each.path
        assert response.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/nothing", "/docs", "/openapi.json"):
        assert (await api.ask(None, "GET", path)).status_code == 401


async def test_whoever_is_suspended_gets_nothing(api: Desk, table: list[Any]) -> None:
    for each in table:
        assert is_told(await api.ask("sue", each.method, address(each.path)), 403, "suspended"), each.path


@pytest.mark.parametrize("who", [name for name in CALLERS if name not in {"root", "root-rules"}])
async def test_nobody_may_more_than_their_scopes(api: Desk, table: list[Any], who: str) -> None:
    for each in table:
        if not CALLERS[who].may(each.scope):
            response = await api.ask(who, each.method, address(each.path))
            assert response.status_code == 403, (each.method, each.path)
            assert response.json().keys() == {"message", "hint"}


def test_every_scope_is_what_the_method_says(table: list[Any]) -> None:
    """Reading is what GET does, and nothing that changes is called reading."""
    reading: set[Scope] = {each.scope for each in table if each.method == "GET"}
    changing: set[Scope] = {each.scope for each in table if each.method != "GET"}
    assert reading <= {"read", "admin"}
    assert changing <= {"write", "chat", "admin"}


def test_every_endpoint_has_a_name_of_its_own(table: list[Any]) -> None:
    names = [each.name for each in table]
    assert len(names) == len(set(names))


async def test_another_method_is_told_which_there_are(api: Desk) -> None:
    response = await api.ask("ann", "PUT", "/models")
    assert is_told(response, 405, "GET, HEAD")
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/conversations/", "/conversations//", "//", "/a%0Ab", "/files/a%0Ab"]
)
async def test_what_is_not_there_is_told_in_the_same_form(api: Desk, path: str) -> None:
    assert is_told(await api.ask("ann", "GET", path), 404)


@pytest.mark.parametrize(
    ("content", "kind", "status", "words"),
    [
        pytest.param(b"{", "application/json", 400, "not valid JSON", id="no JSON"),
        pytest.param(b"\xff\xfe\xff", "", 400, "not valid JSON", id="no text"),
        pytest.param(b"[" * 100_000, "", 400, "not valid JSON", id="nested deeply"),
        pytest.param(b'{"text": "\\ud800" ', "", 400, "not valid JSON", id="half a character, no JSON"),
        pytest.param(b"7", "", 422, "", id="a number"),
        pytest.param(b'{"text": 7}', "", 422, "text", id="text is a number"),
        pytest.param(b"{}", "", 422, "missing", id="no text"),
        pytest.param(b'{"text": "a"}', "text/plain", 415, "application/json", id="other type"),
        pytest.param(b" " * 10_000_001, "", 413, "larger than 10000 kB", id="too large"),
    ],
)
async def test_a_bad_request_is_told_in_words(
    api: Desk, content: bytes, kind: str, status: int, words: str
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert is_told(await api.ask("ann", "POST", "/chat", content=content, headers=headers), status, words)


async def test_a_body_of_unannounced_length_is_cut_off_too(api: Desk) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000_000

    response = await api.ask("ann", "POST", "/chat", content=endless())
    assert is_told(response, 413, "larger")
    assert response.headers["connection"] == "close"


async def test_half_a_character_is_answered(api: Desk) -> None:
    body = b'{"text": "\\ud800 goes on \\u0000", "stream": false}'
    reply = await api.ask("ann", "POST", "/chat", content=body)
    assert reply.json()["outcome"] == "answered"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "limit"),
        ("limit=1.0", "limit"),
        ("limit=", "limit"),
        ("limit=5&limit=6", "given twice"),
        ("limits=5", "There are: cursor, limit"),
    ],
)
async def test_a_wrong_parameter_is_told_in_words(api: Desk, query: str, words: str) -> None:
    assert is_told(await api.ask("ann", "GET", f"/conversations?{query}"), 422, words)


@pytest.mark.parametrize(("query", "status"), [("all=true", 403), ("all=yes", 422), ("all=false", 200)])
async def test_a_switch_is_true_or_false(api: Desk, query: str, status: int) -> None:
    assert (await api.ask("ann", "GET", f"/keys?{query}")).status_code == status


async def test_a_cursor_that_leads_nowhere_is_no_error_of_ours(api: Desk) -> None:
    for path in ("/conversations", "/files", "/search?q=a"):
        mark = "&" if "?" in path else "?"
        assert is_told(await api.ask("ann", "GET", f"{path}{mark}cursor=x"), 404, "cursor")


async def test_a_failure_is_told_without_its_insides(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr(api.app.storing, "ready", fail)
    response = await api.ask("ann", "GET", "/conversations")
    assert is_told(response, 500, "reference")
    assert "secret" not in response.text


async def test_answers_are_not_stored_on_the_way(api: Desk) -> None:
    for path in ("/me", "/models", "/conversations", "/nothing"):
        assert (await api.ask("ann", "GET", path)).headers["cache-control"] == "no-store"


async def test_a_head_is_answered_like_a_get(api: Desk) -> None:
    assert (await api.ask("ann", "HEAD", "/models")).status_code == 200


async def test_the_server_lets_its_own_person_in(tmp_path: Path) -> None:
    from tests.server.parts import Library, client

    app = make_app(tmp_path)
    async with client(app, Library().load) as http:
        told = await http.get("/api/v1/me")
    assert (told.status_code, told.json()["id"], told.json()["role"]) == (200, "local", "admin")
