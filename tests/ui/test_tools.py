"""What the page shows of tools at work, and what is remembered of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.recorder import Recorder
from tests.ui.test_draw import CHOSEN, ROUTES, TURN, drawn
from vtai.core import events
from vtai.core.events import ToolFinished, ToolProgress, ToolStarted
from vtai.core.routes import Decision
from vtai.ui.coalesce import Pace
from vtai.ui.draw import Drawing
from vtai.ui.footer import Footer, Outcome
from vtai.ui.paper import Paper
from vtai.ui.verbatim import block

STARTED = ToolStarted("1", "run_python", "print(1)", "python")


def tools(canvas: Recorder) -> list[dict[str, Any]]:
    return canvas.of_kind("tool")


async def worked(*reply: events.Event, outcome: Outcome = "done") -> str:
    """What is remembered of the tools' work."""
    drawing = Drawing(Paper(Recorder()), Footer(TURN, ROUTES), Pace())
    for event in reply:
        await drawing.draw(event)
    await drawing.finish(outcome)
    return drawing.work


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        pytest.param(None, "run_python", id="unknown"),
        pytest.param(0.0, "run_python · 1 ms", id="no time"),
        pytest.param(0.043, "run_python · 43 ms", id="a moment"),
        pytest.param(1.24, "run_python · 1.2 s", id="seconds"),
        pytest.param(42.4, "run_python · 42 s", id="many seconds"),
        pytest.param(180.0, "run_python · 3 min", id="minutes"),
    ],
)
async def test_a_finished_step_says_how_long_it_took(seconds: float | None, name: str) -> None:
    canvas = await drawn([CHOSEN, STARTED, ToolFinished("1", "1", seconds=seconds)])
    assert tools(canvas)[0]["name"] == name


async def test_a_step_is_open_while_it_runs_and_folds_when_it_is_done() -> None:
    canvas = await drawn([CHOSEN, STARTED, ToolProgress("1", "1\n"), ToolFinished("1", "1\n")])
    first, *_, last = [data for name, data in canvas.sent if name == "new_message" and data["type"] == "tool"]
    assert first["defaultOpen"]
    assert first["end"] is None
    assert last["autoCollapse"]
    assert last["end"]


async def test_a_failed_step_says_so_in_words_and_not_by_its_colour_alone() -> None:
    canvas = await drawn([CHOSEN, STARTED, ToolFinished("1", "NameError", is_error=True, seconds=2.0)])
    (step,) = tools(canvas)
    assert (step["name"], step["isError"]) == ("run_python failed · 2.0 s", True)


async def test_a_stopped_step_keeps_what_it_said_and_says_that_it_was_stopped() -> None:
    canvas = await drawn([CHOSEN, STARTED, ToolProgress("1", "half"), ToolProgress("1", " way")], "stopped")
    (step,) = tools(canvas)
    assert (step["name"], step["output"]) == ("run_python (stopped)", block("half way"))


async def test_code_is_shown_as_code_and_other_arguments_as_they_are() -> None:
    canvas = await drawn([CHOSEN, STARTED, ToolStarted("2", "read_page", "a page\n![x](y)")])
    assert [step["input"] for step in tools(canvas)] == [
        block("print(1)", "python"),
        block("a page\n![x](y)", "text"),
    ]


async def test_the_page_is_never_told_to_make_a_block_itself() -> None:
    # The one that it makes ends at the first fence in the text.
    canvas = await drawn([CHOSEN, ToolStarted("1", "t", '{"a": 1}', "json"), ToolFinished("1", "b")])
    (step,) = tools(canvas)
    assert step["showInput"] is True
    assert step.get("language") is None


async def test_calls_side_by_side_are_steps_of_their_own() -> None:
    keys = ("a", "b", "c")
    canvas = await drawn(
        [
            CHOSEN,
            *(ToolStarted(key, "search_web", key) for key in keys),
            *(ToolProgress(key, f"said {key}") for key in reversed(keys)),
            *(ToolFinished(key, f"found {key}", seconds=1.0) for key in ("b", "a", "c")),
        ]
    )
    assert [step["output"] for step in tools(canvas)] == [block(f"found {key}") for key in keys]


async def test_charts_cannot_be_varied_and_stand_in_the_bubble_they_were_made_for() -> None:
    figure = events.FileReady("figure.png", "image/png", b"chart")
    canvas = await drawn(
        [
            CHOSEN,
            STARTED,
            figure,
            ToolFinished("1", "ok"),
            events.TextDelta("One."),
            ToolStarted("2", "t"),
            figure,
        ]
    )
    first, second = [each for each in canvas.elements.values() if each["name"] == "Pictures"]
    assert first["forId"] != second["forId"]
    for gallery in (first, second):
        props = gallery["props"]
        assert (props["canChange"], props["offersAgain"], props["waiting"]) == (False, False, 0)
    assert canvas.footer["props"]["offersAgain"]


async def test_a_chart_does_not_wait_for_more_pictures_while_the_reply_goes_on() -> None:
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, ROUTES), Pace(), expected_pictures=4)
    await drawing.draw(CHOSEN)
    await drawing.draw(events.FileReady("figure.png", "image/png", b"chart"))
    (props,) = canvas.custom("Pictures")
    assert (props["state"], props["waiting"], len(props["pictures"])) == ("done", 0, 1)


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "text/csv", "application/xhtml+xml"])
async def test_what_could_run_something_is_for_saving_only(media_type: str) -> None:
    canvas = await drawn([CHOSEN, events.FileReady("made.bin", media_type, b"data")])
    (element,) = [each for each in canvas.elements.values() if each["name"] == "made.bin"]
    assert element["type"] == "file"


async def test_all_files_of_a_reply_are_kept_in_the_order_they_were_made() -> None:
    drawing = Drawing(Paper(Recorder()), Footer(TURN, ROUTES), Pace())
    for name, media_type in (("a.csv", "text/csv"), ("b.png", "image/png"), ("c.wav", "audio/wav")):
        await drawing.draw(events.FileReady(name, media_type, b"data"))
    await drawing.finish("done")
    assert [file.name for file in drawing.files] == ["a.csv", "b.png", "c.wav"]


async def test_the_work_tells_what_was_called_and_what_came_of_it() -> None:
    work = await worked(
        CHOSEN, STARTED, ToolFinished("1", "1"), ToolStarted("2", "clock"), ToolFinished("2", "No zone", True)
    )
    assert work == (
        "Tool run_python, called with:\nprint(1)\nIt answered:\n1\n\nTool clock, called.\nIt failed:\nNo zone"
    )


async def test_of_much_work_the_newest_is_kept_each_part_shortened() -> None:
    calls: list[events.Event] = []
    for number in range(9):
        calls += [
            ToolStarted(f"{number}", f"tool_{number}", "a" * 9_000),
            ToolFinished(f"{number}", "b" * 9_000),
        ]
    work = await worked(CHOSEN, *calls)
    assert len(work) <= 6_000
    assert "tool_8" in work
    assert "tool_7" not in work
    assert work.count("7000 more characters") == 2
    assert work.startswith("(What was done before this is left out.)")


async def test_a_stopped_call_is_part_of_the_work() -> None:
    work = await worked(CHOSEN, STARTED, ToolProgress("1", "half"), outcome="stopped")
    assert work.endswith("half\n(It was stopped.)")


async def test_a_search_of_the_web_route_is_no_work() -> None:
    chosen = events.RouteChosen(Decision("web-search", 1.0, "You asked.", "rules"))
    assert await worked(chosen, ToolStarted("1", "Web search", "a"), ToolFinished("1", "9 pages")) == ""
