"""Names and origins: who a request says it came to, and where a page says it came from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?)(?::(\d{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}


def split(host: str) -> tuple[str, str] | None:
    """Name and port ("" when absent) of a Host header, or None when it is not one."""
    match = _HOST.fullmatch(host.lower())
    return None if match is None else (match[1].strip("[]").rstrip("."), match[2] or "")


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def names(origins: Iterable[str]) -> frozenset[str]:
    """The host names in a list of origins."""
    return frozenset(name for origin in origins if (name := urlsplit(origin).hostname))


def is_same(origin: str, host: str) -> bool:
    """Whether an Origin header names the host that a Host header names.

    Schemes are not compared: behind a proxy the page is https while this server sees http.
    """
    try:
        parts = urlsplit(origin)
        port = str(parts.port or "")
    except ValueError:
        return False
    here = split(host)
    if parts.scheme not in {"http", "https"} or parts.hostname is None or here is None:
        return False
    default = _DEFAULT_PORTS[parts.scheme]
    return (parts.hostname, port or default) == (here[0], here[1] or default)
