"""Errors as answers: which status each kind has, and the one form {message, hint} that all have."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError
from starlette.responses import Response

from vtai.core.errors import (
    BadAccount,
    BadAddress,
    BadArguments,
    BadAttachment,
    Busy,
    Forbidden,
    LimitReached,
    LockedOut,
    NotConfigured,
    NotReady,
    NotSignedIn,
    ProviderError,
    QuotaReached,
    SettingsError,
    SignInRefused,
    StorageUnavailable,
    UnknownName,
    VTError,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

logger = logging.getLogger(__name__)

UNSTORED: Mapping[str, str] = MappingProxyType({"Cache-Control": "no-store"})


class BadRequestBody(VTError):
    """What was sent cannot be read at all."""


class Unfit(VTError):
    """What was sent can be read, and is not what is asked for."""


class Conflict(VTError):
    """What was sent is fine by itself and does not go with how things are."""


class BodyTooLarge(BadAttachment):
    """The body is longer than the limit."""


class WrongMediaType(BadAttachment):
    """The body is of a kind that is not taken here."""


class WrongMethod(VTError):
    """There is something at this address, and this is not how it is asked."""


# The most specific first.
_STATUSES: tuple[tuple[type[VTError], int], ...] = (
    (BadRequestBody, 400),
    (NotSignedIn, 401),
    (SignInRefused, 401),
    (Forbidden, 403),
    (UnknownName, 404),
    (WrongMethod, 405),
    (BadAccount, 409),
    (Conflict, 409),
    (QuotaReached, 409),
    (BodyTooLarge, 413),
    (BadAttachment, 415),
    (Unfit, 422),
    (BadArguments, 422),
    (BadAddress, 422),
    (Busy, 429),
    (LimitReached, 429),
    (LockedOut, 429),
    (NotConfigured, 501),
    (ProviderError, 502),
    (NotReady, 503),
    (SettingsError, 503),
    (StorageUnavailable, 503),
)
_OTHER_STATUS = 500
_PATIENCE_S = 5.0


def status_of(error: VTError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), _OTHER_STATUS)


def refused(error: VTError, status: int | None = None) -> Response:
    """The error as an answer."""
    status = status_of(error) if status is None else status
    headers = dict(UNSTORED)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 413:
        headers["Connection"] = "close"
    if status in {429, 503}:
        headers["Retry-After"] = str(max(1, round(getattr(error, "retry_after_s", _PATIENCE_S))))
    return told({"message": error.message, "hint": error.hint}, status, headers)


def unexpected(error: Exception) -> Response:
    """The answer where our own code failed. Only the reference leads from it to the log."""
    reference = secrets.token_hex(4)
    logger.error("request failed unexpectedly [%s]", reference, exc_info=error)
    hint = f"Try again; if it happens again, give the operator the reference {reference}."
    return refused(VTError("Something went wrong on the server.", hint), 500)


def told(content: Any, status: int = 200, headers: Mapping[str, str] = UNSTORED) -> Response:
    # ASCII alone: half of a character that somebody sent can be sent back.
    return Response(json.dumps(content), status, headers, "application/json")


def shown(result: BaseModel, status: int = 200, headers: Mapping[str, str] = UNSTORED) -> Response:
    """The result as JSON."""
    return Response(as_json(result), status, headers, "application/json")


def as_json(result: BaseModel) -> str:
    try:
        return result.model_dump_json()
    except (PydanticSerializationError, UnicodeEncodeError):
        return json.dumps(result.model_dump())  # half of a character in it
