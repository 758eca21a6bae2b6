"""Pages are fetched where the site allows it, and read without what is around and hidden in them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from tests.standins.site import Site
from tests.standins.site_pages import BY_PATH, READABLE, SitePage
from vtai.core.errors import BadAddress, BadAttachment, BadRequest, TimedOut, VendorDown, VTError
from vtai.core.web import Page
from vtai.providers.pages.reader import WebPages

pytestmark = pytest.mark.slow  # each test starts a child process

Reader = Callable[[Site], WebPages]
_LONG_S = 60.0


def _text(page: Page) -> str:
    return "\n\n".join(page.passages)


@pytest.mark.parametrize("told", [pytest.param(page, id=page.path) for page in READABLE])
async def test_the_facts_of_a_page_are_read_and_nothing_else_of_it(
    site: Site, reader: Reader, told: SitePage
) -> None:
    page = await reader(site).read(site.url + told.path, _LONG_S)

    text = _text(page)
    assert [fact for fact in told.facts if fact not in text] == []
    assert [words for words in told.never if words in text] == []
    assert page.url == site.url + told.path
    assert page.published == told.published
    assert max(map(len, page.passages)) <= 1_500
    if told.kind != "endless":
        assert page.title == told.title


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/paywall", "behind a paywall"),
        ("/injection/hidden", "hidden from people"),
        ("/injection/hidden", "Invisible characters"),
        ("/injection/visible", "addressed to AI models"),
        ("/huge", "first 200,000 characters"),
        ("/huge", "first 5 MB"),
        ("/endless", "first 5 MB"),
    ],
)
async def test_what_is_odd_about_a_page_is_said(site: Site, reader: Reader, path: str, note: str) -> None:
    page = await reader(site).read(site.url + path, _LONG_S)

    assert any(note in said for said in page.notes)


async def test_an_ordinary_page_has_no_notes_and_its_layout_as_markdown(site: Site, reader: Reader) -> None:
    page = await reader(site).read(f"{site.url}/news/harbour", _LONG_S)

    assert (page.site, page.notes, page.age_s) == ("Norrvik Post", (), 0.0)
    assert "## What comes next" in _text(page)
    assert "- Cranes: two" in _text(page)
    assert "https://example.org" not in _text(page)


async def test_a_table_keeps_its_rows_and_its_head(site: Site, reader: Reader) -> None:
    page = await reader(site).read(f"{site.url}/prices/ferry", _LONG_S)

    assert "| Date | To | Price |" in _text(page)
    assert "| 2026-06-14 | Skeld | 114 crowns |" in _text(page)


async def test_the_site_is_asked_before_its_pages_and_once(site: Site, reader: Reader) -> None:
    pages = reader(site)
    for path in ("/news/harbour", "/news/bridge"):
        await pages.read(site.url + path, _LONG_S)

    assert site.paths == ["/robots.txt", "/news/harbour", "/news/bridge"]
    assert {asked.agent.partition("/")[0] for asked in site.requests} == {"vtai"}


@pytest.mark.parametrize("path", ["/private/plan", "/any.secret", "/moved/private", "/refresh/private"])
async def test_a_page_that_robots_may_not_read_is_not_read(site: Site, reader: Reader, path: str) -> None:
    with pytest.raises(BadAddress, match=r"robots\.txt"):
        await reader(site).read(site.url + path, _LONG_S)

    if not path.startswith("/moved"):  # a redirect is followed by the fetcher, and what it got is dropped
        assert "/private/plan" not in site.paths


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/scripts", BadAttachment, "no text to be read"),
        ("/bomb", BadAttachment, "no text to be read"),
        ("/refresh/loop", BadAttachment, "no text to be read"),
        ("/picture.png", BadAttachment, "is a picture"),
        ("/moved/round", BadRequest, "too many times"),
        ("/moved/inside", BadAddress, "open internet"),
        ("/members", BadRequest, "signed in"),
        ("/pay", BadRequest, "402"),
        ("/barred", BadRequest, "does not let"),
        ("/legal", BadRequest, "does not let"),
        ("/broken", VendorDown, "500"),
        ("/nowhere", BadRequest, "nothing at that address"),
    ],
)
async def test_what_cannot_be_read_is_said_in_a_sentence(
    site: Site, reader: Reader, path: str, error: type[VTError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await reader(site).read(site.url + path, _LONG_S)


async def test_a_page_that_takes_too_long_is_given_up(site: Site, reader: Reader) -> None:
    with pytest.raises(TimedOut, match="in time"):
        await reader(site).read(f"{site.url}/slow", 0.5)


async def test_an_address_of_another_kind_is_refused_unasked(site: Site, reader: Reader) -> None:
    with pytest.raises(BadAddress):
        await reader(site).read("file:///etc/passwd")

    assert site.requests == []


@pytest.mark.parametrize("path", ["/moved", "/refresh"])
async def test_a_page_that_moved_is_read_where_it_is_now(site: Site, reader: Reader, path: str) -> None:
    page = await reader(site).read(site.url + path, _LONG_S)

    assert page.url == f"{site.url}/news/harbour"
    assert "9.4 metres" in _text(page)


async def test_the_address_that_a_page_calls_its_own_is_a_note_alone(site: Site, reader: Reader) -> None:
    html = b'<html><head><link rel="canonical" href="https://bank.example/login"></head><body><p>'
    body = html + BY_PATH["/notes.txt"].body + b"</p></body></html>"
    site.pages["/own"] = SitePage("/own", "", body=body)

    page = await reader(site).read(f"{site.url}/own", _LONG_S)

    assert page.url == f"{site.url}/own"
    assert page.site == "127.0.0.1"
    assert any("https://bank.example/login" in note for note in page.notes)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<div>" * 200_000 + b"deep down are enough words to be read", id="deep"),
        pytest.param(b"<table><tr><td>" * 3_000 + b"deep down are enough words to be read", id="tables"),
        pytest.param(b"<p a='" + b"x" * 3_000_000, id="unfinished"),
        pytest.param(b"<style>" + b"@media{" * 200_000, id="styles"),
        pytest.param(b"<b><i>" * 50_000 + b"&#0;&#xFFFFFFF;<!--", id="entities"),
        pytest.param(b"\x00" * 5_000, id="zeros"),
    ],
)
async def test_a_hostile_page_costs_no_more_than_itself(site: Site, reader: Reader, body: bytes) -> None:
    site.pages["/hostile"] = SitePage("/hostile", "", body=b"<html>" + body)
    pages = reader(site)

    with contextlib.suppress(VTError):
        await pages.read(f"{site.url}/hostile", _LONG_S)

    assert "37 metres" in _text(await pages.read(f"{site.url}/facts/lighthouse", _LONG_S))
