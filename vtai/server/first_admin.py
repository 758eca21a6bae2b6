"""The first account: made on a page that is there as long as nobody is an admin.

Where others than this machine reach the server it asks for a code that is printed at the start and nowhere
else.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from vtai.core.errors import Forbidden, SignInRefused
from vtai.server.browsers import FIRST_ADMIN

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.core.people import Person
    from vtai.server.ways import Kept


class FirstAdmin:
    """Makes one admin, once."""

    def __init__(self, kept: Kept, *, needs_code: bool) -> None:
        self._kept = kept
        self._code = secrets.token_urlsafe(16) if needs_code else None
        self._is_made = False
        self._lock = asyncio.Lock()

    @property
    def needs_code(self) -> bool:
        return self._code is not None

    async def is_wanted(self) -> bool:
        """Whether there is no admin yet."""
        if not self._is_made:
            people = await (await self._kept()).people.all()
            # The last admin cannot be deleted: once there is one, that stays so.
            self._is_made = any(person.role == "admin" for person in people)
        return not self._is_made

    def invitation(self, address: str) -> str:
        """The line to print at the start. The only place where the code is shown."""
        query = f"?{urlencode({'code': self._code})}" if self._code is not None else ""
        return f"Nobody is an admin yet. Make the first account at {address}{FIRST_ADMIN}{query}"

    async def make(self, name: str, password: SecretStr, code: str) -> Person:
        """The admin. Raises Forbidden, SignInRefused or BadAccount."""
        if self._code is not None and not hmac.compare_digest(code.strip().encode(), self._code.encode()):
            raise SignInRefused(
                "This is not the code that was printed.", "It stands in the last lines of the server's start."
            )
        async with self._lock:
            if not await self.is_wanted():
                raise Forbidden("There is an admin already.", "Ask them for an account, or sign in.")
            person = await (await self._kept()).people.add(name, password, "admin")
            self._is_made = True
            return person
