"""A search at work, on the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests import fakes
from tests.ui.recorder import Recorder
from tests.ui.test_draw import TURN
from vtai.core import events
from vtai.core.errors import BadAddress
from vtai.core.events import Event, Source, ToolFinished, ToolProgress, ToolStarted
from vtai.core.routes import WEB_SEARCH, Decision, Route
from vtai.core.turn import Command, Preferences, SearchOptions, Turn
from vtai.core.web import Hit, Page
from vtai.handlers import web_search
from vtai.handlers.searching import cards
from vtai.ui.coalesce import Pace
from vtai.ui.draw import Drawing
from vtai.ui.footer import Footer, Outcome
from vtai.ui.paper import Paper

CHOSEN = events.RouteChosen(Decision(WEB_SEARCH, 0.9, "It changes.", "semantic"))
FOUND = (
    Source(1, "Mirror", "https://example.org/mirror", "It unfolds.", "Example News", "2026-11-03"),
    Source(2, "Picture", "https://example.com/picture", "It is sharp."),
)
SEARCHED = (ToolStarted("s", "Web search", "mirror\nmirror news"), ToolFinished("s", "2 pages from SearXNG."))
READ = (
    ToolStarted("r-1", "Reading example.org", "https://example.org/mirror"),
    ToolStarted("r-2", "Reading example.com", "javascript:alert(1)"),
    ToolFinished("r-2", "Skipped: it took too long.", is_error=True),
    ToolFinished("r-1", "3 passages."),
)


async def drawn(reply: Iterable[Event], outcome: Outcome = "done") -> tuple[Recorder, Drawing]:
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, (Route(WEB_SEARCH, "Web search", "Pages."),)), Pace())
    await drawing.begin()
    for event in (CHOSEN, *reply):
        await drawing.draw(event)
    await drawing.finish(outcome)
    return canvas, drawing


def rows(canvas: Recorder) -> list[dict[str, Any]]:
    (props,) = canvas.custom("SearchSteps")
    return list(props["rows"])


async def test_queries_and_pages_are_rows_of_one_step() -> None:
    canvas, _ = await drawn([*SEARCHED, *READ, events.TextDelta("It unfolds.")])
    (step,) = canvas.of_kind("tool")
    assert (step["name"], step["autoCollapse"]) == ("Searched 2 queries, read 1 page, skipped 1", True)
    assert step["end"]
    asked, read, skipped = rows(canvas)
    assert (asked["queries"], asked["detail"]) == (["mirror", "mirror news"], "2 pages from SearXNG.")
    assert (read["label"], read["url"], read["state"]) == ("example.org", READ[0].arguments, "done")
    # Only web addresses become links.
    assert (skipped["url"], skipped["state"]) == (None, "failed")
    assert skipped["detail"] == "Skipped: it took too long."


async def test_a_search_is_still_going_on_until_the_answer_begins() -> None:
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, ()), Pace())
    for event in (CHOSEN, *SEARCHED, *READ[:3]):
        await drawing.draw(event)
    (step,) = canvas.of_kind("tool")
    assert (step["name"], step["end"]) == ("Reading: 1 of 2 pages", None)
    await drawing.draw(events.TextDelta("It"))
    assert canvas.of_kind("tool")[0]["end"]
    await drawing.finish("done")


async def test_a_round_shows_what_of_the_budget_is_used_and_what_came_of_it() -> None:
    began = ToolStarted("round-1", "Round 1 of at most 4, 3 s of 120 s and $0.01 of $0.50 used")
    canvas, _ = await drawn([began, *SEARCHED, *READ, ToolFinished("round-1", "2 pages found so far.")])
    first = rows(canvas)[0]
    assert (first["kind"], first["label"]) == ("round", "Round 1 of at most 4")
    assert first["about"] == "3 s of 120 s and $0.01 of $0.50 used"
    assert first["detail"] == "2 pages found so far."


@pytest.mark.parametrize(
    ("reply", "outcome", "name"),
    [
        pytest.param(SEARCHED, "done", "Searched 2 queries", id="nothing to read"),
        pytest.param(
            (SEARCHED[0], ToolFinished("s", "Too slow.", is_error=True)),
            "failed",
            "The search failed",
            id="failed",
        ),
        pytest.param((*SEARCHED, READ[0]), "stopped", "Searched 2 queries, read 0 pages", id="stopped"),
        pytest.param(
            (ToolStarted("o", "Round 1"), *SEARCHED, *READ, ToolFinished("o", "")),
            "done",
            "Researched in 1 round: searched 2 queries, read 1 page, skipped 1",
            id="research",
        ),
    ],
)
async def test_the_line_of_a_search_tells_what_was_done(
    reply: tuple[Event, ...], outcome: Outcome, name: str
) -> None:
    canvas, _ = await drawn(reply, outcome)
    (step,) = canvas.of_kind("tool")
    assert step["name"] == name + (" (stopped)" if outcome == "stopped" else "")
    assert all(row["state"] != "working" for row in rows(canvas))


async def test_queries_that_failed_are_told_while_others_go_on() -> None:
    canvas, _ = await drawn([SEARCHED[0], ToolProgress("s", "“mirror” was not answered: Too slow.\n")])
    assert rows(canvas)[0]["detail"] == "Stopped."
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, ()), Pace())
    for event in (CHOSEN, SEARCHED[0], ToolProgress("s", "“mirror” was not answered: Too slow.\n")):
        await drawing.draw(event)
    assert rows(canvas)[0]["detail"] == "“mirror” was not answered: Too slow."
    await drawing.finish("stopped")


async def test_what_else_is_done_shows_while_it_is_done() -> None:
    canvas, _ = await drawn(
        [ToolStarted("q", "Search queries", "And in euros?"), ToolFinished("q", "price in euros"), *SEARCHED]
    )
    assert [row["kind"] for row in rows(canvas)] == ["queries"]


async def test_a_step_after_the_answer_has_begun_is_a_step_of_its_own() -> None:
    late = (ToolStarted("speech", "Speech", "20 characters"), ToolFinished("speech", "9 kB of audio/wav"))
    canvas, _ = await drawn([*SEARCHED, events.TextDelta("It unfolds."), *late])
    assert [step["name"] for step in canvas.of_kind("tool")] == ["Searched 2 queries", "Speech"]


async def test_a_search_that_never_ends_adding_pages_is_cut() -> None:
    many = [ToolStarted(f"r-{n}", f"Reading {n}.example.org", "") for n in range(1_000)]
    canvas, _ = await drawn(many, "stopped")
    assert len(rows(canvas)) == 200


async def test_a_list_of_the_results_becomes_cards_and_stays_in_the_history() -> None:
    listed = cards.listed(FOUND)
    canvas, drawing = await drawn([*SEARCHED, events.SourcesFound(FOUND), events.TextDelta(listed)])
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == ""
    assert canvas.footer["props"]["cards"]
    assert drawing.text == listed


async def test_words_beside_the_list_are_shown_above_the_cards() -> None:
    text = f"There is no money left for a report.\n\n{cards.listed(FOUND)}"
    canvas, _ = await drawn([*SEARCHED, events.SourcesFound(FOUND), events.TextDelta(text)])
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == "There is no money left for a report."
    assert canvas.footer["props"]["cards"]


async def test_an_answer_that_is_no_list_has_its_sources_under_it() -> None:
    canvas, _ = await drawn([events.SourcesFound(FOUND), events.TextDelta("It unfolds [1].")])
    props = canvas.footer["props"]
    assert not props["cards"]
    assert [(each["site"], each["published"]) for each in props["sources"]] == [
        ("Example News", "2026-11-03"),
        ("example.com", None),
    ]


@pytest.mark.parametrize(
    ("command", "kinds", "line"),
    [
        pytest.param("search", {"queries", "page"}, "Searched ", id="search"),
        pytest.param("research", {"queries", "page", "round"}, "Researched in ", id="research"),
    ],
)
async def test_the_steps_of_the_real_search_are_known_by_their_names(
    command: Command, kinds: set[str], line: str
) -> None:
    hits = (
        Hit("Cats", "https://example.org/cats", "Cats."),
        Hit("Dogs", "https://example.com/dogs", "Dogs."),
    )
    pages = fakes.FakePages(
        {
            hits[0].url: Page(hits[0].url, "Cats", "Example", ("Cats sleep a lot.",)),
            hits[1].url: BadAddress("The site asks robots to stay away.", "Open it yourself."),
        }
    )
    services = fakes.services(search=fakes.FakeSearch(hits), pages=pages)
    turn = Turn("do cats sleep a lot?", command=command)
    reply = await fakes.events_of(web_search.reply(turn, CHOSEN.decision, services))
    canvas, _ = await drawn(reply)
    assert {row["kind"] for row in rows(canvas)} == kinds
    assert canvas.of_kind("tool")[0]["name"].startswith(line)
    assert "skipped 1" in canvas.of_kind("tool")[0]["name"]
    (skipped,) = [row for row in rows(canvas) if row["state"] == "failed"]
    assert "robots" in skipped["detail"]


async def test_the_real_results_alone_become_cards() -> None:
    preferences = Preferences(search=SearchOptions(summarise=False))
    turn = Turn("do cats sleep a lot?", command="search", preferences=preferences)
    reply = await fakes.events_of(web_search.reply(turn, CHOSEN.decision, fakes.services()))
    canvas, _ = await drawn(reply)
    assert canvas.footer["props"]["cards"]
    assert [step["output"] for step in canvas.of_kind("assistant_message")] == [""]
