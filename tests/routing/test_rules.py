"""Facts decide before guesses: commands, marks, files, linked pictures, follow-ups."""

from pathlib import Path

import pytest

from vtai.core.messages import Attachment
from vtai.core.routes import Decision
from vtai.core.turn import Command, Preferences, Turn
from vtai.routing.rules import RulesRouter


def attached(name: str) -> Attachment:
    return Attachment(name, "", Path(name), 1)


async def choose(turn: Turn) -> Decision | None:
    return await RulesRouter().choose(turn)


@pytest.mark.parametrize(
    ("command", "route", "is_thinking"),
    [
        pytest.param("think", "text", True, id="think"),
        pytest.param("image", "image-generation", False, id="image"),
        pytest.param("search", "web-search", False, id="search"),
        pytest.param("speak", "speech", False, id="speak"),
        pytest.param("code", "assistant", False, id="code"),
        pytest.param("vision", "vision", False, id="vision"),
    ],
)
async def test_a_command_decides_whatever_the_message_says(
    command: Command, route: str, is_thinking: bool
) -> None:
    decision = await choose(Turn("hello", (attached("a.csv"),), command=command))
    assert decision is not None
    assert (decision.route, decision.is_thinking, decision.confidence) == (route, is_thinking, 1.0)
    assert decision.reason == f"You chose the {command.capitalize()} command."
    assert decision.router == "rules"


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        pytest.param("<think> why is the sky blue", True, id="in front"),
        pytest.param("why is the sky blue <THINK>", True, id="capitals, at the end"),
        pytest.param("what does the `<think>` tag do?", False, id="quoted"),
        pytest.param("```\n<think>\n```\nwhat is this", False, id="in a code block"),
        pytest.param("think hard about this", False, id="a plain word"),
    ],
)
async def test_the_think_mark_makes_a_thinking_text_turn(text: str, is_marked: bool) -> None:
    decision = await choose(Turn(text))
    assert (decision is not None and decision.route == "text" and decision.is_thinking) is is_marked


@pytest.mark.parametrize(
    ("text", "files", "route"),
    [
        pytest.param("what is this?", ["a.png"], "vision", id="question about a picture"),
        pytest.param("", ["a.png"], "vision", id="picture without a word"),
        pytest.param("make a list of what you see", ["a.png"], "vision", id="made of words"),
        pytest.param("write a caption", ["a.heic"], "vision", id="caption"),
        pytest.param("could you please have a look", ["a.png"], "vision", id="politeness"),
        pytest.param("how would I remove the stain on this shirt?", ["a.png"], "vision", id="asks how"),
        pytest.param("make the sky purple", ["a.png"], "image-generation", id="makes it so"),
        pytest.param("please remove the people", ["a.jpg"], "image-generation", id="removes"),
        pytest.param("erase the text", ["a.jpg"], "image-generation", id="text as a thing in the picture"),
        pytest.param("now in the style of Monet", ["a.jpg"], "image-generation", id="style"),
        pytest.param("entferne den Hintergrund", ["a.jpg"], "image-generation", id="German"),
        pytest.param("背景を消して", ["a.jpg"], "image-generation", id="Japanese"),
        pytest.param("写真を説明して", ["a.jpg"], "vision", id="Japanese question"),
        pytest.param("what is the average?", ["sales.csv"], "assistant", id="table"),
        pytest.param("Which columns does it have?", ["sales.csv"], "text", id="what stands in a table"),
        pytest.param("What does SKU stand for here?", ["sales.xlsx"], "text", id="a word of a table"),
        pytest.param(
            "Which columns have the highest total?", ["sales.csv"], "assistant", id="columns to be computed"
        ),
        pytest.param("plot it", ["sales.XLSX"], "assistant", id="workbook"),
        pytest.param("who speaks when", ["call.mp3"], "assistant", id="recording"),
        pytest.param("", ["call.mp3"], "text", id="recording alone"),
        pytest.param("Transcribe this, please.", ["film.mp4"], "text", id="recording to be written down"),
        pytest.param("compare with the photo", ["a.png", "b.csv"], "assistant", id="table beats picture"),
        pytest.param("summarise this", ["report.pdf"], None, id="a document is no fact"),
        pytest.param("hello", [], None, id="nothing attached"),
    ],
)
async def test_files_decide(text: str, files: list[str], route: str | None) -> None:
    decision = await choose(Turn(text, tuple(attached(name) for name in files)))
    assert (decision and decision.route) == route


async def test_a_reason_names_the_file_and_the_words_that_decided() -> None:
    decision = await choose(Turn("please remove the people", (attached("beach.jpg"),)))
    assert decision is not None
    assert "beach.jpg" in decision.reason
    assert "remove" in decision.reason


@pytest.mark.parametrize(
    ("text", "route"),
    [
        pytest.param("what is https://example.org/a.png?", "vision", id="question mark behind"),
        pytest.param("(see https://example.org/a.png)", "vision", id="in brackets"),
        pytest.param("https://example.org/a.jpg?size=2 describe it", "vision", id="query"),
        pytest.param("make it brighter: https://example.org/a.webp", "image-generation", id="change"),
        pytest.param("what is on https://example.org/a.html", None, id="a page"),
        pytest.param("why does `https://example.org/a.png` not load", None, id="in code quotes"),
        pytest.param("<img src='https://example.org/a.png'> how do I centre it", None, id="in markup"),
    ],
)
async def test_a_linked_picture_decides(text: str, route: str | None) -> None:
    decision = await choose(Turn(text))
    assert (decision and decision.route) == route


FOLLOW_UPS = [
    pytest.param("make it bluer", "image-generation", "image-generation", id="change a picture"),
    pytest.param("bluer", "image-generation", "image-generation", id="one word"),
    pytest.param("and in euros?", "web-search", "web-search", id="another unit"),
    pytest.param("what about Lyon", "web-search", "web-search", id="another place"),
    pytest.param("log scale", "assistant", "assistant", id="another plot"),
    pytest.param("read that to me", "text", "speech", id="hear the answer"),
    pytest.param("slower please", "speech", "speech", id="another speed"),
    pytest.param("how many are there?", "vision", "vision", id="another question"),
    pytest.param("make it shorter", "text", None, id="text stays open"),
    pytest.param("thanks!", "image-generation", None, id="thanks"),
    pytest.param("make it bluer", "web-search", None, id="fits another route"),
    pytest.param("who painted the Mona Lisa", "image-generation", None, id="stands alone"),
    pytest.param("more information on that", "image-generation", None, id="asks for words"),
]


@pytest.mark.parametrize(("text", "previous", "route"), FOLLOW_UPS)
async def test_an_elliptical_follow_up_goes_on_from_the_last_route(
    text: str, previous: str, route: str | None
) -> None:
    decision = await choose(Turn(text, previous_route=previous))
    assert (decision and decision.route) == route


async def test_follow_ups_are_left_alone_when_routing_by_itself_is_off() -> None:
    turn = Turn(
        "make it bluer",
        previous_route="image-generation",
        preferences=Preferences(routes_by_itself=False),
    )
    assert await choose(turn) is None


@pytest.mark.parametrize(
    ("text", "previous", "route"),
    [
        pytest.param("remove the hat", "vision", "image-generation", id="change"),
        pytest.param("Could you replace the sky?", "vision", "image-generation", id="asked politely"),
        pytest.param("list what you would change", "vision", None, id="words"),
        pytest.param("what is on the left?", "vision", "vision", id="question"),
        pytest.param("remove the hat", "text", None, id="no picture was talked about"),
    ],
)
async def test_a_change_of_the_picture_that_was_talked_about_makes_a_picture(
    text: str, previous: str, route: str | None
) -> None:
    decision = await choose(Turn(text, previous_route=previous))
    assert (decision.route if decision else None) == route
