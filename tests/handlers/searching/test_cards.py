"""Results as people read them."""

from __future__ import annotations

import pytest

from vtai.core.web import Hit, SearchResults
from vtai.handlers.searching import cards


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (0, ""),
        (30, "less than a minute ago"),
        (60, "1 minute ago"),
        (179, "2 minutes ago"),
        (3_600, "1 hour ago"),
        (9_000, "2 hours ago"),
    ],
)
def test_the_age_is_told_in_words(age_s: float, expected: str) -> None:
    assert cards.ago(age_s) == expected


def test_everybody_who_was_asked_is_named_once() -> None:
    results = [SearchResults((), name, age) for name, age in (("A", 0), ("B", 70), ("A", 0), ("C", 0))]
    assert cards.origin(results) == "A, B and C, 1 minute ago"


def test_what_strangers_wrote_makes_no_links_or_pictures_of_its_own() -> None:
    hit = Hit("a](https://evil.org) ![x", "https://x.org/a_(b) c", "![p](https://evil.org/p) <img>\n# head")
    listed = cards.listed(cards.sources([hit]))
    label, about, passage = listed.split("  \n   ")
    assert label == "1. [a) (https://evil.org) (x](https://x.org/a_%28b%29%20c)"
    assert (about, passage) == ("x.org", "[p] (https://evil.org/p) (img> # head")
