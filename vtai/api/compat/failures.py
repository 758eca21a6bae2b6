"""Errors as OpenAI's clients read them: a status that picks their exception, and words for people."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from vtai.api import answers
from vtai.api.answers import BodyTooLarge
from vtai.api.endpoints import caller_of, check
from vtai.core import errors
from vtai.core.errors import VTError
from vtai.core.people import Caller, Scope

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.core.events import Failed

logger = logging.getLogger(__name__)

Answer = Callable[["Request", Caller], Awaitable[Response]]

_INVALID: Final = "invalid_request_error"
_SERVER: Final = "server_error"
# Somebody who went away reads no answer; the number is what proxies log for that.
_LEFT: Final = 499
# To be tried again soon, where nobody knows better.
_SOON_S: Final = 5.0
_MOST_UNREAD_BYTES: Final = 256_000_000
# Trying again is no use with these, whatever clients do by themselves at such a status.
_FINAL: Final = (errors.QuotaExhausted, errors.BadKey, errors.NotConfigured, errors.MissingKey)


class WrongField(VTError):
    """A field of the request that cannot be as it is. `param` names it."""

    def __init__(self, message: str, hint: str, param: str | None = None) -> None:
        super().__init__(message, hint)
        self.param = param


class Unexpected(VTError):
    """Our own code failed."""


# Status, type and code; the most specific first.
_TABLE: Final[tuple[tuple[type[VTError], int, str, str | None], ...]] = (
    (BodyTooLarge, 413, _INVALID, "request_too_large"),
    (answers.WrongMediaType, 415, _INVALID, None),
    (WrongField, 400, _INVALID, None),
    (errors.NotSignedIn, 401, _INVALID, "invalid_api_key"),
    (errors.SignInRefused, 401, _INVALID, "invalid_api_key"),
    (errors.Forbidden, 403, "permission_error", "forbidden"),
    (errors.UnknownName, 404, _INVALID, "model_not_found"),
    (errors.ModelGone, 404, _INVALID, "model_not_found"),
    (errors.NotConfigured, 404, _INVALID, "model_not_available"),
    (errors.MissingKey, 404, _INVALID, "model_not_available"),
    (errors.LimitReached, 429, "requests", "rate_limit_exceeded"),
    (errors.LockedOut, 429, "requests", "rate_limit_exceeded"),
    (errors.RateLimited, 429, "requests", "rate_limit_exceeded"),
    (errors.QuotaExhausted, 429, "insufficient_quota", "insufficient_quota"),
    (errors.ContextTooLong, 400, _INVALID, "context_length_exceeded"),
    (errors.ContentRefused, 400, _INVALID, "content_policy_violation"),
    (errors.BadRequest, 400, _INVALID, None),
    (errors.TimedOut, 504, _SERVER, "vendor_timed_out"),
    (errors.VendorDown, 503, _SERVER, "vendor_down"),
    (errors.Unreachable, 502, _SERVER, "vendor_unreachable"),
    (errors.BadKey, 502, _SERVER, "vendor_refused_key"),
    (errors.ProviderError, 502, _SERVER, "vendor_failed"),
    (errors.Busy, 503, _SERVER, "busy"),
    (errors.NotReady, 503, _SERVER, "not_ready"),
    (errors.StorageUnavailable, 503, _SERVER, "storage_unavailable"),
    (errors.SettingsError, 503, _SERVER, None),
    (Unexpected, 500, _SERVER, None),
)


def guarded(answer: Answer, scope: Scope) -> Callable[[Request], Awaitable[Response]]:
    """The answer for callers who may: a door, so that nothing but cancellation gets past it."""

    async def respond(request: Request) -> Response:
        try:
            caller = caller_of(request)
            check(caller, scope)
            return await answer(request, caller)
        except VTError as error:
            if isinstance(error, BodyTooLarge):
                await _heard_out(request)
            return refused(error)
        except ClientDisconnect:
            return Response(status_code=_LEFT)
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("request failed unexpectedly [%s]", reference)
            hint = f"Try again; if it happens again, give the operator the reference {reference}."
            return refused(Unexpected("Something went wrong on the server.", hint))

    return respond


async def _heard_out(request: Request) -> None:
    """Reads on for a while: who is cut off while sending does not read the answer."""
    seen = 0
    # RuntimeError: it was the last piece that was too much.
    with suppress(ClientDisconnect, RuntimeError):
        async with aclosing(request.stream()) as chunks:
            async for chunk in chunks:
                seen += len(chunk)
                if seen > _MOST_UNREAD_BYTES:
                    return


def of_event(failed: Failed) -> VTError:
    """What a reply ended in."""
    if failed.error is not None:
        return failed.error
    return Unexpected(failed.message, failed.hint)


def refused(error: VTError) -> Response:
    """The error as an answer."""
    status, _, _ = _known(error)
    headers = dict(answers.UNSTORED)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 413:
        headers["Connection"] = "close"
    if isinstance(error, _FINAL):
        headers["x-should-retry"] = "false"
    elif status in {429, 503}:
        told_s = getattr(error, "retry_after_s", None)
        headers["Retry-After"] = str(max(1, round(_SOON_S if told_s is None else told_s)))
    return answers.told(body(error), status, headers)


def body(error: VTError) -> dict[str, Any]:
    """The error in OpenAI's form."""
    _, kind, code = _known(error)
    message = f"{error.message} {error.hint}".strip()
    param = error.param if isinstance(error, WrongField) else None
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _known(error: VTError) -> tuple[int, str, str | None]:
    """Status, type and code. What is in no table is the sender's to put right: a file, an address, a text."""
    for kind, status, name, code in _TABLE:
        if isinstance(error, kind):
            return status, name, code
    return 400, _INVALID, None
