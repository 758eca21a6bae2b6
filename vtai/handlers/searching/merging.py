"""The results of several queries as one list: each page once, the best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from vtai.core.web import Hit
from vtai.handlers.searching import words
from vtai.handlers.searching.inquiry import Inquiry

# Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009): a place counts 1 / (_K + place).
_K = 60
# What an order counts beside the orders of the engines.
_SIMILARITY_WEIGHT, _SCORE_WEIGHT, _AGE_WEIGHT = 1.5, 0.5, 1.5

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|mc_[ce]id|igshid|_ga|_gl|ref_src|cmpid|ocid",
    re.IGNORECASE,
)
_AMP_PARAMETERS = {"amp", "outputtype"}
_AMP_PATH = re.compile(r"/amp(?=/|$)|\.amp(?=\.html?$|$)", re.IGNORECASE)
_AMP_CARRIER = re.compile(
    r"^(?:www\.)?google\.[a-z.]+/amp/(?:s/)?|^[\w-]+\.cdn\.ampproject\.org/[cv]/(?:s/)?"
)
_PORTS = {"http": 80, "https": 443}


def merged(lists: Iterable[Sequence[Hit]]) -> tuple[list[Hit], list[list[int]]]:
    """Each page once, and per list the places of its pages in the whole.

    A page is known again by its address or by title and site. Addresses that no browser opens are left out.
    """
    hits: list[Hit] = []
    places: dict[str, int] = {}
    orders: list[list[int]] = []
    for found in lists:
        order: list[int] = []
        for hit in found:
            if not (marks := _marks(hit)):
                continue
            place = next((places[mark] for mark in marks if mark in places), None)
            if place is None:
                place = len(hits)
                hits.append(replace(hit, url=cleaned(hit.url)))
            else:
                hits[place] = _joined(hits[place], hit)
            places |= dict.fromkeys(marks, place)
            order.append(place)
        orders.append(list(dict.fromkeys(order)))
    return hits, orders


async def ranked(inquiry: Inquiry, question: str, lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The pages of all lists, best first.

    The engines' orders and scores count, how near title and snippet come to the question, and for a question
    about something current how new the page is.
    """
    hits, orders = merged(lists)
    nearness = await inquiry.similarities(question, [f"{hit.title}\n{hit.snippet}" for hit in hits])
    totals = [0.0] * len(hits)
    for order in orders:
        _add(totals, dict(zip(order, range(len(order)), strict=True)), 1.0)
    _add(totals, _placed(dict(enumerate(nearness)), least=0.0), _SIMILARITY_WEIGHT)
    scores = {number: hit.score for number, hit in enumerate(hits) if hit.score is not None}
    _add(totals, _placed(scores), _SCORE_WEIGHT)
    if words.is_current(question):
        days = {number: day for number, hit in enumerate(hits) if (day := _day(hit.published)) is not None}
        _add(totals, _placed(days), _AGE_WEIGHT)
    return [hits[number] for number in sorted(range(len(hits)), key=lambda number: -totals[number])]


def key(url: str) -> str:
    """What two addresses of the same page have in common; "" for one that no browser opens."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in _PORTS or not host:
        return ""
    address = f"{host}{parts.path}"
    if carrier := _AMP_CARRIER.match(address):
        address = address[carrier.end() :]
        host, _, path = address.partition("/")
        parts = parts._replace(path=f"/{path}")
    host = re.sub(r"^(?:www\d?|amp|m)\.(?=[^.]+\.)", "", host.lower())
    if port is not None and port != _PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    path = _AMP_PATH.sub("", parts.path).rstrip("/")
    kept = sorted(pair for pair in _parameters(parts.query) if pair[0].lower() not in _AMP_PARAMETERS)
    return f"{host}{path}?{urlencode(kept)}" if kept else f"{host}{path}"


def cleaned(url: str) -> str:
    """The address without what only tells where the visitor came from."""
    parts = urlsplit(url.strip())
    kept = _parameters(parts.query)
    if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)):
        return url.strip()
    return urlunsplit(parts._replace(query=urlencode(kept)))


def site(url: str) -> str:
    """Who publishes a page, by its address: the host without "www."."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _parameters(query: str) -> list[tuple[str, str]]:
    every = parse_qsl(query, keep_blank_values=True)
    return [(name, value) for name, value in every if not _TRACKING.fullmatch(name)]


def _marks(hit: Hit) -> tuple[str, ...]:
    """What the page is known by."""
    if not (address := key(hit.url)):
        return ()
    title = " ".join(hit.title.casefold().split())
    return (address, f"{address.partition('/')[0]} {title}") if title else (address,)


def _joined(first: Hit, second: Hit) -> Hit:
    """One page that was found twice: the fuller of each."""
    scores = [score for score in (first.score, second.score) if score is not None]
    urls = sorted((first.url, cleaned(second.url)), key=_is_amp)
    return Hit(
        title=first.title or second.title,
        url=urls[0],
        snippet=max(first.snippet, second.snippet, key=len),
        published=first.published or second.published,
        score=max(scores, default=None),
        content=max(first.content, second.content, key=len),
    )


def _is_amp(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_AMP_PATH.search(parts.path) or parts.netloc.startswith("amp.") or "/amp/" in url)


def _placed(values: Mapping[int, float], least: float | None = None) -> dict[int, int]:
    """The place of each by its value, the highest first; equal ones share a place."""
    known = {number: value for number, value in values.items() if least is None or value > least}
    order = sorted(set(known.values()), reverse=True)
    return {number: order.index(value) for number, value in known.items()}


def _add(totals: list[float], places: Mapping[int, int], weight: float) -> None:
    for number, place in places.items():
        totals[number] += weight / (_K + place + 1)


def _day(published: str | None) -> float | None:
    """The day as a number; what lies in the future by more than a day is a mistake."""
    try:
        day = datetime.fromisoformat((published or "").strip())
    except ValueError:
        return None
    when = (day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp() // 86_400
    return when if when <= datetime.now(UTC).timestamp() // 86_400 + 1 else None
