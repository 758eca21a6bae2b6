"""Web addresses are found whole wherever people write them, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.core.links import links, picture_links

CAT = "https://example.org/cat.png"
DOG = "https://example.org/dog.jpg"
PAGE = "https://example.org/a/page"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(PAGE, (PAGE,), id="alone"),
        pytest.param(f"Look: {PAGE}.", (PAGE,), id="full stop"),
        pytest.param(f"Is it {PAGE}?!", (PAGE,), id="question mark"),
        pytest.param(f"“{PAGE}”…", (PAGE,), id="curly quotes"),
        pytest.param(f"'{PAGE}', \"{CAT}\"", (PAGE, CAT), id="straight quotes"),
        pytest.param(f"({PAGE})", (PAGE,), id="round brackets"),
        pytest.param(f"(see {PAGE}).", (PAGE,), id="bracket and full stop"),
        pytest.param(f"[{PAGE}]", (PAGE,), id="square brackets"),
        pytest.param(f"{{{PAGE}}}", (PAGE,), id="curly brackets"),
        pytest.param(f"<{PAGE}>", (PAGE,), id="angle brackets"),
        pytest.param(f"[a page]({PAGE}), nice", (PAGE,), id="markdown link"),
        pytest.param(f'[a page]({PAGE} "Its title")', (PAGE,), id="markdown link with a title"),
        pytest.param(f"[a page](<{PAGE}>)", (PAGE,), id="markdown link in angle brackets"),
        pytest.param(f"![a cat]({CAT})", (CAT,), id="markdown picture"),
        pytest.param(f"[![a cat]({CAT})]({PAGE})", (CAT, PAGE), id="markdown picture that is a link"),
        pytest.param(f"[{PAGE}]({PAGE})", (PAGE,), id="markdown link of itself"),
        pytest.param(f"**{PAGE}** and _{CAT}_", (PAGE, CAT), id="emphasis"),
        pytest.param(f"| {PAGE}|{CAT} |", (PAGE, CAT), id="table"),
        pytest.param(f"{PAGE}?w=1&h=2, see", (f"{PAGE}?w=1&h=2",), id="query"),
        pytest.param(f"{PAGE}?name=(x)", (f"{PAGE}?name=(x)",), id="brackets of its own"),
        pytest.param(f"({PAGE}_(x))", (f"{PAGE}_(x)",), id="brackets around brackets"),
        pytest.param(f"{PAGE}#top", (f"{PAGE}#top",), id="fragment"),
        pytest.param(f"「{PAGE}」とは", (PAGE,), id="Japanese brackets"),
        pytest.param(f"看看{PAGE}。好吗", (PAGE,), id="Chinese full stop"),
        pytest.param(f"\uff08{PAGE}\uff09\uff0c{CAT}\uff01", (PAGE, CAT), id="full-width punctuation"),
        pytest.param(f"{CAT}を見て", (CAT,), id="Japanese without a space"),
        pytest.param(f"{PAGE}، {CAT}؟", (PAGE, CAT), id="Arabic punctuation"),
        pytest.param(
            "https://example.org/Grüße.png", ("https://example.org/Grüße.png",), id="letters of Europe"
        ),
        pytest.param("http://пример.рф/кот", ("http://пример.рф/кот",), id="a name in Cyrillic"),
        pytest.param("HTTPS://EXAMPLE.ORG/CAT", ("HTTPS://EXAMPLE.ORG/CAT",), id="capitals"),
        pytest.param("http://[2001:db8::1]:8080/a", ("http://[2001:db8::1]:8080/a",), id="IPv6"),
        pytest.param(f"{PAGE} and {PAGE}", (PAGE,), id="once"),
        pytest.param(f"{DOG} {PAGE}\n{CAT}", (DOG, PAGE, CAT), id="several, in order"),
        pytest.param(f"{CAT},{DOG};{PAGE}", (CAT, DOG, PAGE), id="several without spaces"),
        pytest.param(f"https://old.example/{CAT}", (f"https://old.example/{CAT}",), id="one inside another"),
        pytest.param(f"```\n{PAGE}\n```", (), id="code block"),
        pytest.param(f"`{PAGE}`", (), id="code"),
        pytest.param(f'<img src="{CAT}">', (), id="markup"),
        pytest.param("ftp://example.org/cat.png", (), id="another scheme"),
        pytest.param("https://", (), id="no host"),
        pytest.param("https://)", (), id="no host but a bracket"),
        pytest.param("http://[::1/x", (), id="a broken host"),
        pytest.param("example.org/cat.png", (), id="no scheme"),
    ],
)
def test_addresses_are_found(text: str, found: tuple[str, ...]) -> None:
    assert links(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(f"{PAGE} {CAT}, {DOG}", (CAT, DOG), id="those among others"),
        pytest.param(f"<{CAT}>", (CAT,), id="angle brackets"),
        pytest.param(f"{CAT}?size=large#top", (f"{CAT}?size=large#top",), id="query and fragment"),
        pytest.param("https://example.org/CAT.HEIC", ("https://example.org/CAT.HEIC",), id="capitals"),
        pytest.param("https://example.org/a.avif", ("https://example.org/a.avif",), id="avif"),
        pytest.param("https://example.org/cat.png.html", (), id="another suffix"),
        pytest.param("https://example.org/?file=cat.png", (), id="suffix in the query"),
        pytest.param("https://example.org/pngs", (), id="no suffix"),
        pytest.param("https://pictures.png", (), id="suffix of the host"),
        pytest.param("cat.png", (), id="no address"),
    ],
)
def test_addresses_of_pictures_are_those_that_end_like_one(text: str, found: tuple[str, ...]) -> None:
    assert picture_links(text) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://" + "a" * 200_000, id="one long address"),
        pytest.param("https://a." * 20_000, id="many openings"),
        pytest.param("<a" * 50_000, id="open markup"),
        pytest.param("https://" + ")" * 200_000, id="many brackets"),
        pytest.param("https://a," * 20_000 + "](" * 20_000, id="many commas and closings"),
        pytest.param("https://a" + "," * 200_000 + "h", id="one run of commas"),
        pytest.param("`" * 100_000 + "https://a" + "`\n" * 50_000, id="many backticks"),
    ],
)
def test_long_hostile_text_is_read_without_a_picture(text: str) -> None:
    assert picture_links(text) == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(link.lower().startswith(("http://", "https://")) for link in links(f"https://{text}"))
