"""Reading JSON up to a limit and answering in JSON; every error has the form {message, hint}."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from vtai.core.errors import BadAttachment, NotConfigured, NotReady, UnknownName, VTError

if TYPE_CHECKING:
    from starlette.requests import Request

logger = logging.getLogger(__name__)

Answer = Callable[["Request"], Awaitable[Response]]

MAX_BODY_BYTES = 1_000_000
_UNSTORED = MappingProxyType({"Cache-Control": "no-store"})


class BadRequestBody(VTError):
    """The body is not what was asked for."""


class BodyTooLarge(BadAttachment):
    """The body is longer than the limit."""


# The most specific first; a person's own mistake is 400.
_STATUSES: tuple[tuple[type[VTError], int], ...] = (
    (BodyTooLarge, 413),
    (UnknownName, 404),
    (BadRequestBody, 400),
    (NotReady, 503),
    (NotConfigured, 501),
)
_OTHER_STATUS = 500


def answered(answer: Answer) -> Answer:
    """The same, with errors told in JSON: a door, so that nothing but cancellation gets past it."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except VTError as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), _OTHER_STATUS)
            return refused(error, status)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("request failed unexpectedly [%s]", reference)
            hint = f"Try again; if it happens again, give the operator the reference {reference}."
            return refused(VTError("Something went wrong on the server.", hint), 500)

    return guarded


def told(content: Any, status: int = 200, headers: Mapping[str, str] = _UNSTORED) -> Response:
    # ASCII alone: half of a character that somebody sent can be sent back.
    return Response(json.dumps(content), status, headers, "application/json")


def refused(error: VTError, status: int) -> Response:
    headers = {**_UNSTORED, **({"Connection": "close"} if status == 413 else {})}
    return told({"message": error.message, "hint": error.hint}, status, headers)


async def body_of(request: Request) -> Any:
    """The body as JSON. Raises BodyTooLarge by the announced length or the real one, and BadRequestBody."""
    too_large = BodyTooLarge(f"The request is larger than {MAX_BODY_BYTES // 1000} kB.", "Send it in parts.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise too_large
    pieces, seen = [], 0
    async for piece in request.stream():
        seen += len(piece)
        if seen > MAX_BODY_BYTES:
            raise too_large
        pieces.append(piece)
    try:
        return json.loads(b"".join(pieces))
    except (ValueError, RecursionError) as error:
        raise BadRequestBody(
            "The request is not valid JSON.", 'It looks like: {"text": "draw a cat"}'
        ) from error
