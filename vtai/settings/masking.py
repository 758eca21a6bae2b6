"""Addresses fit for showing: without what lets somebody in."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "****"
# user:password@ behind the scheme. A password may have any signs in it, written as they should be or not;
# what is a port has no password behind it.
_LOGIN = re.compile(r"(?<=://)([^/?#\s@:]*)(:(?!\d+[/?#])\S*)?@")
_SECRET = re.compile(r"(?i)([?&][^=&#\s]*(?:pass|pwd|token|secret|key|sig|auth)[^=&#\s]*=)[^&#\s]+")


def masked(text: str) -> str:
    """The text; passwords in addresses are stars. A name alone before an @ may be a token: stars as well."""
    return _SECRET.sub(rf"\1{MASK}", _LOGIN.sub(_stars, text))


def place(url: str) -> str:
    """Host, port and path of an address, and nothing else of it."""
    rest = re.sub(r"[?#].*", "", url.partition("://")[2], flags=re.DOTALL)
    return rest.rpartition("@")[2] or "this machine"


def _stars(found: re.Match[str]) -> str:
    return f"{found[1]}:{MASK}@" if found[2] is not None and found[1] else f"{MASK}@"
