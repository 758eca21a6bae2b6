"""Random ids and tokens. Of a token only its digest is kept: whoever reads the store cannot use it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

KEY_START: Final = "vtai_"
_TOKEN_BYTES = 32
_ID_BYTES = 8
_LONGEST, _LONGEST_ID = 200, 64


def new_id() -> str:
    """Sixteen characters that nothing else has."""
    return secrets.token_hex(_ID_BYTES)


def new_token() -> str:
    """256 random bits: too many to guess, so a plain digest is safe to keep."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_key() -> str:
    """The same with a start by which people and scanners for leaked secrets know it."""
    return KEY_START + new_token()


def digest(token: str) -> str:
    """What is kept in place of the token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_plausible(token: str) -> bool:
    """Whether it is worth asking the store about it."""
    return 0 < len(token) <= _LONGEST


def is_id(text: str) -> bool:
    """The same for an id. A store may choke on other characters."""
    return 0 < len(text) <= _LONGEST_ID and text.isascii() and text.isprintable()
