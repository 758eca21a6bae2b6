"""What a site says in robots.txt is asked once, believed for an hour, and not guessed where it is silent."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from tests.fakes import FakeFetcher
from vtai.core.documents import Fetched
from vtai.core.errors import BadAddress, BadRequest, RateLimited, TimedOut, Unreachable, VendorDown, VTError
from vtai.providers.pages.robots import Robots

_ROBOTS = "https://example.org/robots.txt"


def _says(text: bytes, *, is_cut: bool = False) -> FakeFetcher:
    return FakeFetcher({_ROBOTS: Fetched(_ROBOTS, "text/plain", text, MappingProxyType({}), is_cut)})


class _Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        (b"User-agent: *\nDisallow: /a", "/a/b", False),
        (b"User-agent: *\nDisallow: /a", "/b", True),
        (b"User-agent: *\nDisallow:", "/a", True),
        (b"User-agent: *\nDisallow: /a\nAllow: /a/open", "/a/open", True),
        (b"User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: vtai\nAllow: /", "/a", True),
        (b"User-agent: *\nAllow: /\n\nUser-agent: VTai\nDisallow: /", "/a", False),
        (b"User-agent: other\nDisallow: /", "/a", True),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        (b"<html><body>Not found</body></html>", "/a", True),
    ],
)
async def test_the_rules_of_the_site_are_followed(text: bytes, path: str, may: bool) -> None:
    robots = Robots(_says(text))

    if may:
        await robots.check(f"https://example.org{path}")
    else:
        with pytest.raises(BadAddress, match=r"example\.org does not let"):
            await robots.check(f"https://example.org{path}")


@pytest.mark.parametrize(
    "none",
    [
        pytest.param(BadRequest("example.org has nothing at that address.", "Check it."), id="not there"),
        pytest.param(BadAddress("That address is not open.", "Give another."), id="sends to a closed place"),
    ],
)
async def test_a_site_without_rules_may_be_read(none: VTError) -> None:
    await Robots(FakeFetcher({_ROBOTS: none})).check("https://example.org/a")


@pytest.mark.parametrize(
    ("silence", "error"),
    [
        (VendorDown("Status 503.", "Later."), VendorDown),
        (TimedOut("Not in time.", "Later."), VendorDown),
        (RateLimited("Too many.", "Later."), VendorDown),
        (Unreachable("There is no connection to example.org.", "Later."), Unreachable),
    ],
)
async def test_a_site_that_cannot_answer_is_not_read(silence: VTError, error: type[VTError]) -> None:
    clock = _Clock()
    fetcher = FakeFetcher({_ROBOTS: silence})
    robots = Robots(fetcher, clock)

    for _ in range(2):
        with pytest.raises(error):
            await robots.check("https://example.org/a")
    assert len(fetcher.asked) == 1

    fetcher.pages[_ROBOTS] = Fetched(_ROBOTS, "text/plain", b"User-agent: *\nAllow: /")
    clock.now += 61
    await robots.check("https://example.org/a")


async def test_a_site_is_asked_again_after_an_hour() -> None:
    clock = _Clock()
    fetcher = _says(b"User-agent: *\nAllow: /")
    robots = Robots(fetcher, clock)

    for seconds in (0, 3_599, 2):
        clock.now += seconds
        await robots.check("https://example.org/a")

    assert len(fetcher.asked) == 2


async def test_a_line_that_was_cut_off_is_not_taken_for_a_rule() -> None:
    await Robots(_says(b"User-agent: *\nDisallow: /", is_cut=True)).check("https://example.org/a")


async def test_each_origin_is_asked_for_itself() -> None:
    fetcher = _says(b"User-agent: *\nAllow: /")
    robots = Robots(fetcher)

    await robots.check("https://example.org/a")
    await robots.check("https://example.org:8443/a")  # nothing is known there: refused, so without rules

    assert fetcher.asked == [_ROBOTS, "https://example.org:8443/robots.txt"]
