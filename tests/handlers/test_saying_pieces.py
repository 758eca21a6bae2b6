"""Markdown cut into pieces for a voice while it is being written."""
# ruff: noqa: RUF001 - the characters of other scripts are what is tested

from __future__ import annotations

import itertools

import pytest

from tests.handlers.voices import pieces_of
from vtai.handlers.saying.sentences import Sentences


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("It comes to 3.14 in all. | The rest is silence.", id="decimal"),
        pytest.param(
            "Dr. Who and Mr. T. met J. R. R. Smith at 5 p.m. sharp. | Then they all went home.", id="names"
        ),
        pytest.param("See Fig. 3 and e.g. Sec. 4 of this. | Then go on from there.", id="short forms"),
        pytest.param("She lives in the U.S. since 1990. | He does not live there.", id="U.S."),
        pytest.param("Well... it went on and on... and on. | Then it was over at last.", id="ellipses"),
        pytest.param('"Stop!" he said to the driver. | "Why should I stop?" was the answer.', id="quotes"),
        pytest.param("Is this a question, really?! | Yes, I think that it is one.", id="two marks"),
        pytest.param(
            "The file a.b.txt is on example.org now. | Open it as soon as you can.", id="dots in names"
        ),
        pytest.param("The first sentence (with a bracket.) | The second sentence has none.", id="bracket"),
    ],
)
def test_sentences_end_where_they_end(text: str) -> None:
    cut = Sentences("en")
    plain = text.replace(" | ", " ")
    first, *rest = [*cut.feed(plain), *cut.finish()]
    assert [first, *rest] == text.replace("Dr.", "Doctor").replace("Mr.", "Mister").replace(
        "Fig.", "Figure"
    ).replace("e.g.", "for example").split(" | ")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        pytest.param("今日は天気がいいです。明日は雨が降ります！どうしますか？", 2, id="Japanese"),
        pytest.param(
            "今天天气很好，我们去公园散步吧。明天会下雨！你想做什么呢？我们再看看吧。", 2, id="Chinese"
        ),
        pytest.param(
            "مرحبا بك في هذا المكان. كيف حالك اليوم يا صديقي العزيز؟ أنا بخير والحمد لله.", 2, id="Arabic"
        ),
        pytest.param("आज मौसम बहुत अच्छा है। कल बारिश होगी और हम घर पर रहेंगे।", 2, id="Hindi"),
        pytest.param(
            "Am 3. Oktober kostet es Tel. 4 und vieles. Danach ist alles wie zuvor.", 2, id="German"
        ),
    ],
)
def test_sentences_of_other_languages_are_cut_too(text: str, ends: int) -> None:
    cut = pieces_of(text)
    assert len(cut) == ends
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")


def test_the_first_piece_is_there_before_the_paragraph_ends() -> None:
    sentences = Sentences()
    assert list(sentences.feed("The tide is out today. It will")) == ["The tide is out today."]


def test_a_short_first_sentence_waits_for_the_next() -> None:
    sentences = Sentences()
    assert list(sentences.feed("Sure! ")) == []
    assert list(sentences.feed("Here is how it works. And")) == ["Sure! Here is how it works."]


def test_a_long_first_sentence_is_begun_before_it_is_over() -> None:
    sentences = Sentences()
    clause = "this is a clause of some length, "
    first = list(sentences.feed(clause * 6))
    assert first
    assert first[0].endswith(",")
    assert len(first[0]) <= 160


@pytest.mark.parametrize(
    ("begun", "rest", "words"),
    [
        pytest.param(
            "```py\nprint('A whole sentence. Another.')\n",
            "```\n",
            "A line of Python code is left out.",
            id="code",
        ),
        pytest.param(
            "| a | b |\n|---|---|\n| One whole sentence. | 2 |\n", "\n", "One whole sentence.: 2.", id="table"
        ),
        pytest.param(
            "See [the long text. And more",
            "](http://a.org) of it",
            "See the long text. And more of it",
            id="link",
        ),
        pytest.param(
            "Run `a. B c. D and so on. ", "E` now", "Run a. B c. D and so on. E now", id="code span"
        ),
    ],
)
def test_what_is_open_is_held_back(begun: str, rest: str, words: str) -> None:
    sentences = Sentences()
    assert list(sentences.feed(begun)) == []
    assert " | ".join([*sentences.feed(rest), *sentences.finish()]) == words


def test_later_pieces_are_one_to_three_sentences_of_no_more_than_400_letters() -> None:
    text = " ".join(f"This is sentence number {n} of a long text, and it has a comma." for n in range(60))
    cut = pieces_of(text)
    assert " ".join(cut) == text
    assert all(len(piece) <= 400 for piece in cut)
    assert all(1 <= piece.count("comma.") <= 3 for piece in cut)


@pytest.mark.parametrize("word", ["word ", "字", "x"])
def test_a_sentence_without_end_is_cut_all_the_same(word: str) -> None:
    cut = pieces_of(word * 2_000)
    assert "".join(cut).replace(" ", "") == (word * 2_000).replace(" ", "")
    assert all(len(piece) <= 400 for piece in cut)


LONG = """# The weather

Sure! It is **12.5 °C** there, e.g. in the 5th district[1][2]. See [the page](https://x.org/a.b).
Dr. Who said "Stop!" `he` cried. And "Go!"

- one `foo_bar()` 🎉
- two. And more of it
  1. First thing

```python
x = 1
```

| Country | Capital |
|---|:-:|
| France | Paris |

The formula $E = mc^2$ and $5. Also done → over.

> quoted *text. More* text here
> and on
"""


@pytest.mark.parametrize("step", [1, 2, 3, 7, 20, 64])
def test_the_borders_of_what_streams_in_change_nothing(step: int) -> None:
    assert pieces_of(LONG, step) == pieces_of(LONG)


def test_a_step_in_between_ends_the_sentence() -> None:
    sentences = Sentences()
    said = [
        *sentences.feed("Let me look that up"),
        *sentences.pause(),
        *sentences.feed("Here it is."),
        *sentences.finish(),
    ]
    assert said == ["Let me look that up", "Here it is."]


def test_what_is_only_left_out_has_no_words() -> None:
    for markdown, has_words in (("```\nx\n```", False), ("---", False), ("Hi\n```\nx\n```", True)):
        sentences = Sentences()
        assert [*itertools.chain(sentences.feed(markdown), sentences.finish())] or not has_words
        assert sentences.has_words is has_words


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 20_000,
        "`" * 20_001,
        "*" * 20_000,
        "(" * 9_000 + ")" * 9_000,
        "$a " * 8_000,
        "| " * 9_000,
        "<a " * 9_000,
        "[a](" * 5_000,
        "_a" * 9_000,
        "\\" * 9_999,
        "1. " * 9_000,
        "> " * 9_000,
        "http://" * 4_000,
        "a.\n" * 2_000,
    ],
    ids=range(14),
)
def test_odd_texts_end_and_raise_nothing(hostile: str) -> None:
    for step in (50, len(hostile)):
        pieces_of(hostile, step)
