"""How the page and its files are answered."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.parts import Library, client, make_app
from vtai.server.assets import open_shelf, prepare
from vtai.server.static import choose

if TYPE_CHECKING:
    import httpx


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(tmp_path), Library().load) as client_:
        yield client_


def script_of(html: str) -> str:
    found = re.search(r'src="(/assets/index-[^"]+\.js)"', html)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/thread/6f1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11",
        "/element/6f1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11",
        "/env",
    ],
    ids=["root", "thread", "element", "env"],
)
async def test_the_page_shows_itself_at_each_of_its_addresses(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>VT.ai</title>" in answer.text
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_the_page_is_answered_though_the_library_never_loads(tmp_path: Path) -> None:
    def never(app: object, root: Path) -> object:
        raise RuntimeError("broken")

    async with client(make_app(tmp_path), never) as http:  # type: ignore[arg-type]
        html = (await http.get("/")).text
        assert (await http.get(script_of(html))).status_code == 200


@pytest.mark.slow
async def test_scripts_come_compressed_and_are_kept_for_good(tmp_path: Path) -> None:
    import brotli

    prepare(tmp_path)
    async with client(make_app(tmp_path), Library().load, shelf=open_shelf(tmp_path)) as http:
        url = script_of((await http.get("/")).text)
        plain = await http.get(url, headers={"accept-encoding": "identity"})
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        for encoding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
            request = http.build_request("GET", url, headers={"accept-encoding": encoding})
            answer = await http.send(request, stream=True)
            packed = b"".join([piece async for piece in answer.aiter_raw()])
            assert answer.headers["content-encoding"] == encoding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert unpack(packed) == plain.content


async def test_an_unchanged_page_is_not_sent_again(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/")).headers["etag"]
    again = await http.get("/", headers={"if-none-match": f'"other", W/{tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert (await http.get("/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_own_files_are_asked_for_again_unless_their_address_holds_their_hash(
    http: httpx.AsyncClient,
) -> None:
    html = (await http.get("/")).text
    versioned = re.search(r'"(/public/[^"?]+)\?v=([0-9a-f]+)"', html)
    assert versioned is not None
    cached = (await http.get(f"{versioned[1]}?v={versioned[2]}")).headers["cache-control"]
    assert "immutable" in cached
    assert (await http.get(versioned[1])).headers["cache-control"] == "no-cache"
    assert (await http.get(f"{versioned[1]}?v=old")).headers["cache-control"] == "no-cache"


async def test_asking_for_the_head_alone_gives_the_length_and_no_content(http: httpx.AsyncClient) -> None:
    whole, head = await http.get("/favicon"), await http.head("/favicon")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == whole.headers["etag"]
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        pytest.param("/favicon", "image/svg+xml", id="favicon"),
        pytest.param("/logo?theme=dark", "image/svg+xml", id="dark-logo"),
        pytest.param("/logo", "image/svg+xml", id="logo"),
        pytest.param("/avatars/default", "image/svg+xml", id="default-avatar"),
        pytest.param("/avatars/VT.ai", "image/svg+xml", id="avatar-by-name"),
        pytest.param("/avatars/nobody", "image/svg+xml", id="avatar-of-nobody"),
        pytest.param("/assets/katex-0.16.22/katex.min.css", "text/css; charset=utf-8", id="formula-styles"),
        pytest.param("/assets/katex-0.16.22/fonts/KaTeX_Main-Regular.woff2", "font/woff2", id="formula-font"),
    ],
)
async def test_pictures_styles_and_fonts_are_answered(
    http: httpx.AsyncClient, path: str, media_type: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/assets/%2e%2e/index.html",
        "/assets/..%2f..%2f..%2fserver.py",
        "/public/%2e%2e/.chainlit/config.toml",
        "/public/..%2f.chainlit%2fconfig.toml",
        "/public//etc/passwd",
        "/avatars/..%2f..%2f.chainlit%2fconfig",
        "/assets/unknown.js",
    ],
)
async def test_nothing_but_the_pages_own_files_can_be_read(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404 or answer.headers["content-type"] == "image/svg+xml"
    assert b"generated_by" not in answer.content


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        pytest.param("gzip, deflate, br, zstd", "br", id="browser"),
        pytest.param("gzip", "gzip", id="gzip-only"),
        pytest.param("br;q=0.1, gzip;q=0.9", "gzip", id="weighted"),
        pytest.param("br;q=0, gzip", "gzip", id="refused"),
        pytest.param("*", "br", id="any"),
        pytest.param("identity", None, id="plain"),
        pytest.param("", None, id="none"),
        pytest.param("br;q=0, *", "gzip", id="any-but-one"),
        pytest.param("BR", "br", id="capitals"),
    ],
)
def test_the_encoding_is_the_best_that_the_browser_takes(accepted: str, chosen: str | None) -> None:
    assert choose(accepted) == chosen
