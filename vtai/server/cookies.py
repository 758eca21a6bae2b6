"""Cookies of the door: their names, how they are set, and small values that only this server can make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import cookie_parser

from vtai.server import hosts

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import Scope


def name_of(base: str, headers: Headers) -> str:
    """By port, because browsers share cookies between the ports of a host."""
    parts = hosts.split(headers.get("host", ""))
    return f"{base}_{parts[1] or 'main'}" if parts else base


def given(base: str, headers: Headers) -> str:
    """What the browser sent, "" for nothing."""
    return cookie_parser(headers.get("cookie", "")).get(name_of(base, headers), "")


def put(
    response: Response,
    scope: Scope,
    headers: Headers,
    base: str,
    value: str,
    age_s: int,
    path: str = "/",
) -> None:
    """Gives the browser a cookie that scripts and other sites cannot have; over TLS for TLS only."""
    response.set_cookie(
        name_of(base, headers),
        value,
        max_age=age_s,
        path=path,
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, headers: Headers, base: str, path: str = "/") -> None:
    response.delete_cookie(name_of(base, headers), path=path, httponly=True, samesite="lax")


class Seal:
    """Turns small values into text that a browser may hold, and back where nobody changed it.

    The browser's owner can read what is in it.
    """

    def __init__(self, secret: bytes, purpose: str, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
        self._clock = clock

    def close(self, values: Mapping[str, Any], age_s: float) -> str:
        content = json.dumps({**values, "until": self._clock() + age_s}).encode()
        return f"{_text(content)}.{_text(self._sign(content))}"

    def open(self, sealed: str) -> Mapping[str, Any] | None:
        """None for what this server did not make, or longer ago than it counts."""
        try:
            content, sign = map(_bytes, sealed.split("."))
        except ValueError:
            return None
        if not hmac.compare_digest(sign, self._sign(content)):
            return None
        values: dict[str, Any] = json.loads(content)
        return values if values["until"] > self._clock() else None

    def _sign(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
