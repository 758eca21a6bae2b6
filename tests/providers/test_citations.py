"""Which web pages an answer cites, wherever its vendor writes that."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.core.events import Source
from vtai.providers.citations_chat import Citations, of_annotation, of_chunk, of_delta, of_grounding

PAGE = "https://www.example.org/cats"
DEEP = {"type": "url_citation", "url_citation": {"url": PAGE, "title": "Cats"}}
FLAT = {"type": "url_citation", "url": PAGE, "title": "Cats", "start_index": 0}
FOUND = {"url": PAGE, "title": "Cats", "content": "Cats sleep.", "date": "2026-01-02"}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (of_annotation(DEEP), ("Cats", PAGE, "", None)),
        (of_annotation(FLAT), ("Cats", PAGE, "", None)),
        (of_delta({"annotations": [DEEP]}), ("Cats", PAGE, "", None)),
        (
            of_delta({"executed_tools": [{"search_results": {"results": [FOUND]}}]}),
            ("Cats", PAGE, "Cats sleep.", "2026-01-02"),
        ),
        (
            of_chunk({"citations": [PAGE], "search_results": [FOUND]}),
            ("Cats", PAGE, "Cats sleep.", "2026-01-02"),
        ),
        (of_chunk({"citations": [PAGE]}), ("example.org", PAGE, "", None)),
        (
            of_grounding([{"groundingChunks": [{"web": {"uri": PAGE, "title": "Cats"}}]}]),
            ("Cats", PAGE, "", None),
        ),
    ],
    ids=["annotation", "flat annotation", "delta", "hosted tool", "results", "addresses", "grounding"],
)
def test_every_vendors_way_to_cite_is_understood(pages: Any, expected: tuple[Any, ...]) -> None:
    [cited] = Citations().take(pages)
    title, url, passage, published = expected
    assert cited.sources == (Source(0, title, url, passage, "example.org", published),)


@pytest.mark.parametrize(
    "page",
    [
        "javascript:alert(1)",
        "ftp://example.org/x",
        "",
        {"title": "x"},
        "https://[",
        "https://",
        "https://x/" + "a" * 3000,
    ],
    ids=["script", "ftp", "empty", "no address", "broken", "no host", "endless"],
)
def test_only_addresses_of_pages_are_sources(page: Any) -> None:
    assert not list(Citations().take([page]))


@pytest.mark.parametrize(
    "delta",
    [
        {"annotations": "x"},
        {"annotations": [3, {"type": "file_citation"}]},
        {"executed_tools": [{"search_results": 3}]},
    ],
    ids=["no list", "no pages", "no results"],
)
def test_odd_fields_cite_nothing(delta: dict[str, Any]) -> None:
    assert not list(Citations().take(of_delta(delta)))


def test_a_page_is_told_once_and_the_order_is_kept() -> None:
    citations = Citations()
    first = list(citations.take([PAGE, "https://b.example/", PAGE]))
    again = list(citations.take(["https://b.example/", "https://c.example/"]))
    assert [[s.url for s in cited.sources] for cited in first] == [[PAGE, "https://b.example/"]]
    assert [[s.url for s in cited.sources] for cited in again] == [["https://c.example/"]]
