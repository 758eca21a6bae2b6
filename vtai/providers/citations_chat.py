"""Finds in the pieces of an answer which web pages a model cites, wherever its vendor writes that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from vtai.core.events import Source
from vtai.core.ports import Cited

_LONGEST_URL = 2_048
_LONGEST_TITLE = 300
_LONGEST_PASSAGE = 1_500


class Citations:
    """Tells each page of one answer once, however often the vendor names it."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def take(self, pages: Iterable[Any]) -> Iterator[Cited]:
        """The pages that are new. Each is an address, or a mapping with `url` and more."""
        sources = []
        for page in pages:
            source = _source(page)
            if source is not None and source.url not in self._known:
                self._known.add(source.url)
                sources.append(source)
        if sources:
            yield Cited(tuple(sources))


def of_chunk(chunk: Mapping[str, Any]) -> Iterator[Any]:
    """The pages named beside the choices of a chunk; addresses alone where nothing more is known of them."""
    results = {page["url"]: page for page in _mappings(chunk.get("search_results")) if page.get("url")}
    listed = chunk.get("citations")
    for url in listed if isinstance(listed, list) else ():
        yield results.pop(url, url) if isinstance(url, str) else url
    yield from results.values()


def of_delta(delta: Mapping[str, Any]) -> Iterator[Any]:
    """The pages named in a delta: annotations, and what hosted tools read."""
    for note in _mappings(delta.get("annotations")):
        yield from of_annotation(note)
    for tool in _mappings(delta.get("executed_tools")):
        found = tool.get("search_results")
        yield from _mappings(found.get("results") if isinstance(found, dict) else found)


def of_annotation(note: Any) -> Iterator[Any]:
    """The page of a `url_citation`, whose fields stand in it or one level deeper."""
    if isinstance(note, dict) and note.get("type") == "url_citation":
        inner = note.get("url_citation")
        yield inner if isinstance(inner, dict) else note


def of_grounding(metadata: Any) -> Iterator[Any]:
    """The pages of Gemini's `groundingMetadata`."""
    for grounding in _mappings(metadata):
        for chunk in _mappings(grounding.get("groundingChunks")):
            if isinstance(page := chunk.get("web"), dict):
                yield {"url": page.get("uri"), "title": page.get("title")}


def _mappings(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _source(page: Any) -> Source | None:
    told: Mapping[str, Any] = {"url": page} if isinstance(page, str) else page
    url = str(told.get("url") or "").strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > _LONGEST_URL:
        return None
    site = parts.hostname.removeprefix("www.")
    title = " ".join(str(told.get("title") or "").split())[:_LONGEST_TITLE]
    passage = str(told.get("cited_text") or told.get("snippet") or told.get("content") or "")
    return Source(0, title or site, url, passage[:_LONGEST_PASSAGE], site, _date(told.get("date")))


def _date(told: Any) -> str | None:
    return told if isinstance(told, str) and told[:4].isdigit() else None
