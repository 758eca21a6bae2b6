"""Reasoning is told from the answer wherever the pieces of a stream break."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import events_of
from vtai.core import think_tags
from vtai.core.errors import StreamCut
from vtai.core.events import Event, TextDelta, ThinkingDelta, Usage
from vtai.core.ports import ModelEvent
from vtai.core.think_tags import Splitter

_TAGS = ["<think>", "</think>", "<THINKING>", "</thinking>", "<thin", "<", "</", "k>"]
_MARKDOWN = ["`", "``", "```", "~~~", "\n", "\n\n", "\r\n", "> ", " ", "a", "why", "é"]
_TOKENS = st.sampled_from([*_TAGS, *_MARKDOWN])
_ANSWERS = st.lists(_TOKENS, max_size=25).map("".join)


def joined(pieces: list[TextDelta | ThinkingDelta]) -> list[tuple[type, str]]:
    """Neighbouring pieces of one kind put together."""
    runs: list[tuple[type, str]] = []
    for piece in pieces:
        if runs and runs[-1][0] is type(piece):
            runs[-1] = (type(piece), runs[-1][1] + piece.text)
        else:
            runs.append((type(piece), piece.text))
    return runs


@given(answer=_ANSWERS, cuts=st.lists(st.integers(0, 120), max_size=12))
def test_any_chunking_gives_the_same_pieces(answer: str, cuts: list[int]) -> None:
    whole, parted = Splitter(), Splitter()
    expected = joined([*whole.feed(answer), *whole.finish()])
    borders = [0, *sorted(min(cut, len(answer)) for cut in cuts), len(answer)]
    pieces = [piece for start, end in pairwise(borders) for piece in parted.feed(answer[start:end])]
    assert joined([*pieces, *parted.finish()]) == expected


@given(answer=_ANSWERS)
def test_nothing_but_tags_is_ever_left_out(answer: str) -> None:
    splitter = Splitter()
    kept = "".join(piece.text for piece in [*splitter.feed(answer), *splitter.finish()])
    pattern = re.compile(r"(</?think(?:ing)?>)", re.IGNORECASE)
    position = 0
    for part in pattern.split(answer):
        if kept.startswith(part, position):
            position += len(part)
        else:
            assert pattern.fullmatch(part), f"{part!r} was lost"
    assert position == len(kept)


def test_only_what_could_begin_a_tag_is_held_back() -> None:
    splitter = Splitter()
    assert splitter.feed("at once <") == [TextDelta("at once ")]
    assert splitter.feed("thin ice") == [TextDelta("<thin ice")]
    assert splitter.feed("</thinkin") == []
    assert splitter.finish() == [TextDelta("</thinkin")]


@pytest.mark.parametrize(
    ("answer", "text", "thinking"),
    [
        pytest.param("plain", "plain", "", id="no tags"),
        pytest.param("<think>why</think>because", "because", "why", id="think"),
        pytest.param("<Thinking>why</THINKING>because", "because", "why", id="thinking, any case"),
        pytest.param("a<think>b</think>c<think>d</think>e", "ace", "bd", id="twice"),
        pytest.param("<think>never closed", "", "never closed", id="unclosed"),
        pytest.param("answer</think> goes on", "answer goes on", "", id="stray closing"),
        pytest.param("<think>a <think> b</think>c", "c", "a <think> b", id="opening inside"),
        pytest.param("a < b and <thin ice", "a < b and <thin ice", "", id="not quite a tag"),
        pytest.param("ends with <thi", "ends with <thi", "", id="cut in a tag"),
        pytest.param("use `<think>` so", "use `<think>` so", "", id="code span"),
        pytest.param("``a ` <think>`` b", "``a ` <think>`` b", "", id="span of two"),
        pytest.param("```xml\n<think>x</think>\n```\n", "```xml\n<think>x</think>\n```\n", "", id="fence"),
        pytest.param("~~~\n<think>\n~~~\n<think>w</think>", "~~~\n<think>\n~~~\n", "w", id="after a fence"),
        pytest.param("a lone ` tick\n\n<think>w</think>t", "a lone ` tick\n\nt", "w", id="lone backtick"),
        pytest.param("<think>```\n</think>t", "t", "```\n", id="fence left open in thinking"),
    ],
)
def test_a_complete_answer_is_split(answer: str, text: str, thinking: str) -> None:
    assert think_tags.split(answer) == (text, thinking)


@pytest.mark.parametrize(
    ("message", "kept", "is_marked"),
    [
        pytest.param("<think> why is the sky blue?", "why is the sky blue?", True, id="in front"),
        pytest.param("why is the sky blue? <think>", "why is the sky blue?", True, id="at the end"),
        pytest.param("so <THINK> tell me", "so tell me", True, id="in the middle, any case"),
        pytest.param("<think>", "", True, id="alone"),
        pytest.param("<thinking>\nfirst\nsecond", "first\nsecond", True, id="thinking, own line"),
        pytest.param("what does `<think>` do?", "what does `<think>` do?", False, id="code span"),
        pytest.param("```\n<think>\n```", "```\n<think>\n```", False, id="fence"),
        pytest.param("<think>a</think> b, why?", "<think>a</think> b, why?", False, id="a quotation"),
        pytest.param("do you think so?", "do you think so?", False, id="the word"),
    ],
)
def test_the_mark_is_taken_out_of_a_message(message: str, kept: str, is_marked: bool) -> None:
    assert think_tags.take_marker(message) == (kept, is_marked)


async def test_a_stream_passes_other_events_in_their_order() -> None:
    async def model() -> AsyncGenerator[ModelEvent, None]:
        yield ThinkingDelta("vendor's own")
        yield TextDelta("<thi")
        yield TextDelta("nk>why</think>so <")
        yield Usage("m", 1, 2)

    assert await events_of(think_tags.separated(model())) == [
        ThinkingDelta("vendor's own"),
        ThinkingDelta("why"),
        TextDelta("so "),
        TextDelta("<"),
        Usage("m", 1, 2),
    ]


async def test_a_broken_stream_still_gives_what_was_held_back() -> None:
    async def model() -> AsyncGenerator[ModelEvent, None]:
        yield TextDelta("a <")
        raise StreamCut("It broke.", "Try again.")

    stream = think_tags.separated(model())
    got: list[Event] = [await anext(stream), await anext(stream)]
    with pytest.raises(StreamCut):
        await anext(stream)
    assert got == [TextDelta("a "), TextDelta("<")]
