"""Passwords: which ones are taken, and argon2id hashes. A hash takes a while and 64 MiB, by intent."""

from __future__ import annotations

import asyncio
import functools
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vtai.core.errors import BadAccount, Busy
from vtai.storage import names

if TYPE_CHECKING:
    from pydantic import SecretStr

Result = TypeVar("Result")

SHORTEST, LONGEST = 10, 256
_AT_ONCE = 2
_MOST_WAITING = 100
_COMMON_FILE = "common_passwords.txt"


class Passwords:
    """Hashes in threads of its own, two at once; the others wait, and Busy is raised where too many do."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hash")
        self._waiting = 0

    async def hashed(self, password: SecretStr, name: str) -> str:
        """The hash to keep for somebody of this name. Raises BadAccount where it is no good password."""
        text = _composed(password)
        check(text, name)
        return await self._run(lambda: self._hasher.hash(_bytes(text)))

    async def fits(self, password: SecretStr, kept: str | None) -> bool:
        """Whether this hash was made of the password. It takes as long where there is no hash."""
        text = _composed(password)
        if len(text) > LONGEST:
            return False
        return await self._run(lambda: self._fits(_bytes(text), kept))

    async def renewed(self, password: SecretStr, kept: str) -> str | None:
        """A new hash of a password that fits, where the old one was made in a weaker way."""
        if not self._hasher.check_needs_rehash(kept):
            return None
        content = _bytes(_composed(password))
        return await self._run(lambda: self._hasher.hash(content))

    def _fits(self, content: bytes, kept: str | None) -> bool:
        if kept is None:
            self._hasher.hash(content)
            return False
        try:
            return self._hasher.verify(kept, content)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= _MOST_WAITING:
            raise Busy("Too many people sign in just now.", "Try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def check(password: str, name: str) -> None:
    """Raises BadAccount where the password is too short, too long, or what others try first."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadAccount(
            f"A password has {SHORTEST} to {LONGEST} characters.", "Some words in a row are easy to remember."
        )
    plain = names.folded(password)
    if plain == names.folded(name):
        raise BadAccount("The password is the name.", "Choose another one.")
    if plain in _common() or len(set(plain)) == 1:
        raise BadAccount("That password is one of the most common ones.", "Choose another one.")


def _composed(password: SecretStr) -> str:
    """The same text whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password.get_secret_value())


def _bytes(text: str) -> bytes:
    # Half a character can come in by JSON; it is as good as any other part of a password.
    return text.encode("utf-8", "surrogatepass")


@functools.cache
def _common() -> frozenset[str]:
    text = resources.files("vtai.storage").joinpath(_COMMON_FILE).read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
