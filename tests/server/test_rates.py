"""How often one person may send things over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.hosted import hosted
from tests.server.parts import SESSION

if TYPE_CHECKING:
    import httpx


async def act(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/project/action", json={"sessionId": SESSION, "action": {"name": "x"}})


async def upload(client: httpx.AsyncClient) -> httpx.Response:
    files = {"file": ("a.txt", b"some text")}
    return await client.post("/project/file", params={"session_id": SESSION}, files=files)


async def chat(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/v1/chat", content=b"{")


@pytest.mark.parametrize(
    ("send", "setting", "named"),
    [
        pytest.param(act, "messages_per_minute", "messages", id="buttons"),
        pytest.param(chat, "messages_per_minute", "messages", id="the API"),
        pytest.param(upload, "uploads_per_minute", "files", id="files"),
    ],
)
async def test_one_person_is_slowed_down_in_all_their_browsers_and_others_are_not(
    tmp_path: Path, send: object, setting: str, named: str
) -> None:
    async with hosted(tmp_path, **{setting: 2}) as server:
        await server.person("Ada", "admin")
        await server.person("Max")
        ada, phone, other = [await server.signed_in(name) for name in ("Ada", "Ada", "Max")]
        answers = [await send(client) for client in (ada, phone, ada, other)]  # type: ignore[operator]
        assert [answer.status_code == 429 for answer in answers] == [False, False, True, False]
        assert 0 < int(answers[2].headers["retry-after"]) <= 60
        assert answers[2].json()["detail"] == f"You sent too many {named} in a minute."


_SLOWED = {
    "messages": ["/v1/chat/completions", "/v1/images/generations", "/v1/audio/speech"],
    "files": ["/v1/audio/transcriptions", "/api/v1/files", "/api/v1/conversations/import"],
    "requests": ["/v1/embeddings", "/api/v1/route", "/api/v1/conversations/any/export"],
}


@pytest.mark.parametrize(("named", "path"), [(named, path) for named in _SLOWED for path in _SLOWED[named]])
async def test_all_that_costs_something_is_counted(tmp_path: Path, named: str, path: str) -> None:
    async with hosted(tmp_path, messages_per_minute=1, uploads_per_minute=1) as server:
        await server.person("Ada", "admin")
        ada = await server.signed_in("Ada")
        method = "GET" if path.endswith("export") else "POST"
        most = 10 if named == "requests" else 1
        answers = [await ada.request(method, path, content=b"{") for _ in range(most + 1)]
        assert [answer.status_code == 429 for answer in answers] == [False] * most + [True]
        assert f"too many {named}" in answers[-1].text


async def test_what_only_reads_is_not_counted(tmp_path: Path) -> None:
    async with hosted(tmp_path, messages_per_minute=1, uploads_per_minute=1) as server:
        await server.person("Ada", "admin")
        ada = await server.signed_in("Ada")
        assert {(await ada.get("/user")).status_code for _ in range(5)} == {200}
