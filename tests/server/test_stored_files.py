"""Kept files on their way out, to whom they belong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from tests.server.parts import PNG, make_app
from vtai.core.history import SaveElement, SaveStep, StoredElement, StoredFile, StoredStep
from vtai.core.people import Caller, Person
from vtai.server import stored_files
from vtai.wiring.storing import Storing

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vtai.wiring.storing import Store

ANN, BOB = Caller(Person("ann", "Ann")), Caller(Person("bob", "Bob", "admin"))
GUEST = Caller(Person("ann", "Ann", "guest"))
SUSPENDED = Caller(Person("ann", "Ann", is_suspended=True))
WRITE_KEY = replace(ANN, key_scopes=frozenset({"write"}))
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(256)) * 2_000
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@dataclass
class House:
    """A server with a store, where `caller` is who asks."""

    http: httpx.AsyncClient
    store: Store
    caller: list[Caller | None]

    async def put(self, content: bytes, media_type: str, name: str = "a.bin") -> StoredFile:
        return await self.store.files.put("ann", "c", name, media_type, content)

    async def get(self, key: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(f"/files/{key}", headers=named)

    async def share(self, key: str, person: str = "ann") -> str:
        step = StoredStep("s", "user_message", output="look", at=1.0)
        element = StoredElement("e", "s", "image", file=key)
        self.store.histories.record(person, f"c-{person}", SaveStep(step), SaveElement(element))
        await self.store.histories.flush()
        share = await self.store.histories.share(person, f"c-{person}")
        assert share is not None
        return share.token


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    import httpx

    app = make_app(tmp_path / "data")
    app.storing = Storing(app.loaded)
    caller: list[Caller | None] = [ANN]
    routes = Starlette(routes=stored_files.routes(app))
    transport = httpx.ASGITransport(known_as(routes, caller))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        yield House(http, await app.storing.ready(), caller)
    await app.storing.aclose()


def known_as(app: ASGIApp, caller: list[Caller | None]) -> ASGIApp:
    """What the gate does: it puts who asks beside the request."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        state: dict[str, Any] = {} if caller[0] is None else {"caller": caller[0]}
        await app(scope | {"state": state}, receive, send)

    return gate


@pytest.mark.parametrize(
    ("content", "claimed", "said", "is_shown"),
    [
        pytest.param(PNG, "image/png", "image/png", True, id="picture"),
        pytest.param(WAV, "audio/wav; codecs=1", "audio/wav", True, id="sound"),
        pytest.param(SVG, "image/svg+xml", "image/svg+xml", False, id="svg"),
        pytest.param(
            b"<script>1</script>", "image/png", "application/octet-stream", False, id="false picture"
        ),
        pytest.param(b"<script>1</script>", "text/html", "text/html", False, id="page"),
        pytest.param(b"%PDF-1.7", "application/pdf", "application/pdf", False, id="pdf"),
        pytest.param(b"", "text/plain", "text/plain", False, id="empty"),
        pytest.param(b"x", "text/html\r\nSet-Cookie: a=b", "application/octet-stream", False, id="lines"),
        pytest.param(b"x", "", "application/octet-stream", False, id="no type"),
    ],
)
async def test_only_proven_pictures_and_sound_are_shown(
    house: House, content: bytes, claimed: str, said: str, is_shown: bool
) -> None:
    file = await house.put(content, claimed)
    answer = await house.get(file.key)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"].partition(";")[0] == said
    assert answer.headers["content-disposition"].startswith("inline" if is_shown else "attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_name_of_any_characters_is_told(house: House) -> None:
    file = await house.put(b"x", "text/plain", 'Plan "Ä"\r\nSet-Cookie: x.txt')
    told = (await house.get(file.key)).headers["content-disposition"]
    assert told == "attachment; filename*=UTF-8''Plan%20%22%C3%84%22%0D%0ASet-Cookie%3A%20x.txt"


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        pytest.param(ANN, 200, id="owner"),
        pytest.param(GUEST, 200, id="owner who may only read"),
        pytest.param(BOB, 404, id="another, though an admin"),
        pytest.param(SUSPENDED, 403, id="suspended"),
        pytest.param(WRITE_KEY, 403, id="key that may not read"),
        pytest.param(None, 401, id="nobody"),
    ],
)
async def test_a_file_is_its_owners_alone(house: House, caller: Caller | None, status: int) -> None:
    file = await house.put(b"secret", "text/plain")
    house.caller[0] = caller
    answer = await house.get(file.key)
    assert answer.status_code == status
    assert (b"secret" in answer.content) is (status == 200)


async def test_the_file_of_another_looks_like_none(house: House) -> None:
    file = await house.put(b"secret", "text/plain")
    house.caller[0] = BOB
    theirs, none = await house.get(file.key), await house.get("0" * 32)
    assert (theirs.status_code, theirs.content) == (none.status_code, none.content)
    assert dict(theirs.headers) == dict(none.headers)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=100-300099", (100, 300_100)),
        ("bytes=500000-", (500_000, len(WAV))),
        ("bytes=-10", (len(WAV) - 10, len(WAV))),
        ("bytes=7-99999999", (7, len(WAV))),
    ],
)
async def test_a_player_gets_the_part_that_it_asks_for(
    house: House, asked: str, part: tuple[int, int]
) -> None:
    file = await house.put(WAV, "audio/wav")
    answer = await house.get(file.key, range=asked)
    start, end = part
    assert answer.status_code == 206
    assert answer.content == WAV[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(WAV)}"
    assert answer.headers["content-type"] == "audio/wav"


@pytest.mark.parametrize("asked", ["bytes=1-2,5-6", "bytes=-", "bytes=5-2", "lines=1-2", "bytes=a-b"])
async def test_a_range_that_is_none_gives_all(house: House, asked: str) -> None:
    file = await house.put(WAV, "audio/wav")
    answer = await house.get(file.key, range=asked)
    assert (answer.status_code, answer.content) == (200, WAV)


@pytest.mark.parametrize("asked", [f"bytes={len(WAV)}-", "bytes=-0"])
async def test_a_range_past_the_end_is_refused(house: House, asked: str) -> None:
    file = await house.put(WAV, "audio/wav")
    answer = await house.get(file.key, range=asked)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(WAV)}")


async def test_a_browser_that_has_the_file_does_not_get_it_again(house: House) -> None:
    file = await house.put(PNG, "image/png")
    tag = (await house.get(file.key)).headers["etag"]
    again = await house.get(file.key, if_none_match=f'"other", W/{tag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await house.get(file.key, range="bytes=0-1", if_range='"other"')
    assert (other.status_code, other.content) == (200, PNG)
    same = await house.get(file.key, range="bytes=0-1", if_range=tag)
    assert (same.status_code, same.content) == (206, PNG[:2])
    house.caller[0] = BOB
    assert (await house.get(file.key, if_none_match=tag)).status_code == 404


async def test_head_tells_of_a_file_without_it(house: House) -> None:
    file = await house.put(WAV, "audio/wav")
    answer = await house.http.head(f"/files/{file.key}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(WAV))


async def test_a_link_shows_the_files_of_its_conversation_until_it_is_taken_back(house: House) -> None:
    shown, hidden = await house.put(PNG, "image/png"), await house.put(b"secret", "text/plain")
    token = await house.share(shown.key)
    for caller, status in ((None, 401), (SUSPENDED, 403), (WRITE_KEY, 403)):
        house.caller[0] = caller
        assert (await house.http.get(f"/share/{token}/files/{shown.key}")).status_code == status
    house.caller[0] = BOB
    assert (await house.http.get(f"/share/{token}/files/{shown.key}")).content == PNG
    assert (await house.http.get(f"/share/{token}/files/{hidden.key}")).status_code == 404
    assert (await house.http.get(f"/share/{token}x/files/{shown.key}")).status_code == 404
    assert await house.store.histories.unshare("ann", token)
    assert (await house.http.get(f"/share/{token}/files/{shown.key}")).status_code == 404


async def test_a_link_never_shows_the_file_of_another_person(house: House) -> None:
    """Who writes somebody else's key into a conversation of their own, and shares that, gets nothing."""
    file = await house.put(b"secret", "text/plain")
    token = await house.share(file.key, person="bob")
    assert (await house.http.get(f"/share/{token}/files/{file.key}")).status_code == 404


async def test_a_file_whose_content_is_lost_is_none(house: House) -> None:
    file = await house.put(b"hello", "text/plain")
    (await house.store.files.path(file.key)).unlink()
    assert (await house.get(file.key)).status_code == 404
