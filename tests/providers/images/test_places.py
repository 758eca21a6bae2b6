"""A picture that a vendor only names is fetched where it is safe: guarded, or from the vendor's own host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import FakeFetcher
from tests.providers.fetching.web import PNG, Web, answer
from vtai.core.documents import Fetched
from vtai.core.errors import BadAddress, BadRequest, ProviderError, StreamCut, TimedOut, VTError
from vtai.core.ports import ImageRequest, Model
from vtai.providers.endpoint import Endpoint
from vtai.providers.http_client import HttpClient
from vtai.providers.images.answers import read_picture

URL = "https://pictures.example/cat.png"
REQUEST = ImageRequest(Model("painter", "painter-1", "acme", frozenset({"image"}), 1_000), "A cat")
VENDOR = Endpoint("acme", "Acme", "https://api.acme.example/v1")


async def read(url: str, endpoint: Endpoint, fetcher: FakeFetcher) -> bytes:
    http = HttpClient()
    try:
        return (await read_picture({"url": url}, REQUEST, endpoint, http, fetcher)).data
    finally:
        await http.aclose()


async def test_a_picture_elsewhere_is_left_to_the_fetcher() -> None:
    fetcher = FakeFetcher({URL: Fetched(URL, "image/png", PNG)})
    assert await read(URL, VENDOR, fetcher) == PNG
    assert fetcher.asked == [URL]


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(Fetched(URL, "image/png", PNG, is_cut=True), BadRequest, id="too large"),
        pytest.param(BadAddress("Inside.", "Do."), BadRequest, id="refused"),
        pytest.param(BadRequest("Not there.", "Do."), BadRequest, id="not there"),
        pytest.param(TimedOut("Slow.", "Do."), TimedOut, id="slow"),
        pytest.param(StreamCut("Broke off.", "Do."), StreamCut, id="broken off"),
    ],
)
async def test_a_picture_that_does_not_come_is_the_vendors_doing(
    found: Fetched | VTError, error: type[ProviderError]
) -> None:
    with pytest.raises(error, match="Acme"):
        await read(URL, VENDOR, FakeFetcher({URL: found}))


@pytest.mark.parametrize(
    "url",
    [URL.replace("https", "http"), "http://127.0.0.1:{port}/cat.png", "https://me@api.acme.example/",
     "cat.png", ""],
)  # fmt: skip
async def test_a_picture_at_an_unsafe_address_is_not_fetched(url: str) -> None:
    async with Web({"/cat.png": answer()}) as web:
        fetcher = FakeFetcher()
        with pytest.raises(BadRequest, match="not with a picture"):
            await read(url.format(port=web.port), VENDOR, fetcher)
        assert (fetcher.asked, web.connections) == ([], 0)


@pytest.mark.parametrize("base", ["http://127.0.0.1:{port}/v1", "http://localhost:1/v1"])
async def test_a_vendor_on_this_machine_may_keep_its_pictures_here(base: str) -> None:
    async with Web({"/cat.png": answer()}) as web:
        endpoint = replace(VENDOR, base_url=base.format(port=web.port))
        assert await read(f"{web.url}/cat.png", endpoint, FakeFetcher()) == PNG


async def test_a_host_that_somebody_set_may_keep_its_pictures_there_and_nowhere_else_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Web({"http://studio.lan/cat.png": answer(), "/cat.png": answer()}) as web:
        monkeypatch.setenv("HTTP_PROXY", web.url)
        endpoint = replace(VENDOR, base_url="http://studio.lan/v1", has_own_url=True)
        assert await read("http://studio.lan/cat.png", endpoint, FakeFetcher()) == PNG
        for url in ("http://studio.lan:8080/cat.png", "http://other.lan/cat.png"):
            with pytest.raises(BadRequest, match="not with a picture"):
                await read(url, endpoint, FakeFetcher())
        with pytest.raises(BadRequest, match="not with a picture"):
            await read("http://studio.lan/cat.png", replace(endpoint, has_own_url=False), FakeFetcher())
        assert web.connections == 1
