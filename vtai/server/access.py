"""The access key: who is let in when the server can be reached from other machines.

Whoever opens the address with the key in it gets a cookie that stands for the key and is not the key. On
loopback without a key everybody on this machine is let in.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import math
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from vtai.core.errors import LockedOut, NotSignedIn, SettingsError
from vtai.core.people import LOCAL, Caller
from vtai.server import answers, cookies, hosts
from vtai.server.bodies import Body, TooLarge
from vtai.server.key_page import key_page
from vtai.server.proxied import network_of
from vtai.server.sheet import UNSTORED, shown
from vtai.server.ways import Entered

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from vtai.settings.hosting import SignIn
    from vtai.wiring.entering import Rate

COOKIE: Final = "vtai_access"
FORM: Final = "/access"
_COOKIE_AGE_S = 30 * 24 * 3600
_MAX_FORM_BYTES = 4_096
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 compared with, not bound to


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key and what is made of it. `is_generated`: nobody knows it yet, so it is shown at start."""

    key: SecretStr
    is_generated: bool
    token: str
    """What the cookie holds: made from the key and a secret of this installation, and no way back."""

    def is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.get_secret_value().encode())

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def access_key(host: str, configured: SecretStr | None, data_dir: Path) -> AccessKey | None:
    """The key to ask for: the configured one, else a new one where other machines reach `host`, else None.

    Raises SettingsError when the data folder cannot be written.
    """
    if configured is None and hosts.is_loopback(host):
        return None
    key = configured or SecretStr(secrets.token_urlsafe(24))
    token = hmac.new(
        installation_secret(data_dir), key.get_secret_value().encode(), hashlib.sha256
    ).hexdigest()
    return AccessKey(key, configured is None, token)


def address_lines(
    access: AccessKey | None,
    host: str,
    port: int,
    allowed_origins: Iterable[str] = (),
    sign_in: SignIn = "auto",
) -> list[str]:
    """What to print once at start. The only place where a generated key is shown."""
    address = address_of(host, port)
    if sign_in == "accounts":
        return [f"VT.ai is at {address}", "It asks for a name and a password."]
    if sign_in == "proxy":
        return [f"VT.ai is at {address}", "It lets in whom a proxy names."]
    if access is None:
        outside = outside_names(allowed_origins)
        warning = f"Whoever reaches {', '.join(outside)} can use VT.ai; set VT_ACCESS_KEY to ask for a key."
        return [f"VT.ai is at {address}", *([warning] if outside else [])]
    if not access.is_generated:
        return [f"VT.ai is at {address}", "It asks for the access key that you set."]
    query = urlencode({"key": access.key.get_secret_value()})
    lines = [f"VT.ai is at {address}/?{query}"]
    if host in _EVERYWHERE:
        lines.append("From other machines, put this machine's name in place of 127.0.0.1.")
    return [*lines, "Whoever has this address can use VT.ai. Set VT_ACCESS_KEY to choose the key yourself."]


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the server."""
    shown_host = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{shown_host}]:{port}" if ":" in shown_host else f"http://{shown_host}:{port}"


def outside_names(allowed_origins: Iterable[str]) -> list[str]:
    """The names by which others than this machine reach the server."""
    return sorted(name for name in hosts.names(allowed_origins) if not hosts.is_loopback(name))


class KeyWay:
    """Asks everybody for the key. Without a key it lets everybody pass. All are the same person.

    `wrong` counts wrong keys by address, so that guessing is slow.
    """

    def __init__(self, access: AccessKey | None, wrong: Rate) -> None:
        self._access = access
        self._wrong = wrong

    async def entered(self, scope: Scope, headers: Headers) -> Entered | None:
        """Raises LockedOut after too many wrong keys."""
        access = self._access
        if access is None:
            return Entered(Caller(LOCAL), _stays, "nothing")
        if access.is_token(cookies.given(COOKIE, headers)):
            return Entered(Caller(LOCAL), _stays, "browser")
        bearer = bearer_in(headers)
        if not bearer or not self._fits(access, bearer, scope):
            return None
        return Entered(Caller(LOCAL), _stays, "key")

    def detour(self, scope: Scope) -> Response | None:
        """A key that still stands in the address is taken out of it."""
        if self._access is None or scope["type"] != "http":
            return None
        is_asking = scope["path"] == FORM or _key_in_address(scope)
        return RedirectResponse(_clean_address(scope), 303, UNSTORED) if is_asking else None

    async def meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        bearer = bearer_in(headers)
        try:
            given = bearer or await _given(scope, receive)
        except ClientDisconnect:
            return
        except TooLarge:
            given = ""
        try:
            fits = bool(given) and not bearer and self._fits(self._access, given, scope)
        except LockedOut as error:
            await answers.refuse(scope, receive, send, 429, error, retry_after(error))
            return
        if fits and self._access is not None:
            response = RedirectResponse(_clean_address(scope), 303, UNSTORED)
            cookies.put(response, scope, headers, COOKIE, self._access.token, _COOKIE_AGE_S)
            await response(scope, receive, send)
        else:
            await _ask(scope, receive, send, was_wrong=bool(given))

    def is_open(self, path: str) -> bool:
        return False

    @property
    def is_local(self) -> bool:
        return True

    def _fits(self, access: AccessKey | None, given: str, scope: Scope) -> bool:
        """Whether it is the key. Raises LockedOut."""
        address = network_of(scope)
        if (seconds := self._wrong.wait_s(address)) > 0:
            raise LockedOut(
                "Too many wrong keys came from your address.", "Wait a minute and try again.", seconds
            )
        if access is not None and access.is_key(given):
            return True
        self._wrong.take(address)
        return False


async def _ask(scope: Scope, receive: Receive, send: Send, *, was_wrong: bool) -> None:
    if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
        await shown(key_page(was_wrong=was_wrong), 401)(scope, receive, send)
        return
    error = NotSignedIn(
        "The key is wrong." if was_wrong else "This server asks for its access key.",
        "Send it as `Authorization: Bearer KEY`, or open the address printed at the server's start.",
    )
    await answers.refuse(scope, receive, send, 401, error, {"WWW-Authenticate": "Bearer"})


async def _stays() -> Caller:
    return Caller(LOCAL)


def bearer_in(headers: Headers) -> str:
    """The key that a program sent, "" for none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else ""


def retry_after(error: LockedOut) -> Mapping[str, str]:
    return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}


async def _given(scope: Scope, receive: Receive) -> str:
    """The key in the form or the address, "" for none. Raises TooLarge or ClientDisconnect."""
    if scope["type"] == "websocket":
        return ""
    if scope["method"] == "POST" and scope["path"] == FORM:
        body = await Body.read(scope, receive, _MAX_FORM_BYTES)
        return dict(parse_qsl(body.content.decode("latin-1"))).get("key", "").strip()
    return _key_in_address(scope) if scope["method"] in {"GET", "HEAD"} else ""


def _key_in_address(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    return dict(parse_qsl(query.decode("latin-1"))).get("key", "")


def _clean_address(scope: Scope) -> str:
    """Where the request went, less the key; the form leads to the page."""
    if scope["path"] == FORM:
        return "/"
    query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "key"]
    # One leading slash: two would name another host.
    path = "/" + scope["path"].lstrip("/\\")
    return f"{path}?{urlencode(query)}" if query else path


def installation_secret(data_dir: Path) -> bytes:
    """A random secret kept under the data folder, so that cookies outlive a restart when the key does."""
    path = data_dir / "access.secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes() or secrets.token_bytes(32)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be written: {error.strerror}.",
            "Make it writable, or name another one in VT_DATA_DIR.",
        ) from error
