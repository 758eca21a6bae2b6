"""What a page says of itself: title, site, date, its own address, where it sends on to, if it is free."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from vtai.providers.pages import characters

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MOST_TITLE: Final = 200
_MOST_SITE: Final = 80
_MOST_JSON: Final = 300_000
_MOST_NODES: Final = 2_000
_LONGEST_PAUSE_S: Final = 30
_DAY: Final = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_OLDEST: Final = date(1990, 1, 1)
_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "datepublished", "citation_publication_date",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "parsely-pub-date", "sailthru.date", "publishdate",
    "pubdate", "publication_date", "date", "dc.date", "dc.date.created", "article:published",
)  # fmt: skip
_REFRESH: Final = re.compile(
    r"\s*(\d{1,6})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?\s*([^\"'\s][^\"']{0,2000})", re.IGNORECASE
)
_LOCKED: Final = re.compile(r"locked|metered|paid|premium|subscri", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class About:
    """`published` is a date (ISO 8601); `refresh` as it is written; `is_free` None where nothing is said."""

    title: str
    site: str
    published: str | None
    canonical: str | None
    refresh: str | None
    is_free: bool | None


def of(root: HtmlElement, host: str) -> About:
    """Read before anything is taken out of the tree."""
    metas = _metas(root)
    told = list(_told(root))
    site = characters.line(metas.get("og:site_name") or metas.get("application-name"), _MOST_SITE)
    return About(
        title=_title(root, metas, site) or host,
        site=site or host.removeprefix("www."),
        published=_published(root, metas, told),
        canonical=_canonical(root, metas),
        refresh=_refresh(root),
        is_free=_is_free(metas, told),
    )


def _metas(root: HtmlElement) -> dict[str, str]:
    """By name, property or itemprop; the first one counts."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            if (name := meta.get(attribute)) and (content := meta.get("content", "").strip()):
                metas.setdefault(name.lower(), content[:2_000])
    return metas


def _told(root: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD."""
    waiting: list[Any] = []
    for script in root.iter("script"):
        if "ld+json" in script.get("type", "").lower() and len(script.text or "") <= _MOST_JSON:
            try:
                waiting.append(json.loads(script.text or "", strict=False))
            except (ValueError, RecursionError):
                continue
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        match waiting.pop(0):
            case dict() as node:
                yield node
                waiting += [within for within in node.values() if isinstance(within, dict | list)]
            case list() as nodes:
                waiting += nodes
            case _:
                pass


def _title(root: HtmlElement, metas: dict[str, str], site: str) -> str:
    headings = {
        text for heading in root.iter("h1") if (text := characters.line(heading.text_content(), _MOST_TITLE))
    }
    named = characters.line(metas.get("og:title"), _MOST_TITLE)
    head = characters.line(next((title.text_content() for title in root.iter("title")), ""), _MOST_TITLE)
    if not named and len(headings) == 1 and (not head or head.startswith(tuple(headings))):
        named = headings.pop()
    for parting in (" | ", " - ", " \u2013 ", " \u2014 ", " \u00b7 "):
        front, _, back = head.rpartition(parting)
        if front and site and back.strip().lower() == site.lower():
            head = front
    return named or head.strip()


def _published(root: HtmlElement, metas: dict[str, str], told: list[dict[str, Any]]) -> str | None:
    said = [metas.get(name, "") for name in _PUBLISHED[:4]]
    said += [
        str(node.get(name, "")) for name in ("datePublished", "uploadDate", "dateCreated") for node in told
    ]
    said += [metas.get(name, "") for name in _PUBLISHED[4:]]
    said += [
        time.get("datetime", "")
        for time in root.iter("time")
        if "pubdate" in time.attrib
        or "publish" in f"{time.get('itemprop', '')} {time.get('class', '')}".lower()
    ]
    articles = [time.get("datetime", "") for article in root.iter("article") for time in article.iter("time")]
    return next((day for text in [*said, *articles[:1]] if (day := _day(text))), None)


def _day(text: str) -> str | None:
    if found := _DAY.match(text.replace("/", "-")):
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
        if _OLDEST <= day <= datetime.now(UTC).date() + timedelta(days=1):
            return day.isoformat()
    return None


def _canonical(root: HtmlElement, metas: dict[str, str]) -> str | None:
    links = (link.get("href") for link in root.iter("link") if link.get("rel", "").lower() == "canonical")
    return next((link for link in links if link), None) or metas.get("og:url")


def _refresh(root: HtmlElement) -> str | None:
    """Where it sends on to by itself soon. One within <noscript> is for others."""
    for meta in root.iter("meta"):
        if (
            meta.get("http-equiv", "").lower() == "refresh"
            and next(meta.iterancestors("noscript"), None) is None
        ):
            found = _REFRESH.match(meta.get("content", ""))
            if found and int(found[1]) <= _LONGEST_PAUSE_S:
                return found[2].strip()
    return None


def _is_free(metas: dict[str, str], told: list[dict[str, Any]]) -> bool | None:
    said = [str(node["isAccessibleForFree"]).lower() for node in told if "isAccessibleForFree" in node]
    if metas.get("isaccessibleforfree"):
        said.append(metas["isaccessibleforfree"].lower())
    if any(
        word in {"false", "no", "0", "http://schema.org/false", "https://schema.org/false"} for word in said
    ):
        return False
    if _LOCKED.search(metas.get("article:content_tier", "")):
        return False
    return True if said else None
