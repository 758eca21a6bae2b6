"""Which pages may open a socket: those of the server itself, and those the settings name."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_welcome(origin: str | None, host: str | None, bound_to: str, allowed: Collection[str]) -> bool:
    """`origin` and `host` as the request's headers say; `bound_to` is the address the server listens on.

    No origin means no browser, and so nobody's cookies. A server on loopback answers to loopback names only:
    another name that leads here is somebody else's page.
    """
    if origin is None or origin.lower() in {each.rstrip("/").lower() for each in allowed}:
        return True
    page = urlsplit(origin)
    if page.scheme not in {"http", "https"} or page.netloc != host:
        return False
    return bound_to not in _LOOPBACK or _is_local(page.hostname or "")


def _is_local(name: str) -> bool:
    return name in _LOOPBACK or name.endswith(".localhost")
