"""Results of several queries: each page once, the best first."""

from __future__ import annotations

import pytest

from tests.fakes import services
from tests.handlers.searching.helpers import CATS, DOGS
from vtai.core.turn import Turn
from vtai.core.web import Hit
from vtai.handlers.searching import merging
from vtai.handlers.searching.inquiry import Inquiry


def asking(question: str) -> Inquiry:
    return Inquiry(Turn(question), services(), question, None)


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/a",
        "https://www.example.org/a/",
        "https://EXAMPLE.org:443/a?utm_source=x&fbclid=1&gclid=2",
        "https://example.org/a#part",
        "https://example.org/a/amp",
        "https://example.org/amp/a",
        "https://amp.example.org/a?amp=1",
        "https://m.example.org/a",
        "https://www.google.com/amp/s/example.org/a",
        "https://example-org.cdn.ampproject.org/c/s/example.org/a",
    ],
)
def test_addresses_of_one_page_are_known(other: str) -> None:
    assert merging.key(other) == merging.key("https://example.org/a")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/b",
        "https://example.org/a?id=2",
        "https://example.org:8080/a",
        "https://other.example.org/a",
        "https://example.org/champ",
    ],
)
def test_other_pages_are_others(other: str) -> None:
    assert merging.key(other) != merging.key("https://example.org/a")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ftp://example.org/", "https://", "http://[::1"])
def test_addresses_that_no_browser_opens_are_left_out(url: str) -> None:
    assert merging.merged([[Hit("x", url, "x")]]) == ([], [[]])


def test_a_page_found_twice_is_one_with_the_fuller_of_each() -> None:
    first = Hit("Cats", "https://example.org/amp/cats?utm_medium=x", "Short.", score=0.2)
    second = Hit("Cats, all", "https://example.org/cats", "A longer text.", "2026-01-01", 0.7, "content")
    hits, orders = merging.merged([[DOGS, first], [second]])
    assert hits[1] == Hit("Cats", "https://example.org/cats", "A longer text.", "2026-01-01", 0.7, "content")
    assert orders == [[0, 1], [1]]


def test_the_same_title_on_the_same_site_is_one_page() -> None:
    again = Hit("cats ", "https://www.example.org/2026/cats", "x")
    elsewhere = Hit("Cats", "https://example.net/cats", "x")
    hits, _ = merging.merged([[CATS, again, elsewhere]])
    assert [hit.url for hit in hits] == [CATS.url, elsewhere.url]


def test_what_only_tells_where_a_visitor_came_from_is_taken_off() -> None:
    assert merging.cleaned("https://a.org/x?id=1&utm_source=y#z") == "https://a.org/x?id=1#z"
    assert merging.cleaned("https://a.org/x?q=a+b%20c") == "https://a.org/x?q=a+b%20c"


async def test_pages_found_by_more_queries_go_first() -> None:
    hits = await merging.ranked(asking("pets"), "pets", [[DOGS, CATS], [CATS]])
    assert [hit.title for hit in hits] == ["Cats", "Dogs"]


async def test_pages_near_the_question_go_first() -> None:
    hits = await merging.ranked(asking("q"), "do cats sleep a lot", [[DOGS, CATS]])
    assert [hit.title for hit in hits] == ["Cats", "Dogs"]


async def test_the_engines_score_counts() -> None:
    low, high = Hit("A", "https://a.org/", "x", score=0.1), Hit("B", "https://b.org/", "y", score=0.9)
    assert await merging.ranked(asking("q"), "q", [[low, high], [high, low]]) == [high, low]


@pytest.mark.parametrize(("question", "first"), [("latest zebra", "New"), ("zebra history", "Old")])
async def test_newer_pages_go_first_where_the_question_is_about_today(question: str, first: str) -> None:
    old = Hit("Old", "https://a.org/", "x", "2019-01-01")
    new = Hit("New", "https://b.org/", "x", "2026-01-01T10:00:00Z")
    wrong = Hit("Wrong", "https://c.org/", "x", "2999-01-01")
    hits = await merging.ranked(asking(question), question, [[old, new, wrong]])
    assert hits[0].title == first
    assert hits[-1].title == "Wrong"
