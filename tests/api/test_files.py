"""Files over the interface: checked like those of the page, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import PNG, Desk, desk, is_told, make_app

PROGRAM = b"\x7fELF\x02\x01\x01\x00" + bytes(20)


async def test_a_file_is_sent_as_the_body(api: Desk) -> None:
    file = await api.told("ann", "POST", "/files?name=notes.md", content=b"# Cats")
    assert (file["name"], file["size_bytes"], file["conversation"]) == ("notes.md", 6, None)
    response = await api.ask("ann", "GET", f"/files/{file['key']}/content")
    assert response.content == b"# Cats"
    assert response.headers["content-disposition"].startswith('attachment; filename="notes.md"')
    assert "sandbox" in response.headers["content-security-policy"]
    assert (await api.told("ann", "GET", f"/files/{file['key']}")) == file


async def test_a_file_is_sent_as_a_form(api: Desk) -> None:
    content = PNG + bytes(3_000_000)
    file = await api.told(
        "ann", "POST", "/files", files={"file": ("C:\\cats\\a b.png", content, "image/png")}
    )
    assert (file["name"], file["media_type"], file["size_bytes"]) == ("a b.png", "image/png", len(content))
    response = await api.ask("ann", "GET", f"/files/{file['key']}/content")
    assert response.content == content


async def test_the_content_says_what_a_file_is(api: Desk) -> None:
    headers = {"Content-Type": "image/jpeg"}
    file = await api.told("ann", "POST", "/files?name=cat.png", content=PNG, headers=headers)
    assert file["media_type"] == "image/png"


@pytest.mark.parametrize(
    ("query", "request_", "status", "words"),
    [
        pytest.param("?name=a.png", {"content": PROGRAM}, 415, "not a kind", id="program"),
        pytest.param("?name=a.pdf", {"content": b"text"}, 415, "not a kind", id="content of another kind"),
        pytest.param("?name=a.txt", {"content": b""}, 415, "empty", id="empty"),
        pytest.param("", {"files": {"other": ("a.txt", b"a")}}, 400, "field `file`", id="other field"),
        pytest.param("", {"data": {"file": "a"}, "files": {"x": ("a", b"a")}}, 400, "file", id="text field"),
        pytest.param(
            "",
            {"content": b"nothing", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "one file",
            id="no boundary",
        ),
        pytest.param("?name=a.txt", {"content": b"a" * 2_000_001}, 413, "at most 2 MB", id="too large"),
        pytest.param(
            "", {"files": {"file": ("a.txt", b"a" * 2_100_000)}}, 413, "at most 2 MB", id="form too large"
        ),
    ],
)
async def test_what_is_not_taken_is_told_in_words(
    tmp_path: Path, query: str, request_: dict[str, Any], status: int, words: str
) -> None:
    async with desk(make_app(tmp_path, max_upload_mb=2)) as api:
        assert is_told(await api.ask("ann", "POST", f"/files{query}", **request_), status, words)
        assert (await api.told("ann", "GET", "/files"))["items"] == []


async def test_a_file_of_unannounced_length_is_cut_off(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"a" * 100_000

    async with desk(make_app(tmp_path, max_upload_mb=1)) as api:
        response = await api.ask("ann", "POST", "/files?name=a.txt", content=endless())
    assert is_told(response, 413, "at most 1 MB")


async def test_who_has_too_much_is_told_so(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, files_quota_mb=1)) as api:
        await api.told("ann", "POST", "/files?name=a.txt", content=b"a" * 900_000)
        full = await api.ask("ann", "POST", "/files?name=b.txt", content=b"b" * 200_000)
        await api.told("bob", "POST", "/files?name=b.txt", content=b"b" * 200_000)
    assert is_told(full, 409, "no more room")


async def test_files_are_listed_page_by_page_and_deleted(api: Desk) -> None:
    sent = [await api.told("ann", "POST", f"/files?name={name}.txt", content=name.encode()) for name in "abc"]
    first = await api.told("ann", "GET", "/files?limit=2")
    rest = await api.told("ann", "GET", f"/files?limit=2&cursor={first['cursor']}")
    assert sorted(file["key"] for file in first["items"] + rest["items"]) == sorted(f["key"] for f in sent)
    key = sent[0]["key"]
    assert await api.told("ann", "DELETE", f"/files/{key}") is None
    for path in (f"/files/{key}", f"/files/{key}/content"):
        assert is_told(await api.ask("ann", "GET", path), 404, "no such file")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/content"), ("DELETE", "")])
async def test_somebody_elses_answers_like_one_that_is_not_there(api: Desk, method: str, path: str) -> None:
    key = (await api.told("ann", "POST", "/files?name=a.txt", content=b"secret"))["key"]
    for who in ("bob", "root"):
        found = await api.ask(who, method, f"/files/{key}{path}")
        none = await api.ask(who, method, f"/files/{'0' * 32}{path}")
        assert (found.status_code, found.content) == (404, none.content)
    message = {"text": "Read it", "files": [key]}
    assert (await api.ask("bob", "POST", "/chat", json=message)).status_code == 404
    assert (await api.ask("ann", "GET", f"/files/{key}/content")).content == b"secret"
