"""Markdown made speakable: marks gone, signs in words, code and tables told about."""
# ruff: noqa: RUF001 - the characters of other scripts are what is tested

from __future__ import annotations

import pytest

from tests.handlers.voices import pieces_of


def spoken(markdown: str, language: str | None = None) -> str:
    return " | ".join(pieces_of(markdown, language=language))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("## Title ##\n\ntext", "Title.\n\ntext", id="heading"),
        pytest.param("Title\n=====\ntext", "Title.\n\ntext", id="underlined heading"),
        pytest.param("a **bold** *it* __b__ _i_ ***both*** ~~no~~", "a bold it b i both no", id="emphasis"),
        pytest.param("a snake_case_name", "a snake case name", id="name in the text"),
        pytest.param(
            "call `read_file()` or `getUserName`", "call read file or get User Name", id="code span"
        ),
        pytest.param("2 * 3 and 4 × 5", "2 times 3 and 4 times 5", id="times"),
        pytest.param("see [the page](https://x.org/a_(b)) ![a cat](c.png)", "see the page a cat", id="links"),
        pytest.param("see <https://www.example.org/a?b=1>.", "see a link to example.org.", id="address"),
        pytest.param("at https://example.org/a.html.", "at a link to example.org.", id="bare address"),
        pytest.param(
            "**https://a.org** and www.b.org", "a link to a.org and a link to b.org", id="addresses"
        ),
        pytest.param("so it is [1][2, 3].", "so it is.", id="citations"),
        pytest.param("See it[^1] now.\n\n[^1]: A note.\n\n[a]: http://b.org", "See it now.", id="footnotes"),
        pytest.param("It is so.¹ And x² grows", "It is so. And x squared grows", id="raised numbers"),
        pytest.param("- one\n* two\n+ [x] three", "one.\ntwo.\nthree", id="list"),
        pytest.param("1. one\n2) two", "1. one.\n2. two", id="numbered list"),
        pytest.param(
            "> quoted *text*\n> goes on\n\n---\n\nafter", "quoted text goes on.\n\nafter", id="quote"
        ),
        pytest.param("a<br>b <b>c</b> 1 < 2 &amp; 3<sup>[4]</sup>", "a\nb c 1 < 2 & 3", id="tags"),
        pytest.param("a <!-- hidden\nb --> c", "a c", id="comment"),
        pytest.param(r"\*not\* bold, \# no heading", "*not* bold, # no heading", id="escapes"),
        pytest.param("done 🎉✅ 👩‍👧 :tada: now", "done now", id="emoji"),
        pytest.param("a → b", "a, b", id="arrow"),
        pytest.param("bold **over. Two** sentences", "bold over. Two sentences", id="emphasis over an end"),
        pytest.param("open ** and `code", "open and code", id="marks without partners"),
        pytest.param("one\ntwo", "one two", id="soft break"),
        pytest.param("one  \ntwo", "one\ntwo", id="hard break"),
        pytest.param("a | b", "a, b", id="bar"),
        pytest.param("***", "", id="rule alone"),
        pytest.param("🎉", "", id="nothing to say"),
    ],
)
def test_marks_are_not_spoken(markdown: str, words: str) -> None:
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words", "language"),
    [
        pytest.param("5 km, 1 kg, 20 °C", "5 kilometres, 1 kilogram, 20 degrees Celsius", "en", id="units"),
        pytest.param(
            "at 90 km/h, 5m², 30%", "at 90 kilometres per hour, 5 square metres, 30 percent", "en", id="more"
        ),
        pytest.param("the 1990s, 5G and 3D", "the 1990s, 5G and 3D", "en", id="no units"),
        pytest.param("$5.50, €3 million, 1 €", "5.50 dollars, 3 million euros, 1 euro", "en", id="money"),
        pytest.param("from 1914–1918", "from 1914 to 1918", "en", id="range"),
        pytest.param(
            "e.g. this, i.e. that, etc.", "for example this, that is that, et cetera.", "en", id="short"
        ),
        pytest.param("5 km, z. B. für 5,50 €", "5 Kilometer, zum Beispiel für 5,50 Euro", "de", id="German"),
        pytest.param("5 km à 20 °C", "5 kilomètres à 20 degrés Celsius", "fr", id="French"),
        pytest.param("5 km", "5 km", "th", id="a language without words for it"),
        pytest.param("3.14 and 1,234,567", "3.14 and 1,234,567", "en", id="numbers"),
        pytest.param("v1.2.3 at 10:30", "v1.2.3 at 10:30", "en", id="version and time"),
    ],
)
def test_signs_and_units_are_words(markdown: str, words: str, language: str) -> None:
    assert spoken(markdown, language) == words


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        pytest.param("$E = mc^2$", "E equals mc squared", id="power"),
        pytest.param(
            r"\(\frac{a}{b} \leq \sqrt{x}\)", "a over b is at most the square root of x", id="fraction"
        ),
        pytest.param("$$x_1 + x_{n}$$", "x 1 plus x n", id="index"),
        pytest.param("$$\na^{10} \\cdot 2\n$$", "a to the power of 10 times 2", id="on lines of its own"),
        pytest.param("$$\\begin{matrix}a & b\\end{matrix}$$", "A formula is left out.", id="too much"),
        pytest.param(
            "it costs $5 and $10 or $20", "it costs 5 dollars and 10 dollars or 20 dollars", id="money"
        ),
        pytest.param("the number $n$ of $f(x)$", "the number n of f(x)", id="letters"),
    ],
)
def test_simple_formulas_are_read(tex: str, words: str) -> None:
    assert spoken(tex) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("```py\nx = 1\ny = 2\n```", "A code block of 2 lines in Python is left out.", id="code"),
        pytest.param("~~~\nx\n~~~", "A line of code is left out.", id="one line"),
        pytest.param("```sql\nSELECT 1\n```", "A line of SQL code is left out.", id="one line of a language"),
        pytest.param("```\nnever\nclosed", "A code block of 2 lines is left out.", id="open"),
        pytest.param(
            "````md\n```\nx\n```\n````", "A code block of 3 lines in Markdown is left out.", id="nested"
        ),
        pytest.param("    x = 1\n    y = 2", "A code block of 2 lines is left out.", id="indented"),
        pytest.param("```\n```", "", id="empty"),
        pytest.param(
            "Das ist der Code:\n```js\na\nb\n```",
            "Das ist der Code:\n\nEin Codeblock mit 2 Zeilen in JavaScript ist ausgelassen.",
            id="in the language of the text",
        ),
        pytest.param(
            "コードは次の通りです。\n```\na\nb\n```",
            "コードは次の通りです。 | 2行のコードを省略します。",
            id="Japanese",
        ),
    ],
)
def test_code_is_told_about(markdown: str, words: str) -> None:
    assert spoken(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("| a | b |\n|---|:-:|\n| 1 | 2 |", "1: 2.", id="two columns"),
        pytest.param(
            "| City | Land | EU |\n|-|-|-|\n| **Oslo** | Norway | ❌ |\n| Rome | Italy | ✅ |",
            "Oslo. Land: Norway, EU: no. | Rome. Land: Italy, EU: yes.",
            id="rows with their headings",
        ),
        pytest.param("a | b\n--- | ---\n1 | 2\n\nafter", "1: 2.\n\nafter", id="without outer bars"),
        pytest.param("| a | b | c |\n|-|-|-|\n| x | | 3 |", "x. c: 3.", id="empty cells"),
        pytest.param("| a |\n|---|", "a.", id="headings alone"),
        pytest.param(
            "| n | square |\n|---|---|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(30)),
            "A table of 30 rows is left out. Its columns are n, square.",
            id="large",
        ),
    ],
)
def test_tables_are_read_row_by_row_or_told_about(markdown: str, words: str) -> None:
    assert spoken(markdown) == words
