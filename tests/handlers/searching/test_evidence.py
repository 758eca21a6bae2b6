"""Which passages the model gets to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests import fakes
from tests.fakes import services
from tests.handlers.searching.helpers import CATS, DOGS, page
from vtai.core.errors import Busy
from vtai.core.turn import Turn
from vtai.core.web import Hit, Page
from vtai.handlers.searching import evidence
from vtai.handlers.searching.inquiry import Inquiry

ASKED = Inquiry(Turn("q"), services(), "q", None)


class BusySimilarity(fakes.FakeSimilarity):
    async def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        raise Busy("Too much waits.", "Try again.")


async def test_each_page_has_its_say_and_the_nearest_fill_the_room() -> None:
    many = [f"filler {n} " * 20 for n in range(6)]
    many[4] = "cats sleep by night"
    pages = {CATS.url: page(CATS, *many, "cats sleep by day")}
    cats, dogs = await evidence.choose(ASKED, "cats sleep", [CATS, DOGS], pages, 700)
    assert cats.passage == "cats sleep by night\n[…]\ncats sleep by day"
    assert dogs.passage == "Dogs bark and run."


async def test_passages_that_follow_each_other_are_joined() -> None:
    pages = {CATS.url: page(CATS, "cats one", "cats two", "cats three")}
    (cats,) = await evidence.choose(ASKED, "cats", [CATS], pages, 9_000)
    assert cats.passage == "cats one\ncats two\ncats three"


async def test_no_more_than_the_room_is_taken() -> None:
    hits = [Hit(f"T{n}", f"https://s{n}.org/", "cats " * 400) for n in range(10)]
    sources = await evidence.choose(ASKED, "cats", hits, {}, 3_000)
    assert 0 < sum(len(source.passage) for source in sources) <= 3_000
    assert [source.number for source in sources] == list(range(1, len(sources) + 1))


async def test_two_addresses_that_lead_to_one_page_are_one_source() -> None:
    target = Page("https://example.org/final", "Cats", "Example", ("Cats sleep.",), "2026-05-05")
    pages = {CATS.url: target, DOGS.url: target}
    (cats,) = await evidence.choose(ASKED, "cats", [CATS, DOGS], pages, 3_000)
    assert (cats.url, cats.site, cats.published) == ("https://example.org/final", "Example", "2026-05-05")


async def test_the_same_words_at_two_addresses_are_one_source() -> None:
    pages = {CATS.url: page(CATS, "Cats sleep."), DOGS.url: page(DOGS, "Cats sleep.")}
    (cats,) = await evidence.choose(ASKED, "cats", [CATS, DOGS], pages, 3_000)
    assert cats.url == CATS.url


async def test_pages_without_a_word_are_no_sources() -> None:
    silent = Hit("Silent", "https://s.org/", " ")
    (only,) = await evidence.choose(ASKED, "cats", [silent, CATS], {}, 3_000)
    assert (only.number, only.title) == (1, "Cats")


async def test_passages_are_taken_in_order_where_they_cannot_be_compared() -> None:
    asked = Inquiry(Turn("q"), replace(services(), similarity=BusySimilarity()), "q", None)
    pages = {CATS.url: page(CATS, "one", "two")}
    (cats,) = await evidence.choose(asked, "two", [CATS], pages, 3_000)
    assert cats.passage == "one\ntwo"
