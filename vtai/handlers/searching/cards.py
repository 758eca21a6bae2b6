"""What was found as people read it: a list, who found it, and how long ago."""

from __future__ import annotations

from collections.abc import Sequence

from vtai.core.events import Source
from vtai.core.web import Hit, SearchResults
from vtai.handlers.searching import merging

_MINUTE_S, _HOUR_S = 60, 3_600
_DAY_LETTERS = len("2026-01-01")
_PASSAGE_CHARACTERS = 300
_TITLE_CHARACTERS = 200


def sources(hits: Sequence[Hit]) -> tuple[Source, ...]:
    """The results as they were found, numbered from 1."""
    return tuple(
        Source(
            number, hit.title or hit.url, hit.url, hit.snippet or hit.content, site=merging.site(hit.url),
            published=hit.published,
        )
        for number, hit in enumerate(hits, start=1)
    )  # fmt: skip


def listed(found: Sequence[Source]) -> str:
    """The results as a Markdown list that reads well in a terminal, too."""
    return "\n".join(_entry(source) for source in found)


def origin(results: Sequence[SearchResults]) -> str:
    """`SearXNG, 2 minutes ago`: everybody who was asked, and the age of the oldest that was kept."""
    names = list(dict.fromkeys(each.provider for each in results))
    together = (
        " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else "nobody"
    )
    oldest = ago(max((each.age_s for each in results), default=0.0))
    return f"{together}, {oldest}" if oldest else together


def ago(age_s: float) -> str:
    """The age in words; "" for what is new."""
    if age_s < 1:
        return ""
    if age_s < _MINUTE_S:
        return "less than a minute ago"
    count, unit = (age_s // _MINUTE_S, "minute") if age_s < _HOUR_S else (age_s // _HOUR_S, "hour")
    return f"{count:.0f} {unit}{'' if count == 1 else 's'} ago"


def _entry(source: Source) -> str:
    day = source.published[:_DAY_LETTERS] if source.published else ""
    about = ", ".join(part for part in (source.site, day) if part)
    passage = _line(source.passage, _PASSAGE_CHARACTERS)
    lines = [f"{source.number}. [{_label(source)}]({_target(source.url)})", about, passage]
    # Two spaces end a line in Markdown.
    return "  \n   ".join(line for line in lines if line)


def _label(source: Source) -> str:
    title = _line(source.title, _TITLE_CHARACTERS) or source.url
    return title.translate(
        {ord("["): "(", ord("]"): ")", ord("!"): " ", ord("`"): "'", ord("<"): "(", ord(">"): ")"}
    )


def _target(url: str) -> str:
    """The address so that it cannot end the link it stands in."""
    return url.translate(
        {ord("("): "%28", ord(")"): "%29", ord(" "): "%20", ord("<"): "%3C", ord(">"): "%3E"}
    )


def _line(text: str, length: int) -> str:
    """The text in one line, so that it makes no picture, no link and no heading of its own."""
    line = " ".join(text.replace("![", "[").replace("](", "] (").replace("<", "(").split())
    return line if len(line) <= length else line[: length - 1] + "…"
