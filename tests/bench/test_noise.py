"""Noise changes how a message is typed, not what is pasted into it."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.routing_bench import noise

SENTENCE = "Please describe the mountain village behind the old railway station"
WITH_ADDRESS = "Look at https://example.org/Some-Picture.PNG please, would you?"


@pytest.mark.parametrize("name", noise.NOISES)
def test_noise_is_the_same_in_every_run(name: str) -> None:
    assert noise.NOISES[name](SENTENCE, "en") == noise.NOISES[name](SENTENCE, "en")


@pytest.mark.parametrize("name", noise.NOISES)
def test_addresses_are_left_alone(name: str) -> None:
    assert "https://example.org/Some-Picture.PNG" in noise.NOISES[name](WITH_ADDRESS, "en")


@pytest.mark.parametrize("name", noise.NOISES)
@pytest.mark.parametrize("text", [pytest.param("", id="empty"), pytest.param(" ?", id="a mark")])
def test_next_to_nothing_is_survived(name: str, text: str) -> None:
    assert len(noise.NOISES[name](text, "en")) <= len(text)


def test_typos_change_few_words_by_a_letter_or_two() -> None:
    before, after = SENTENCE.split(" "), noise.typos(SENTENCE, "en").split(" ")
    changed = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
    assert len(changed) == 1
    one, two = changed[0]
    assert one[0] == two[0]
    assert abs(len(one) - len(two)) <= 1


def test_typos_spare_short_words_numbers_and_wide_scripts() -> None:
    text = "a 2026 it 天気予報はどう"
    assert noise.typos(text, "ja") == text


def test_case_is_changed_everywhere_else() -> None:
    assert noise.lower_case("Was Ist Das?", "de") == "was ist das?"
    assert noise.upper_case("was ist das?", "de") == "WAS IST DAS?"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("Wait, what?! (really)", "Wait what really", id="marks around words"),
        pytest.param("don't open sales.csv", "don't open sales.csv", id="marks inside words"),
        pytest.param("今日は、晴れ。", "今日は晴れ", id="marks of a wide script"),
        pytest.param("fix: ```f(x);```", "fix: ```f(x);```", id="code"),
    ],
)
def test_punctuation_is_removed_but_from_names_and_code(text: str, left: str) -> None:
    assert noise.no_punctuation(text, "en") == left


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        pytest.param("draw a cat.", "en", "draw a cat please", id="English"),
        pytest.param("zeichne eine Katze!", "de", "zeichne eine Katze bitte", id="German"),
        pytest.param("draw a cat", "xx", "draw a cat please", id="unknown language"),
        pytest.param('say "hi!"', "en", 'say "hi!" please', id="a quotation stays whole"),
    ],
)
def test_please_comes_last_in_the_language_of_the_message(text: str, language: str, asked: str) -> None:
    assert noise.trailing_please(text, language) == asked


def test_removing_punctuation_removes_nothing_else() -> None:
    text = "Well - if it's so: why not, then?"
    letters = Counter(sign for sign in text if sign.isalnum())
    assert Counter(sign for sign in noise.no_punctuation(text, "en") if sign.isalnum()) == letters
