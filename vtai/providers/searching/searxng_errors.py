"""What goes wrong at a SearXNG, as errors for people. Nothing that it wrote is passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vtai.core.errors import (
    BadKey,
    NotConfigured,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
    VTError,
)

if TYPE_CHECKING:
    import httpx

_SERVER_ERROR = 500

Row = tuple[type[Exception], Callable[[Exception], VTError]]


def translations() -> Sequence[Row]:
    """Foreign error to ours, the most specific first. Imports httpx, so not for the event loop."""
    import httpx

    return (
        (TimeoutError, _late),
        (httpx.TimeoutException, _late),
        (httpx.ReadError, _cut),
        (httpx.RemoteProtocolError, _cut),
        (httpx.HTTPError, _unreachable),
        (httpx.InvalidURL, _unreachable),
        (ValueError, _unintelligible),
        (KeyError, _unintelligible),
        (TypeError, _unintelligible),
        (AttributeError, _unintelligible),
    )


def refusal(response: httpx.Response) -> VTError:
    """The error behind a status that is not success."""
    match response.status_code:
        case 401 | 407:
            return BadKey(
                "SearXNG asks for a login.", "Let this machine in, or put user:password@ in searxng_url."
            )
        case 403:
            return NotConfigured(
                "SearXNG does not serve JSON.",
                "Add json to search.formats in its settings.yml and restart it.",
            )
        case 404:
            return NotConfigured("There is no SearXNG at searxng_url.", "Give its base URL, without /search.")
        case 429:
            wait = response.headers.get("retry-after", "")
            return RateLimited(
                "SearXNG gets too many searches.",
                "Wait a minute and try again.",
                float(wait) if wait.isdecimal() else None,
            )
        case status if status >= _SERVER_ERROR:
            return VendorDown("SearXNG failed on its side.", "Try again; its log says more.")
        case status:
            return VendorDown(f"SearXNG did not take the search (status {status}).", "Check searxng_url.")


def engines_silent() -> VendorDown:
    """None of the engines that SearXNG asks gave an answer, which is not the same as nothing found."""
    return VendorDown(
        "None of the engines that SearXNG asks answered.", "Try again later; its log says which failed."
    )


def _unreachable(_: Exception) -> Unreachable:
    return Unreachable("There is no connection to SearXNG.", "See that it runs, and check searxng_url.")


def _cut(_: Exception) -> StreamCut:
    return StreamCut("The connection to SearXNG broke off.", "Try again; see that it runs.")


def _late(_: Exception) -> TimedOut:
    return TimedOut("SearXNG did not answer in time.", "Try again; see that it runs.")


def _unintelligible(_: Exception) -> VendorDown:
    return VendorDown("SearXNG's answer made no sense.", "Check searxng_url.")
