"""Reading pages side by side, and not waiting for the slow ones."""

from __future__ import annotations

import asyncio

from tests.fakes import FakePages
from tests.handlers.searching.helpers import CATS, DOGS, page, steps
from vtai.core.events import Event
from vtai.core.web import Hit
from vtai.handlers.searching import reading
from vtai.handlers.searching.reading import Patience, Shelf

BIRDS = Hit("Birds", "https://birds.example/", "Birds sing.")


async def read(hits: list[Hit], pages: FakePages, patience: Patience) -> tuple[list[Event], Shelf]:
    shelf = Shelf()
    return [event async for event in reading.read(hits, pages, shelf, patience)], shelf


async def test_half_of_the_pages_is_enough_to_go_on() -> None:
    pages = FakePages({CATS.url: page(CATS, "a")}, {DOGS.url: 3_600.0})
    events, shelf = await read([CATS, DOGS], pages, Patience(3_600.0, 0.0))
    assert list(shelf.pages) == [CATS.url]
    assert steps(events)["read-2"][1] == "Skipped: it took too long."
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_too_few_pages_are_waited_for_until_the_longest() -> None:
    pages = FakePages(
        {CATS.url: page(CATS, "a"), DOGS.url: page(DOGS, "b")}, {DOGS.url: 0.05, BIRDS.url: 3_600.0}
    )
    events, shelf = await read([CATS, DOGS, BIRDS], pages, Patience(3_600.0, 0.0))
    assert set(shelf.pages) == {CATS.url, DOGS.url}
    events, shelf = await read([BIRDS], pages, Patience(0.0, 0.0))
    assert not shelf.pages
    assert list(steps(events)) == ["read-1"]


async def test_sent_text_is_cut_into_passages() -> None:
    content = "\n".join(["word " * 100] * 9) + "x" * 4_000
    _, shelf = await read([Hit("A", "https://a.org/", "", content=content)], FakePages(), Patience())
    passages = shelf.pages["https://a.org/"].passages
    assert max(map(len, passages)) <= 1_500
    assert "".join(passages).replace("\n", "").replace(" ", "") == content.replace("\n", "").replace(" ", "")


async def test_nothing_to_read_is_no_step() -> None:
    assert await read([], FakePages(), Patience()) == ([], Shelf())
