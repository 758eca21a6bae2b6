"""What is made of results, whatever shape they have."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.core.web import Hit, SearchRequest
from vtai.providers.searching.hits import Fields, bare, day_of, hits, with_sites
from vtai.providers.searching.regions import Region, region_of


def test_results_that_cannot_be_shown_are_left_out() -> None:
    odd: list[Any] = [
        None,
        {"title": "no address"},
        {"url": "javascript:alert(1)", "title": "script"},
        {"url": "ftp://a.example/file", "title": "no page"},
        {"url": "https://[broken", "title": "broken"},
        {"url": "https://a.example/ b", "title": "space"},
        {"url": "https://a.example", "title": None, "content": None},
        {"url": "https://a.example", "title": "twice"},
        {"url": "https://b.example", "title": "two\n lines", "content": "text"},
    ]
    assert hits(odd, SearchRequest("q"), Fields()) == (
        Hit("https://a.example", "https://a.example", ""),
        Hit("two lines", "https://b.example", "text"),
    )


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(TypeError):
        hits({"url": "https://a.example"}, SearchRequest("q"), Fields())


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.5, 0.5),
        (1, 1.0),
        (7.5, 1.0),
        (-1, 0.0),
        (float("nan"), None),
        ("0.5", None),
        (True, None),
        (None, None),
    ],
    ids=["a score", "whole", "above", "below", "not a number", "text", "yes", "none"],
)
def test_scores_stay_within_0_and_1(score: object, expected: float | None) -> None:
    (hit,) = hits([{"url": "https://a.example", "s": score}], SearchRequest("q"), Fields(score="s"))
    assert hit.score == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-03", "2026-11-03", id="day"),
        pytest.param("2026-11-03T23:59:00Z", "2026-11-03", id="instant"),
        pytest.param("2026-11-03 10:00:00+01:00", "2026-11-03", id="with a space"),
        pytest.param("Tue, 03 Nov 2026 10:00:00 GMT", "2026-11-03", id="as in e-mail"),
        pytest.param("0001-01-01T00:00:00", None, id="year one"),
        pytest.param("2 hours ago", None, id="words"),
        pytest.param("", None, id="empty"),
        pytest.param(1_700_000_000, None, id="number"),
        pytest.param(None, None, id="none"),
    ],
)
def test_days_are_read_as_engines_write_them(text: object, expected: str | None) -> None:
    assert day_of(text) == expected


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://a.example/x", True),
        ("https://www.a.example/x", True),
        ("https://A.EXAMPLE:8443/x", True),
        ("https://nota.example/x", False),
        ("https://a.example.evil.example/x", False),
        ("https://evil.example/a.example", False),
        ("https://secret.a.example/x", False),
    ],
    ids=["itself", "below it", "capitals and port", "longer name", "as a prefix", "in the path", "left out"],
)
def test_only_wanted_sites_are_kept(url: str, is_kept: bool) -> None:
    request = SearchRequest("q", domains=("a.example",), without_domains=("secret.a.example",))
    assert bool(hits([{"url": url}], request, Fields())) is is_kept


def test_sites_are_written_as_engines_read_them() -> None:
    assert bare(["https://www.Example.org/a/b", "*.b.example"]) == ["example.org", "b.example"]
    assert with_sites(SearchRequest("cats", domains=("a.example",))) == "cats site:a.example"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("de", Region("de", "germany", "de")),
        (" US ", Region("us", "united states", "en")),
        ("zz", None),
        ("", None),
        (None, None),
    ],
    ids=["small", "capitals", "unknown", "empty", "none"],
)
def test_countries_are_known_by_their_code(code: str | None, expected: Region | None) -> None:
    assert region_of(code) == expected
