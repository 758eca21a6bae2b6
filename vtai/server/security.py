"""What every answer says to the browser, and which requests are turned away before anything looks at them.

Pure ASGI: a request that is fine costs a few dictionary look-ups, and streams and sockets pass untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from vtai.core.errors import VTError
from vtai.server import answers, hosts

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def policy(script_hashes: Iterable[str]) -> str:
    """The content security policy of the page.

    Nothing outside this server can be loaded, sent to, or framed. `unsafe-eval` is there for custom elements,
    whose source the page compiles; inline scripts run by their hash only. Pictures in an answer that lie
    elsewhere do not load: their address could carry away what was said.
    """
    hashes = " ".join(f"'{value}'" for value in script_hashes)
    return "; ".join(
        (
            "default-src 'self'",
            # The microphone's worklets are made on the page, as blobs.
            f"script-src 'self' blob: 'unsafe-eval' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            # 'self' covers the page's own sockets in every current browser.
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds the headers to every answer; an answer's own content security policy stays."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", self._policy)
            await send(message)

        await self._app(scope, receive, with_headers)


class Border:
    """Turns away requests that came under a foreign name or from a foreign page.

    `is_local`: the server is bound to loopback, so that only names of this machine, and of the allowed
    origins, can be meant. Anything else is another site's name pointed at this machine.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Iterable[str], *, is_local: bool) -> None:
        self._app = app
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._names = hosts.names(self._origins)
        self._is_local = is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if fault := self._host_fault(headers.getlist("host")):
            await answers.refuse(scope, receive, send, 400, fault)
        elif fault := self._origin_fault(scope, headers):
            await answers.refuse(scope, receive, send, 403, fault)
        else:
            await self._app(scope, receive, send)

    def _host_fault(self, given: list[str]) -> VTError | None:
        parts = hosts.split(given[0]) if len(given) == 1 else None
        if parts is None:
            return VTError("The request names no host.", "Open the address that VT.ai printed at its start.")
        if self._is_local and not hosts.is_loopback(parts[0]) and parts[0] not in self._names:
            return VTError(
                f"VT.ai does not answer to the name {parts[0]}.",
                f'Behind a proxy, set VT_ALLOWED_ORIGINS, such as "https://{parts[0]}".',
            )
        return None

    def _origin_fault(self, scope: Scope, headers: Headers) -> VTError | None:
        origin = headers.get("origin")
        if origin is None:
            changes = scope["type"] == "http" and scope["method"] not in _SAFE_METHODS
            is_foreign = changes and headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        else:
            is_foreign = not hosts.is_same(origin, headers["host"]) and origin.lower() not in self._origins
        if not is_foreign:
            return None
        return VTError(
            "The request came from another site's page.",
            "If that page is yours, add its address to VT_ALLOWED_ORIGINS.",
        )
