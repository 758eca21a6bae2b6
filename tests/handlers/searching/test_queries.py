"""What a model wrote, read as queries or not at all."""

from __future__ import annotations

import pytest

from vtai.handlers.searching import queries, words


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        pytest.param('["a b", "c d"]', ("a b", "c d"), id="a list"),
        pytest.param('{"queries": ["a"]}', ("a",), id="an object"),
        pytest.param('```json\n["a"]\n```', ("a",), id="fenced"),
        pytest.param('["a", "b", "c", "d"]', ("a", "b", "c"), id="too many"),
        pytest.param('["a", "a", ""]', ("a",), id="twice and empty"),
        pytest.param("cat weight", ("cat weight",), id="a line"),
        pytest.param('1. "cat weight"\n2. dog weight', ("cat weight", "dog weight"), id="numbered"),
        pytest.param("- a\n\n- b", ("a", "b"), id="bullets"),
        pytest.param("", (), id="nothing"),
        pytest.param("[]", (), id="an empty list"),
        pytest.param("42", (), id="a number"),
        pytest.param('["a", {"b": 1}]', (), id="a list with more"),
        pytest.param("I am sorry, I cannot do that.", (), id="a sentence"),
        pytest.param("Queries:\na\nb", (), id="a heading"),
        pytest.param("a\nb\nc\nd", (), id="many lines"),
        pytest.param('["unclosed', (), id="broken"),
        pytest.param(f'["{"word " * 40}"]', (), id="an essay"),
        pytest.param("[" * 100_000, (), id="deep"),
    ],
)
def test_a_note_is_read_strictly(note: str, expected: tuple[str, ...]) -> None:
    assert queries.parsed(note) == expected


@pytest.mark.parametrize(
    ("text", "is_query"),
    [
        ("weather in Paris tomorrow", True),
        ("Who won the match last night?", True),
        ("I like cats. Which ones are quiet?", False),
        ("one\ntwo", False),
        ("a " * 13, False),
    ],
)
def test_short_messages_are_queries_already(text: str, is_query: bool) -> None:
    assert queries.is_query(text.strip()) is is_query


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("research solar panels", "solar panels"),
        ("Research: solar panels", "solar panels"),
        ("can you do some deep research into solar panels", "solar panels"),
        ("recherchiere gründlich zu Solarzellen", "Solarzellen"),
        ("investiga sobre paneles solares", "paneles solares"),
        ("深入研究太阳能", "太阳能"),
        ("research shows that coffee is good, true?", None),
        ("research papers on coffee", None),
        ("researchers at Oxford", None),
        ("what is research", None),
        ("research", None),
    ],
)
def test_a_message_may_begin_by_asking_for_research(text: str, subject: str | None) -> None:
    assert words.research_subject(text) == subject


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("and in euros?", True),
        ("und in Euro?", True),
        ("how heavy are they?", True),
        ("why?", True),
        ("weather in Paris", False),
        ("Android phones", False),
        ("Wetter in Paris", False),
    ],
)
def test_what_leans_on_the_message_before_is_known(text: str, leans: bool) -> None:
    assert words.is_elliptical(text) is leans
