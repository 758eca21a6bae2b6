"""What the model gets to read: of each page the passages nearest to the question, as numbered sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vtai import prompts
from vtai.core.events import Source
from vtai.core.marks import plain_attribute
from vtai.core.web import Hit, Page
from vtai.handlers.searching import merging
from vtai.handlers.searching.inquiry import Inquiry

# About what the marks around a page take, in characters.
_MARK_CHARACTERS = 200
# Each page gets to say at least this much, if there is room for it at all.
_LEAST_SHARE = 300
# Passages that come less near than this share of the best one are noise, however much room there is.
_LEAST_NEARNESS = 0.15
_GAP = "\n[…]\n"
_MARK = re.compile(r"<(\s*/?\s*page)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A piece of text that could be sent: the `place`th of the `owner`th page."""

    owner: int
    place: int
    text: str


async def choose(
    inquiry: Inquiry, question: str, hits: Sequence[Hit], pages: Mapping[str, Page], room: int
) -> tuple[Source, ...]:
    """The pages as sources, together at most about `room` characters, numbered from 1 in their order.

    The best passage of each page comes first, then whatever is nearest. A page that was not read is stood in
    for by its snippet; one without either is no source.
    """
    owned = _each_once(hits, pages)
    every = [
        _Candidate(owner, place, text)
        for owner, (hit, page) in enumerate(owned)
        for place, text in enumerate(_texts(hit, page))
    ]
    # Without titles: they would make all of a page's passages alike.
    nearness = await inquiry.similarities(question, [each.text for each in every])
    taken = _taken(every, list(nearness), room)
    chosen = {owner: [each for each in taken if each.owner == owner] for owner in range(len(owned))}
    kept = [(owned[owner], _joined(parts)) for owner, parts in chosen.items() if parts]
    return tuple(_source(number, *page, passage) for number, (page, passage) in enumerate(kept, start=1))


def rendered(sources: Sequence[Source]) -> str:
    """The pages as data for the model, between marks that no page can close or open."""
    return "\n".join(
        prompts.render(
            "web_page",
            number=str(source.number),
            title=plain_attribute(source.title),
            site=plain_attribute(source.site),
            published=plain_attribute(source.published or ""),
            url=plain_attribute(source.url),
            passage=_MARK.sub(r"< \1", source.passage),
        )
        for source in sources
    )


def _each_once(hits: Sequence[Hit], pages: Mapping[str, Page]) -> list[tuple[Hit, Page | None]]:
    """The pages without those that turned out to be the same: where they led, or what stands there."""
    kept: list[tuple[Hit, Page | None]] = []
    known: set[object] = set()
    for hit in hits:
        page = pages.get(hit.url)
        marks: set[object] = {merging.key(page.url if page else hit.url), page.passages if page else hit.url}
        if known.isdisjoint(marks):
            kept.append((hit, page))
        known |= marks
    return kept


def _texts(hit: Hit, page: Page | None) -> list[str]:
    texts = page.passages if page else (hit.snippet or hit.content,)
    return [text.strip() for text in texts if text.strip()]


def _taken(every: Sequence[_Candidate], nearness: Sequence[float], room: int) -> list[_Candidate]:
    """What is sent: the best of each page, cut to its share, then the nearest of the rest."""
    order = sorted(range(len(every)), key=lambda at: (-nearness[at], every[at].place, every[at].owner))
    best: dict[int, int] = {}
    for at in order:
        best.setdefault(every[at].owner, at)
    share = max(room // max(len(best), 1) - _MARK_CHARACTERS, _LEAST_SHARE)
    taken: list[_Candidate] = []
    for owner in sorted(best):
        candidate = every[best[owner]]
        text = candidate.text[: min(share, room)]
        if text:
            taken.append(_Candidate(owner, candidate.place, text))
            room -= len(text) + _MARK_CHARACTERS
    least = max(nearness, default=0.0) * _LEAST_NEARNESS
    for at in order:
        length = len(every[at].text) + len(_GAP)
        if at not in best.values() and nearness[at] >= least and length <= room:
            taken.append(every[at])
            room -= length
    return taken


def _joined(parts: Sequence[_Candidate]) -> str:
    """The passages of one page in reading order, with a sign where something was left out."""
    ordered = sorted(parts, key=lambda part: part.place)
    text, last = "", -1
    for part in ordered:
        between = "" if not text else "\n" if part.place == last + 1 else _GAP
        text += between + part.text
        last = part.place
    return text


def _source(number: int, hit: Hit, page: Page | None, passage: str) -> Source:
    """A page that was read stands where it led; its own word on its site and date wins."""
    if page is None:
        return Source(number, hit.title or hit.url, hit.url, passage, merging.site(hit.url), hit.published)
    url = merging.cleaned(page.url) if merging.key(page.url) else hit.url
    return Source(
        number,
        hit.title or page.title or url,
        url,
        passage,
        page.site or merging.site(url),
        page.published or hit.published,
    )
