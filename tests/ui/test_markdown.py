"""Models' Markdown on its way to the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.ui.markdown import Rewriter

LINKS = {"1": "https://example.org/a_(b)", "2": "https://example.com/c d"}
ONE = r"[\[1\]](https://example.org/a_%28b%29)"
TWO = r"[\[2\]](https://example.com/c%20d)"


def rewritten(*pieces: str) -> str:
    rewriter = Rewriter(LINKS)
    return "".join(rewriter.feed(piece) for piece in pieces) + rewriter.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain *text*", "plain *text*", id="nothing to do"),
        pytest.param(r"so \(a^2\) is", "so $a^2$ is", id="formula in a line"),
        pytest.param(r"\[x = 1\]", "\n$$\nx = 1\n$$\n", id="formula of its own"),
        pytest.param("so\n$$x = 1$$\nand", "so\n$$\nx = 1\n$$\nand", id="formula with a line to itself"),
        pytest.param("from $5 to $10.", r"from \$5 to \$10.", id="money"),
        pytest.param(
            "$2x+1$ and $10$ and $5 + x$", "$2x+1$ and $10$ and $5 + x$", id="formulas with numbers"
        ),
        pytest.param(r"\$5 stays", r"\$5 stays", id="escaped already"),
        pytest.param("so [1].", f"so {ONE}.", id="citation"),
        pytest.param("so [1][2].", f"so {ONE}{TWO}.", id="two citations"),
        pytest.param("so [1, 2].", f"so {ONE}{TWO}.", id="citations together"),
        pytest.param("so [3].", "so [3].", id="no such source"),
        pytest.param("![a cat](https://x.org/c.png)", "[a cat](https://x.org/c.png)", id="picture"),
        pytest.param(
            "![](https://x.org/c.png)", "[picture](https://x.org/c.png)", id="picture without words"
        ),
        pytest.param("![1](https://x.org/c.png)", "[1](https://x.org/c.png)", id="picture called 1"),
        pytest.param(
            "![cat][c]\n\n[c]: https://x.org", "[cat][c]\n\n[c]: https://x.org", id="picture by name"
        ),
        pytest.param("`![a](b)`", "`![a](b)`", id="picture in code"),
        pytest.param("So there![1] Yes!", rf"So there\!{ONE} Yes!", id="exclamation and citation"),
        pytest.param("[1](https://x.org)", "[1](https://x.org)", id="a link already"),
        pytest.param("`a[1] = '$5 '` [1]", f"`a[1] = '$5 '` {ONE}", id="code in a line"),
        pytest.param("```\na[1]\n\n\\(x\\)\n```\n[1]", f"```\na[1]\n\n\\(x\\)\n```\n{ONE}", id="code block"),
        pytest.param(
            "a ` alone\n\n[1]", f"a ` alone\n\n{ONE}", id="a backtick alone ends with its paragraph"
        ),
    ],
)
def test_text_becomes_what_the_page_understands(text: str, expected: str) -> None:
    assert rewritten(text) == expected


@given(
    st.lists(
        st.sampled_from(["`", "```", "\n", "$", "5", " to ", "\\", "(", "[", "1", "]", ", ", "x", ".", "!"])
    )
)
def test_the_size_of_the_pieces_changes_nothing(pieces: list[str]) -> None:
    assert rewritten(*pieces) == rewritten("".join(pieces))


def test_a_source_that_comes_later_is_linked_from_then_on() -> None:
    links: dict[str, str] = {}
    rewriter = Rewriter(links)
    assert rewriter.feed("[1] ") == "[1] "
    links["1"] = "https://example.org"
    assert rewriter.feed("[1] ") == r"[\[1\]](https://example.org) "
