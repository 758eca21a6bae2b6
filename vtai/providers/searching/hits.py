"""Foreign search results as hits. What search engines send is not trusted to have any shape."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from vtai.core.web import Hit, SearchRequest

_MAX_CONTENT = 200_000
_MAX_SNIPPET = 5_000
_MAX_TITLE = 300
_MAX_URL = 2_000
# Engines write year 1 where they know no date.
_FIRST_YEAR = 1900


@dataclass(frozen=True, slots=True)
class Fields:
    """What an engine calls the parts of a result; "" for what it does not send."""

    url: str = "url"
    snippet: str = "content"
    published: str = ""
    score: str = ""
    content: str = ""


def hits(results: object, request: SearchRequest, fields: Fields) -> tuple[Hit, ...]:
    """The usable ones of a list of results, each page once, within the domains that were asked for.

    Raises TypeError when it is no list at all.
    """
    if not isinstance(results, list):
        raise TypeError("the results are not a list")
    found: dict[str, Hit] = {}
    for result in results:
        if len(found) >= request.max_results:
            break
        if not isinstance(result, dict) or (url := _web_address(result.get(fields.url))) is None:
            continue
        if url not in found and _is_wanted(url, request):
            found[url] = _hit(url, result, fields)
    return tuple(found.values())


def with_sites(request: SearchRequest) -> str:
    """The query with the domains as most engines read them: `cats (site:a.org OR site:b.org) -site:c.org`."""
    sites = " OR ".join(f"site:{domain}" for domain in bare(request.domains))
    sites = f"({sites})" if " OR " in sites else sites
    left_out = [f"-site:{domain}" for domain in bare(request.without_domains)]
    return " ".join(part for part in (request.query, sites, *left_out) if part)


def bare(domains: Iterable[str]) -> list[str]:
    """The domains without scheme, path, `www.` and `*.`, as `example.org`."""
    hosts = (domain.strip().lower().split("://")[-1].split("/")[0] for domain in domains)
    return [host.removeprefix("*.").removeprefix("www.") for host in hosts]


def day_of(text: object) -> str | None:
    """The day in a date as engines write it (ISO 8601 or as in e-mail), as 2026-11-22; None for no date."""
    if not isinstance(text, str) or not text.strip():
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            day = read(text.strip()).date()
        except (ValueError, TypeError, IndexError):
            continue
        return day.isoformat() if day.year >= _FIRST_YEAR else None
    return None


def _hit(url: str, result: dict[Any, Any], fields: Fields) -> Hit:
    return Hit(
        title=_words(result.get("title"))[:_MAX_TITLE] or url,
        url=url,
        snippet=_text(result.get(fields.snippet))[:_MAX_SNIPPET],
        published=day_of(result.get(fields.published)),
        score=_score(result.get(fields.score)),
        content=_text(result.get(fields.content))[:_MAX_CONTENT],
    )


def _is_wanted(url: str, request: SearchRequest) -> bool:
    """Engines take domains as a wish, so each result is looked at again."""
    if request.domains and not _is_within(url, request.domains):
        return False
    return not _is_within(url, request.without_domains)


def _is_within(url: str, domains: Iterable[str]) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in bare(domains))


def _web_address(url: object) -> str | None:
    """The address if it is one that may stand in a link."""
    if not isinstance(url, str) or len(url) > _MAX_URL or any(c.isspace() or c in '<>"' for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def _score(value: object) -> float | None:
    """A score within 0..1. What is no number, or NaN, is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return min(max(float(value), 0.0), 1.0)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _words(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""
