"""Answers without remote pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from vtai.handlers.searching.unpictured import Unpictured

MARKDOWN = MarkdownIt("commonmark")
SIGNS = [
    *"[]()!`<> \n\\a1",
    *("![", "](", "![a](b)", "```", "\n# ", "\n> ", "\n~~~\n", "<img ", "<b ", "alt=x"),
]


def shown(*pieces: str) -> str:
    filtered = Unpictured()
    return "".join(filtered.feed(piece) for piece in pieces) + filtered.finish()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("a ![cat](https://x.org/?q=1) b", "a cat b", id="inline"),
        pytest.param('![](https://x.org/a_(1).png "t")!', "!", id="brackets and a title"),
        pytest.param("![a [b] c](https://x.org)", "a [b] c", id="brackets in the words"),
        pytest.param("![cat][1]\n\n[1]: https://x.org/", "cat\n\n[1]: https://x.org/", id="by name"),
        pytest.param("![cat][] and ![cat]", "cat and cat", id="by its own name"),
        pytest.param('<img alt="a cat" src="https://x.org/">', "a cat", id="a tag"),
        pytest.param("<IMG SRC=https://x.org/>so", "so", id="a tag without words"),
        pytest.param("<iframe src='https://x.org/'></iframe>", "</iframe>", id="a frame"),
        pytest.param(
            "`![a](b)` and\n```\n<img src=x>\n```", "`![a](b)` and\n```\n<img src=x>\n```", id="code"
        ),
        pytest.param("Stop![1] Go! [2]", "Stop! [1] Go! [2]", id="an exclamation and a citation"),
        pytest.param("a < b and 1 <2, <b>x</b>, wow!", "a < b and 1 <2, <b>x</b>, wow!", id="other signs"),
        pytest.param("![never closed", "[never closed", id="never closed"),
        pytest.param("![a](https://x.org/", "a(https://x.org/", id="cut in the address"),
        pytest.param("<img src='https://x.org/", "< img src='https://x.org/", id="cut in the tag"),
        pytest.param("![![a](https://x.org)](https://y.org)", "[a](https://x.org)", id="within each other"),
        pytest.param("!![a", "! [a", id="two exclamations"),
        pytest.param("![<img src=x>](y)", "img src=x", id="a tag in the words"),
        pytest.param('<<img alt="img src=x">>', "< img src=x>", id="a tag around the words"),
        pytest.param("[![a](https://x.org)](https://y.org)", "[a](https://y.org)", id="a picture as a link"),
        pytest.param("![!<![a](https://x.org)]", "[a](https://x.org)", id="within signs that are taken out"),
        pytest.param("a ` ![b](https://x.org)", "a ` b", id="after a backtick"),
        pytest.param("a `` ![b](https://x.org) `", "a `` b `", id="after backticks that another one follows"),
        pytest.param("a \\` ![b](https://x.org) `", "a \\` b `", id="after an escaped backtick"),
        pytest.param("a `\n# b ![c](https://x.org) `", "a `\n# b c `", id="after a backtick of other lines"),
        pytest.param(
            '<b title="`">![a](https://x.org)`', '<b title="`">a`', id="after a tag with a backtick"
        ),
        pytest.param("<img alt=x `>![a](https://x.org) `", "xa `", id="after a picture with a backtick"),
        pytest.param("[a](```)![b](https://x.org)```", "[a](```)b```", id="after an address with backticks"),
        pytest.param("<b ` > ` ![a](https://x.org) `", "<b ` > ` a `", id="after no tag"),
        pytest.param("> ```\n![a](https://x.org)", "> ```\na", id="after a quotation with code"),
        pytest.param("a `` ![b](c) ` `` d", "a `` ![b](c) ` `` d", id="code with a backtick"),
    ],
)
def test_a_picture_becomes_its_words(answer: str, expected: str) -> None:
    assert shown(answer) == expected
    assert shown(*answer) == expected


def parts(tokens: Iterable[Token]) -> Iterator[str]:
    """What a text consists of, tags that show nothing apart."""
    for token in tokens:
        if not token.type.startswith("html_") or "<img" in token.content:
            yield token.type
        yield from parts(token.children or ())


@given(
    answer=st.lists(st.sampled_from(SIGNS), max_size=14).map("".join),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_any_chunking_gives_the_same_and_no_picture_is_left(answer: str, cuts: list[int]) -> None:
    borders = sorted({0, *(min(cut, len(answer)) for cut in cuts), len(answer)})
    whole = shown(answer)
    assert shown(*(answer[start:end] for start, end in pairwise(borders))) == whole
    # Code in a block of HTML is not followed.
    if not re.search(r"^[ >]*<[a-z/!?]", whole, re.MULTILINE | re.IGNORECASE):
        assert not {"image", "html_block", "html_inline"} & set(parts(MARKDOWN.parse(whole)))
