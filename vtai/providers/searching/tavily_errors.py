"""What goes wrong at Tavily, as errors for people. Nothing that the server wrote is passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from vtai.core.errors import (
    BadKey,
    BadRequest,
    MissingKey,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
)

if TYPE_CHECKING:
    import httpx

_OTHER_WAY = "set searxng_url to search with your own SearXNG"
_ADD_KEY = f"Add a key (vtai --api-key tavily=...), or {_OTHER_WAY}."
_TOO_MANY = 429

Row = tuple[type[Exception], Callable[[Any], ProviderError]]


def translations(*, has_key: bool) -> Sequence[Row]:
    """Foreign error to ours, the most specific first. Imports the SDK, so not for the event loop."""
    import httpx
    from tavily import errors as foreign

    return (
        (foreign.InvalidAPIKeyError, _bad_key if has_key else _key_wanted),
        (foreign.TavilyKeylessLimitError, _keyless_limit),
        (foreign.UsageLimitExceededError, lambda _: _too_many(None)),
        (foreign.ForbiddenError, _used_up if has_key else _key_wanted),
        (
            foreign.BadRequestError,
            lambda _: BadRequest("Tavily did not take this search.", "Ask in fewer or other words."),
        ),
        (foreign.TimeoutError, _late),
        (TimeoutError, _late),
        (
            httpx.HTTPStatusError,
            lambda _: VendorDown("Tavily failed on its side.", f"Try again later, or {_OTHER_WAY}."),
        ),
        (httpx.ReadError, _cut),
        (httpx.RemoteProtocolError, _cut),
        (httpx.HTTPError, _unreachable),
        (httpx.InvalidURL, _unreachable),
        (KeyError, _unintelligible),
        (TypeError, _unintelligible),
        (AttributeError, _unintelligible),
        (ValueError, _unintelligible),
    )


async def refuse_too_many(response: httpx.Response) -> None:
    """Raises RateLimited for a 429 with the seconds that its header names."""
    if response.status_code == _TOO_MANY:
        wait = response.headers.get("retry-after", "")
        raise _too_many(float(wait) if wait.isdecimal() else None)


def _too_many(retry_after_s: float | None) -> RateLimited:
    return RateLimited(
        "Tavily gets too many searches from here.", "Wait a minute and try again.", retry_after_s
    )


def _bad_key(_: Exception) -> BadKey:
    return BadKey("Tavily refused the key.", "Check it: vtai doctor")


def _key_wanted(_: Exception) -> MissingKey:
    return MissingKey("Tavily does not search without a key from here.", _ADD_KEY)


def _used_up(_: Exception) -> QuotaExhausted:
    return QuotaExhausted(
        "The Tavily account has no searches left.", f"Raise its plan at tavily.com, or {_OTHER_WAY}."
    )


def _keyless_limit(error: Any) -> RateLimited:
    seconds = error.retry_after_seconds
    retry_after_s = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None
    return RateLimited("The searches that Tavily gives without a key are used up.", _ADD_KEY, retry_after_s)


def _unreachable(_: Exception) -> Unreachable:
    return Unreachable(
        "There is no connection to Tavily.", f"Check the network and tavily_url, or {_OTHER_WAY}."
    )


def _cut(_: Exception) -> StreamCut:
    return StreamCut("The connection to Tavily broke off.", f"Try again, or {_OTHER_WAY}.")


def _late(_: Exception) -> TimedOut:
    return TimedOut("Tavily did not answer in time.", f"Try again, or {_OTHER_WAY}.")


def _unintelligible(_: Exception) -> VendorDown:
    return VendorDown(
        "Tavily's answer made no sense.", "Check tavily_url; a proxy may have answered instead."
    )
