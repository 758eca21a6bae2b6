"""What people read when an address is not fetched, or does not answer.

Hosts are named as the person wrote them. Which address a name stood for is never told.
"""

from __future__ import annotations

import os
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from vtai.core.errors import (
    BadAddress,
    BadRequest,
    ProviderError,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtai.providers.fetching.urls import Place

_ATTACH: Final = "Attach the file itself, or give another address."
_LATER: Final = "Try again later, or attach the file itself."
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_LONGEST_WAIT_S: Final = 86_400


def not_open() -> BadAddress:
    return BadAddress("That address is not one of the open internet.", _ATTACH)


def port_refused(place: Place) -> BadAddress:
    return BadAddress(f"Port {place.port} is not one that pages are fetched from.", _ATTACH)


def no_such_name(place: Place) -> Unreachable:
    return Unreachable(
        f"There is no address for the name {place.host}.",
        _hint("Check its spelling, and that this server is online."),
    )


def name_timed_out(place: Place) -> TimedOut:
    return TimedOut(f"The name {place.host} could not be looked up in time.", _hint(_LATER))


def timed_out(place: Place) -> TimedOut:
    return TimedOut(f"{place.host} did not send all of it in time.", _LATER)


def not_connected(place: Place, error: Exception) -> Unreachable:
    """No connection, or none that can be trusted."""
    if _is_about_certificate(error):
        return Unreachable(
            f"{place.host} could not prove that it is that host: its certificate fails.", _ATTACH
        )
    return Unreachable(f"There is no connection to {place.host}.", _hint(_LATER))


def broke_off(place: Place) -> StreamCut:
    return StreamCut(f"{place.host} broke off its answer.", _LATER)


def unreadable(place: Place) -> VendorDown:
    return VendorDown(f"{place.host} answered in a way that cannot be read.", _ATTACH)


def empty(place: Place) -> BadRequest:
    return BadRequest(f"There is nothing at that address: {place.host} sent an empty answer.", _ATTACH)


def too_many_steps(place: Place) -> BadRequest:
    return BadRequest(f"{place.host} sends on too many times.", _ATTACH)


def of_status(place: Place, status: int, headers: Mapping[str, str]) -> ProviderError:
    """The error that a status other than success stands for."""
    host = place.host
    match status:
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return BadRequest(f"{host} has nothing at that address.", "Check the address.")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return BadRequest(f"{host} shows that address only to who has signed in.", _ATTACH)
        case HTTPStatus.FORBIDDEN | HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS:
            return BadRequest(f"{host} does not let that address be fetched.", _ATTACH)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(f"{host} is getting too many requests.", _LATER, _wait_s(headers))
        case HTTPStatus.REQUEST_TIMEOUT | HTTPStatus.GATEWAY_TIMEOUT:
            return TimedOut(f"{host} says that it took too long.", _LATER)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return VendorDown(
                f"{host} is having trouble on its side (status {status}).", _LATER, _wait_s(headers)
            )
        case _:
            return BadRequest(f"{host} did not give what stands there (status {status}).", _ATTACH)


def _hint(hint: str) -> str:
    """The hint; where a proxy is set, that addresses are not fetched through it."""
    variable = next((name for name in _PROXIES if os.environ.get(name)), None)
    if variable is None:
        return hint
    return f"Addresses are fetched directly, not through the proxy of {variable}. Attach the file itself."


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """The header Retry-After in seconds. One that names a date is left out."""
    value = headers.get("retry-after", "").strip()
    is_number = value.isascii() and value.isdigit() and len(value) < len(str(_LONGEST_WAIT_S)) + 1
    return float(min(int(value), _LONGEST_WAIT_S)) if is_number else None
