"""Numbers for the pages that a model names while it answers."""

from __future__ import annotations

from vtai.core.events import Source
from vtai.core.numbering import Numbering


def page(url: str) -> Source:
    return Source(0, url, url, "")


def test_pages_are_numbered_on_and_told_once() -> None:
    numbering = Numbering(2)
    first = numbering.add((page("https://a"), page("https://b"), page("https://a")))
    again = numbering.add((page("https://b"), page("https://c")))
    assert first is not None
    assert again is not None
    assert [(s.number, s.url) for s in first.sources] == [(3, "https://a"), (4, "https://b")]
    assert [(s.number, s.url) for s in again.sources] == [(5, "https://c")]
    assert numbering.add((page("https://a"),)) is None
