"""Addresses of pictures are found whole, and nothing else is."""

import pytest

from vtai.routing.image_urls import image_urls

CAT = "https://example.org/cat.png"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(CAT, (CAT,), id="alone"),
        pytest.param(f"Look: {CAT}.", (CAT,), id="full stop"),
        pytest.param(f"({CAT})", (CAT,), id="round brackets"),
        pytest.param(f"[a cat]({CAT}), nice", (CAT,), id="markdown link"),
        pytest.param(f"<{CAT}>", (), id="angle brackets read as markup"),
        pytest.param(f"{CAT}?w=1&h=2, see", (f"{CAT}?w=1&h=2",), id="query"),
        pytest.param(f"{CAT}?name=(x)", (f"{CAT}?name=(x)",), id="brackets of its own"),
        pytest.param(f"{CAT}#top", (f"{CAT}#top",), id="fragment"),
        pytest.param(f"「{CAT}」とは", (CAT,), id="Japanese brackets"),
        pytest.param("HTTPS://EXAMPLE.ORG/CAT.JPEG", ("HTTPS://EXAMPLE.ORG/CAT.JPEG",), id="capitals"),
        pytest.param(f"{CAT} and {CAT}", (CAT,), id="once"),
        pytest.param("https://example.org/cat.png.html", (), id="another suffix"),
        pytest.param("https://example.org/pngs", (), id="no suffix"),
        pytest.param(f"```\n{CAT}\n```", (), id="code block"),
        pytest.param("cat.png", (), id="no address"),
    ],
)
def test_addresses_of_pictures_are_found(text: str, found: tuple[str, ...]) -> None:
    assert image_urls(text) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://" + "a" * 200_000, id="one long address"),
        pytest.param("https://a." * 20_000, id="many openings"),
        pytest.param("<a" * 50_000, id="open markup"),
    ],
)
def test_long_hostile_text_is_read_without_an_answer(text: str) -> None:
    assert image_urls(text) == ()
