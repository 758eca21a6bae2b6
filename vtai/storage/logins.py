"""Signed-in browsers in the database.

Nothing is held in memory: each request asks the database, so that what ended has ended for every process.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlalchemy import Connection, and_, or_, select

from vtai.core.errors import SignInRefused, StorageUnavailable
from vtai.core.people import Caller, Login
from vtai.storage import rows, tables, tokens

if TYPE_CHECKING:
    from vtai.storage.database import Database

_logins, _people = tables.logins, tables.people
_DAY_S = 86_400.0
# How often it is written down that a login is used.
SEEN_S = 60.0
_LONGEST_AGENT, _LONGEST_ADDRESS = 300, 64


class SqlLogins:
    """A login ends after so many days, and after so many without use. `clock`: seconds since the epoch."""

    def __init__(
        self, database: Database, days: float, idle_days: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._age_s = days * _DAY_S
        self._idle_s = idle_days * _DAY_S
        self._clock = clock

    async def open(self, person: str, agent: str = "", address: str = "") -> tuple[SecretStr, Login]:
        """A new login and its token. Raises SignInRefused where the person is gone or suspended."""
        token, now = tokens.new_token(), self._clock()
        login = Login(
            id=tokens.new_id(),
            person=person,
            made_at=now,
            seen_at=now,
            expires_at=now + self._age_s,
            agent=_printable(agent, _LONGEST_AGENT),
            address=_printable(address, _LONGEST_ADDRESS),
        )

        def work(connection: Connection) -> bool:
            connection.execute(_logins.delete().where(self._is_over(now)))
            if not _is_active(connection, person):
                return False
            row = {column: getattr(login, column) for column in Login.__slots__}
            connection.execute(_logins.insert().values(**row, token=tokens.digest(token)))
            return True

        if not await self._database.write(work):
            raise SignInRefused("This account cannot be used just now.", "Ask an admin.")
        return SecretStr(token), login

    async def caller(self, token: SecretStr) -> Caller | None:
        """Who it is; None where it is unknown, ended or expired, or the person suspended."""
        given = token.get_secret_value()
        if not tokens.is_plausible(given):
            return None
        now = self._clock()
        query = (
            select(_people, _logins.c.id.label("login"), _logins.c.seen_at)
            .join(_logins, _logins.c.person == _people.c.id)
            .where(_logins.c.token == tokens.digest(given), ~self._is_over(now))
            .where(_people.c.is_suspended.is_(False))
        )
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        if now - row.seen_at >= SEEN_S:
            await self._see(row.login, now)
        return Caller(rows.person(row), login_id=row.login)

    async def of(self, person: str | None = None) -> Sequence[Login]:
        """Those that still count, of one person or all; the newest first."""
        query = select(*(_logins.c[column] for column in Login.__slots__)).where(
            ~self._is_over(self._clock())
        )
        if person is not None:
            query = query.where(_logins.c.person == person)
        query = query.order_by(_logins.c.made_at.desc(), _logins.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Login(**row._asdict()) for row in rows]

    async def end(self, login_id: str, person: str | None = None) -> bool:
        """Whether there was such a login, of this person where one is given."""
        if not tokens.is_id(login_id):
            return False
        query = _logins.delete().where(_logins.c.id == login_id)
        if person is not None:
            query = query.where(_logins.c.person == person)
        return bool(await self._database.write(lambda connection: connection.execute(query).rowcount))

    async def end_all(self, person: str, but: str | None = None) -> int:
        """How many of the person's logins ended; the one with the id `but` stays."""
        query = _logins.delete().where(_logins.c.person == person)
        if but is not None:
            query = query.where(_logins.c.id != but)
        return await self._database.write(lambda connection: connection.execute(query).rowcount)

    async def _see(self, login_id: str, now: float) -> None:
        query = (
            _logins.update()
            .where(_logins.c.id == login_id, _logins.c.seen_at <= now - SEEN_S)
            .values(seen_at=now)
        )
        # Whoever may in gets in where only the moment cannot be noted.
        with contextlib.suppress(StorageUnavailable):
            await self._database.write(lambda connection: connection.execute(query).rowcount)

    def _is_over(self, now: float) -> Any:
        # By its making as well: a shorter time in the settings counts for older logins, too.
        return or_(
            _logins.c.expires_at <= now,
            _logins.c.made_at <= now - self._age_s,
            _logins.c.seen_at <= now - self._idle_s,
        )


def _is_active(connection: Connection, person: str) -> bool:
    if not tokens.is_id(person):
        return False
    # Held until the login is there, so that nobody is suspended in between.
    query = (
        select(_people.c.id)
        .where(and_(_people.c.id == person, _people.c.is_suspended.is_(False)))
        .with_for_update(read=True)
    )
    return connection.execute(query).first() is not None


def _printable(text: str, longest: int) -> str:
    return "".join(each for each in text[:longest] if each.isprintable())
