"""What is searched for on the web, what was found, and what stood on the pages. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Topic = Literal["general", "news"]
TimeRange = Literal["day", "week", "month", "year"]
SafeSearch = Literal["off", "moderate", "strict"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One query. `region` is a country as ISO 3166 writes it ("de"), `domains` where alone to look."""

    query: str
    max_results: int = 5
    topic: Topic = "general"
    time_range: TimeRange | None = None
    region: str | None = None
    domains: tuple[str, ...] = ()
    without_domains: tuple[str, ...] = ()
    safe_search: SafeSearch = "moderate"


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `published` is a date (ISO 8601) where known, `score` 0..1 where the engine gave one.

    `content` is the page's own text where the engine sent it along.
    """

    title: str
    url: str
    snippet: str
    published: str | None = None
    score: float | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What a search found, best first, and who found it. `age_s`: seconds since it was found."""

    hits: tuple[Hit, ...]
    provider: str
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page without what is around them. `passages` are of at most about 1,500 characters.

    `published` as in `Hit`. `notes` say what is odd about it (cut, behind a paywall, another address).
    """

    url: str
    title: str
    site: str
    passages: tuple[str, ...]
    published: str | None = None
    notes: tuple[str, ...] = ()
    age_s: float = 0.0
