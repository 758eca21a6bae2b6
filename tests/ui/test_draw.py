"""What each event looks like on the page."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.ui.recorder import Recorder
from vtai.core import events
from vtai.core.events import Choice, Event, Source
from vtai.core.routes import Alternative, Decision, Route
from vtai.ui.coalesce import Pace
from vtai.ui.draw import Drawing
from vtai.ui.footer import Footer, Outcome
from vtai.ui.paper import Paper
from vtai.ui.verbatim import block

TURN = "00000000-0000-4000-8000-0000000000aa"
ROUTES = (Route("text", "Text", "Words."), Route("web-search", "Web search", "Pages."))
CHOSEN = events.RouteChosen(
    Decision("text", 0.64, "Close to an example.", "semantic", (Alternative("web-search", 0.3),))
)
UNSURE = events.RouteChosen(
    Decision(
        "text",
        0.4,
        "It could be web-search.",
        "semantic",
        (Alternative("web-search", 0.55),),
        options=("web-search", "text"),
    )
)
SOURCES = events.SourcesFound(
    (
        Source(1, "Cats", "https://example.org/cats", "They sleep."),
        Source(2, "Odd", "javascript:alert(1)", ""),
    )
)


class Seconds:
    """A clock that goes on by a second each time it is asked."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


async def drawn(reply: Iterable[Event], outcome: Outcome = "done") -> Recorder:
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, ROUTES), Pace(), Seconds())
    await drawing.begin()
    for event in reply:
        await drawing.draw(event)
    await drawing.finish(outcome)
    return canvas


async def test_text_becomes_one_message_with_the_whole_text_at_the_end() -> None:
    canvas = await drawn([CHOSEN, events.TextDelta("Hel"), events.TextDelta("lo")])
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == "Hello"
    assert not message["streaming"]
    assert message["end"]


async def test_everything_hangs_under_the_message_that_is_answered() -> None:
    canvas = await drawn([CHOSEN, events.ThinkingDelta("Hm"), events.TextDelta("Yes")])
    (run,) = canvas.of_kind("run")
    assert run["parentId"] == TURN
    assert run["end"]
    children = [step for step in canvas.steps.values() if step["type"] != "run"]
    assert {child["parentId"] for child in children} == {run["id"]}


async def test_thinking_is_a_step_before_the_answer_and_tells_how_long_it_took() -> None:
    canvas = await drawn(
        [CHOSEN, events.ThinkingDelta("First "), events.ThinkingDelta("this."), events.TextDelta("42")]
    )
    (thinking,) = canvas.of_kind("tool")
    assert (thinking["name"], thinking["output"]) == ("Thought for 1 s", "First this.")
    assert thinking["end"]
    assert [step["type"] for step in canvas.steps.values()] == ["run", "tool", "assistant_message"]


async def test_a_tool_comes_between_the_texts_around_it() -> None:
    canvas = await drawn(
        [
            CHOSEN,
            events.TextDelta("Let me see."),
            events.ToolStarted("1", "calculator", '{"expression": "6*7"}'),
            events.ToolProgress("1", "4"),
            events.ToolFinished("1", "42"),
            events.TextDelta("It is 42."),
        ]
    )
    outputs = [(step["type"], step["output"]) for step in canvas.steps.values()][1:]
    assert outputs == [
        ("assistant_message", "Let me see."),
        ("tool", block("42")),
        ("assistant_message", "It is 42."),
    ]
    (tool,) = canvas.of_kind("tool")
    assert tool["input"] == block('{"expression": "6*7"}', "text")
    assert canvas.footer["forId"] == canvas.of_kind("assistant_message")[-1]["id"]


async def test_a_tool_that_failed_says_so() -> None:
    canvas = await drawn(
        [CHOSEN, events.ToolStarted("1", "clock"), events.ToolFinished("1", "No zone", is_error=True)]
    )
    (tool,) = canvas.of_kind("tool")
    assert tool["isError"]


async def test_a_very_long_tool_output_is_cut() -> None:
    canvas = await drawn([CHOSEN, events.ToolStarted("1", "t"), events.ToolFinished("1", "x" * 100_000)])
    (tool,) = canvas.of_kind("tool")
    assert len(tool["output"]) < 21_000
    assert "80000 more characters" in tool["output"]


async def test_the_footer_says_where_why_and_how_sure() -> None:
    canvas = await drawn([CHOSEN, events.TextDelta("Hi")])
    props = canvas.footer["props"]
    assert props["outcome"] == "done"
    assert props["route"]["label"] == "Text"
    assert (props["route"]["confidence"], props["route"]["certainty"]) == (0.64, "fairly sure")
    assert props["route"]["reason"] == "Close to an example."
    assert [(other["name"], other["confidence"]) for other in props["others"]] == [("web-search", 0.3)]


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, "certain"),
        (0.9, "sure"),
        (0.849, "sure"),
        (0.72, "fairly sure"),
        (0.6, "fairly sure"),
        (0.35, "unsure"),
    ],
)
async def test_the_word_for_a_confidence_fits_the_number_that_is_shown(confidence: float, word: str) -> None:
    canvas = await drawn([events.RouteChosen(Decision("text", confidence, "Because.", "semantic"))])
    assert canvas.footer["props"]["route"]["certainty"] == word


async def test_the_runners_up_come_first_with_their_confidence_and_then_every_other_route() -> None:
    canvas = Recorder()
    routes = (*ROUTES, Route("speech", "Speech", "Sound."), Route("vision", "Vision", "Pictures."))
    drawing = Drawing(Paper(canvas), Footer(TURN, routes), Pace())
    alternatives = (Alternative("vision", 0.3), Alternative("speech", 0.1))
    await drawing.draw(events.RouteChosen(Decision("text", 0.6, "Because.", "semantic", alternatives)))
    await drawing.finish("done")
    others = canvas.footer["props"]["others"]
    assert [(other["name"], other["confidence"]) for other in others] == [
        ("vision", 0.3),
        ("speech", 0.1),
        ("web-search", None),
    ]


@pytest.mark.parametrize(
    ("usages", "cost"),
    [
        pytest.param([events.Usage("m", 10, 5, 0.5), events.Usage("m", 1, 1, 0.25)], 0.75, id="known"),
        pytest.param([events.Usage("m", 10, 5, 0.5), events.Usage("m", 1, 1)], None, id="known in part"),
    ],
)
async def test_usage_is_added_up_and_costs_are_named_only_when_all_are_known(
    usages: list[Event], cost: float | None
) -> None:
    canvas = await drawn([CHOSEN, events.TextDelta("Hi"), *usages])
    usage = canvas.footer["props"]["usage"]
    assert (usage["input"], usage["output"], usage["cost"]) == (11, 6, cost)


async def test_citations_link_to_their_pages_and_only_to_web_addresses() -> None:
    canvas = await drawn([CHOSEN, SOURCES, events.TextDelta("Cats sleep [1], it is said [2].")])
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == r"Cats sleep [\[1\]](https://example.org/cats), it is said [2]."
    listed = canvas.footer["props"]["sources"]
    assert [source["url"] for source in listed] == ["https://example.org/cats", None]
    assert listed[0]["site"] == "example.org"


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("audio/wav", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "pdf"),
        ("text/csv", "file"),
        ("image/tiff", "file"),
    ],
)
async def test_a_file_is_kept_and_shown_as_what_it_is(media_type: str, kind: str) -> None:
    canvas = await drawn([CHOSEN, events.FileReady("made.bin", media_type, b"data", "A made thing")])
    assert canvas.kept[0][1:] == (media_type, b"data")
    (element,) = [e for e in canvas.elements.values() if e["type"] != "custom"]
    assert (element["type"], element["chainlitKey"], element["name"]) == (kind, "file-1", "made.bin")


async def test_a_notice_of_one_key_is_one_line_that_changes() -> None:
    canvas = await drawn(
        [
            events.Notice("queue", "2 before you"),
            events.Notice("queue", "1 before you"),
            CHOSEN,
            events.TextDelta("Hi"),
        ]
    )
    (line,) = canvas.of_kind("undefined")
    assert line["name"] == "1 before you"
    assert line["end"]


async def test_a_question_offers_its_choices_as_buttons_and_says_that_it_is_unsure() -> None:
    canvas = await drawn(
        [
            UNSURE,
            events.Choices("Search or talk?", (Choice("web-search", "Look it up"), Choice("text", "Text"))),
        ]
    )
    (message,) = canvas.of_kind("assistant_message")
    assert message["output"] == "Search or talk?"
    props = canvas.footer["props"]
    assert canvas.footer["forId"] == message["id"]
    assert props["choices"] == [
        {"name": "web-search", "label": "Look it up", "description": "Pages.", "confidence": 0.55},
        {"name": "text", "label": "Text", "description": "Words.", "confidence": 0.4},
    ]
    assert (props["route"]["certainty"], props["route"]["question"]) == ("unsure", True)
    assert {other["name"] for other in props["others"]} == {"web-search", "text"}


async def test_a_message_that_became_a_question_went_nowhere_yet() -> None:
    drawing = Drawing(Paper(Recorder()), Footer(TURN, ROUTES), Pace())
    await drawing.draw(UNSURE)
    assert drawing.route is None
    assert drawing.decision == UNSURE.decision


async def test_a_failure_says_what_happened_and_what_to_do_and_keeps_what_was_written() -> None:
    canvas = await drawn(
        [CHOSEN, events.TextDelta("Half of"), events.Failed("It broke off.", "Press Again.")]
    )
    partial, failure = canvas.of_kind("assistant_message")
    assert partial["output"] == "Half of"
    assert "It broke off." in failure["output"]
    assert "Press Again." in failure["output"]
    assert failure["isError"]
    assert canvas.footer["props"]["outcome"] == "failed"


async def test_a_reply_that_was_stopped_leaves_nothing_running() -> None:
    canvas = await drawn([CHOSEN, events.ThinkingDelta("Hm"), events.ToolStarted("1", "search")], "stopped")
    assert all(step["end"] and not step["streaming"] for step in canvas.steps.values())
    assert canvas.footer["props"]["outcome"] == "stopped"


async def test_a_reply_without_a_word_still_has_its_footer() -> None:
    canvas = await drawn([CHOSEN], "stopped")
    (message,) = canvas.of_kind("assistant_message")
    assert canvas.footer["forId"] == message["id"]


async def test_a_browser_that_missed_everything_is_shown_everything() -> None:
    canvas = Recorder(is_deaf=True)
    paper = Paper(canvas)
    drawing = Drawing(paper, Footer(TURN, ROUTES), Pace())
    await drawing.begin()
    await drawing.draw(CHOSEN)
    await drawing.draw(events.TextDelta("All of it"))
    await drawing.finish("done")
    canvas.is_deaf = False
    await paper.repaint()
    assert canvas.of_kind("assistant_message")[0]["output"] == "All of it"
    assert canvas.footer["props"]["outcome"] == "done"
