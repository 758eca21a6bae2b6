"""Foreign search results as sources. What search engines send is not trusted to have any shape."""

from __future__ import annotations

from urllib.parse import urlsplit

from vtai.core.events import Source

_MAX_PASSAGE = 20_000
_MAX_TITLE = 300
_MAX_URL = 2_000


def sources(results: object, max_results: int, passage: str = "content") -> tuple[Source, ...]:
    """The usable ones of a list of results, each page once, numbered from 1. `passage` names its text.

    Raises TypeError when it is no list at all.
    """
    if not isinstance(results, list):
        raise TypeError("the results are not a list")
    found: dict[str, Source] = {}
    for result in results:
        if len(found) == max_results:
            break
        if isinstance(result, dict) and (url := _web_address(result.get("url"))) and url not in found:
            title = _words(result.get("title"))[:_MAX_TITLE] or url
            text = str(result.get(passage) or "").strip()[:_MAX_PASSAGE]
            found[url] = Source(len(found) + 1, title, url, text)
    return tuple(found.values())


def _web_address(url: object) -> str | None:
    """The address if it is one that may stand in a link."""
    if not isinstance(url, str) or len(url) > _MAX_URL or any(c.isspace() or c in '<>"' for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""
