"""Text of tools stays in its block, whatever it holds and however it comes."""

from __future__ import annotations

import re

import pytest

from vtai.ui.verbatim import Verbatim, block

OPENING = re.compile(r"(~{3,})([a-z0-9]*)\n")
TEXTS = (
    pytest.param("plain", id="plain"),
    pytest.param("```\n![a](https://outside.example/a.png)\n```", id="backticks"),
    pytest.param("~" * 5_000 + "\n![a](https://outside.example/a.png)", id="many tildes"),
    pytest.param("a\r" + "~" * 150 + " \t\r[b](https://outside.example)", id="carriage returns"),
    pytest.param("  " + "~" * 101 + "\n<img src=x>", id="indented tildes"),
)


def closes(text: str, fence: str) -> bool:
    """Whether a line of the text would end a block that the fence began."""
    lines = re.split(r"\r\n|\r|\n", text)
    return any(re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*", line) for line in lines)


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_ends_its_block(text: str) -> None:
    shown = block(text, "python")
    opening = OPENING.match(shown)
    assert opening is not None
    assert opening[2] == "python"
    assert not closes(shown[opening.end() :], opening[1])


@pytest.mark.parametrize("size", [1, 7, 99, 100, 101])
@pytest.mark.parametrize("text", TEXTS)
def test_in_pieces_it_is_the_same_as_at_once(text: str, size: int) -> None:
    verbatim = Verbatim()
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    assert "".join(map(verbatim.feed, pieces)) == block(text)


def test_tildes_as_people_use_them_stay() -> None:
    assert block("a ~~~~ b\n~~~\nc").endswith("\na ~~~~ b\n~~~\nc")


@pytest.mark.parametrize("language", ["py thon", "a\n![b](c)", "Ü", "x" * 30])
def test_a_language_that_is_no_plain_word_is_none(language: str) -> None:
    opening = OPENING.match(block("x", language))
    assert opening is not None
    assert opening[2] == ""


def test_nothing_is_no_block() -> None:
    assert block(" \n") == ""
