"""Passages of files among the sources of a reply."""

from __future__ import annotations

from tests.ui.test_draw import CHOSEN, SOURCES, drawn
from vtai.core import events
from vtai.core.events import Source


async def test_a_citation_of_a_passage_without_an_address_leads_to_the_passage() -> None:
    found = events.SourcesFound((Source(1, "contract.pdf, page 9", "", "Notice: 90 days."),))
    canvas = await drawn([CHOSEN, found, events.TextDelta("The notice is 90 days [1].")])
    props = canvas.footer["props"]
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == rf"The notice is 90 days [\[1\]](#{props['anchor']}1)."
    (source,) = props["sources"]
    assert (source["title"], source["url"], source["passage"]) == (
        "contract.pdf, page 9",
        None,
        "Notice: 90 days.",
    )


async def test_the_passages_of_two_replies_are_told_apart() -> None:
    first, second = await drawn([CHOSEN, SOURCES]), await drawn([CHOSEN, SOURCES])
    assert first.footer["props"]["anchor"] != second.footer["props"]["anchor"]


async def test_a_source_without_an_address_and_without_a_passage_is_no_link() -> None:
    found = events.SourcesFound((Source(1, "contract.pdf", "", ""),))
    canvas = await drawn([CHOSEN, found, events.TextDelta("So it says [1].")])
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == "So it says [1]."


async def test_a_very_long_passage_is_cut() -> None:
    canvas = await drawn([CHOSEN, events.SourcesFound((Source(1, "all.txt", "", "x" * 50_000),))])
    (source,) = canvas.footer["props"]["sources"]
    assert len(source["passage"]) < 20_000
