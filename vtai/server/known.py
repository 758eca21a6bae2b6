"""Browsers in which somebody signed in before: a name that others have locked is not locked there.

Whoever guesses at a name from elsewhere could keep its person out otherwise, for as long as they like. Each
such browser has few tries of its own; what it holds lets nobody in.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vtai.server import cookies
from vtai.storage import lockouts

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.core.people import Person
    from vtai.core.ports import People

COOKIE: Final = "vtai_known"
_AGE_S: Final = 365 * 86_400


class Known:
    """Remembers browsers by a sealed cookie, and counts their wrong passwords. `clock`: since the epoch."""

    def __init__(self, seal: cookies.Seal, clock: Callable[[], float] = time.time) -> None:
        self._seal = seal
        self._clock = clock
        self._tries = lockouts.Strangers()

    def remember(self, request: Request, response: Response, person: Person) -> None:
        """Marks the browser as one of this person's."""
        sealed = self._seal.close({"person": person.id, "browser": secrets.token_hex(8)}, _AGE_S)
        cookies.put(response, request.scope, request.headers, COOKIE, sealed, _AGE_S)

    async def check(self, headers: Headers, people: People, name: str, password: SecretStr) -> Person:
        """Whose password it is. Raises as `People.check` does."""
        browser = await self._browser(headers, people, name)
        if browser is None:
            return await people.check(name, password)
        return await self.check_from(browser, people, name, password)

    async def check_from(self, browser: str, people: People, name: str, password: SecretStr) -> Person:
        """The same where it is certain that the person was in before, by whatever stands for the browser."""
        if (left := self._tries.take(browser, self._clock())) > 0:
            raise lockouts.error(left)
        person = await people.check(name, password, is_known=True)
        self._tries.forget(browser)
        return person

    async def _browser(self, headers: Headers, people: People, name: str) -> str | None:
        """The id of the browser, where the person of this name signed in with it before."""
        held = self._seal.open(cookies.given(COOKIE, headers))
        if held is None or (person := await people.named(name)) is None or person.id != held["person"]:
            return None
        return str(held["browser"])
