"""Words as they are searched for, in many scripts, and the places where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.storage import excerpts, wording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World_2!", ["hello", "world", "2"]),
        ("don't e-mail", ["don", "t", "e", "mail"]),
        ("Zürich ZU\u0308RICH naïve", ["zurich", "zurich", "naive"]),
        ("Straße ﬁn ½", ["strasse", "fin", "1", "2"]),
        ("Ελλάδα Москва́ ёж", ["ελλαδα", "москва", "еж"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京へ行く", list("東京へ行く")),
        ("か\u3099く", ["が", "く"]),
        ("한국어 OK", ["한", "국", "어", "ok"]),
        ("ไทย", list("ไทย")),
        ("\uff26\uff35\uff2c\uff2c\u3000width", ["full", "width"]),
        ("x" * 100, ["x" * 40]),
        ("!?\0\n\ud800\U0001f600", []),
        ("", []),
    ],
    ids=[
        "plain",
        "signs",
        "accents",
        "letters",
        "greek",
        "points",
        "hindi",
        "japanese",
        "marks",
        "korean",
        "thai",
        "wide",
        "long",
        "nothing",
        "empty",
    ],
)
def test_a_text_is_words_in_one_form(text: str, expected: list[str]) -> None:
    assert wording.of(text) == expected


@given(st.text())
def test_words_have_nothing_that_a_database_could_read_as_something_else(text: str) -> None:
    for word in wording.of(text):
        assert word
        assert len(word) <= 40
        assert not set(word) & set(" \t\r\n\0'\"\\:*&|!()<>-+^{}_")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris hotel", (("paris",), ("hotel",))),
        ("don't 東京", (("don", "t"), ("東", "京"))),
        ('"a b" OR c*', (("a",), ("b",), ("or",), ("c",))),
        ("' -- ()", ()),
        ("w " * 100, (("w",),) * 16),
    ],
    ids=["words", "together", "operators", "signs", "many"],
)
def test_each_word_of_a_search_is_a_phrase(text: str, expected: tuple[wording.Phrase, ...]) -> None:
    assert wording.phrases(text) == expected


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("We went to Zürich by train", "zurich", ["Zürich"]),
        ("trains and training", "train", ["trains", "training"]),
        ("train trained, training", "training", ["training"]),
        ("the train, the bus", "the b", ["the", "the", "bus"]),
        ("I don't, don u", "don't", ["don't"]),
        ("明日東京へ", "東京", ["東京"]),
        ("aa aa aa", "aa aa", ["aa", "aa", "aa"]),
        ("nothing", "else", []),
        ("", "x", []),
    ],
    ids=["accent", "ending", "whole", "several", "phrase", "japanese", "same", "none", "empty"],
)
def test_an_excerpt_marks_the_words(text: str, words: str, marked: list[str]) -> None:
    excerpt, marks = excerpts.cut(text, wording.phrases(words))
    assert excerpt == text
    assert [excerpt[start:end] for start, end in marks] == marked


def test_an_excerpt_of_a_long_text_is_around_the_first_word() -> None:
    text = "lorem ipsum\n" * 5000 + "here is the\tneedle, " + "dolor sit\n" * 5000
    excerpt, marks = excerpts.cut(text, wording.phrases("needle"))
    assert [excerpt[start:end] for start, end in marks] == ["needle"]
    assert len(excerpt) < 250
    assert excerpt.startswith("\u2026")
    assert excerpt.endswith("\u2026")
    assert "\n" not in excerpt
    assert "here is the needle, dolor" in excerpt


@given(st.text(), st.text())
def test_marks_are_in_order_and_within_the_excerpt(text: str, words: str) -> None:
    excerpt, marks = excerpts.cut(text, wording.phrases(words))
    last = 0
    for start, end in marks:
        assert last <= start < end <= len(excerpt)
        last = end
