"""Keys for programs in the database. Like logins, each use asks the database: a revoked key ends at once.

The person "local" has keys without having an account: there is none where nobody signs in.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlalchemy import Connection, Row, or_, select

from vtai.core.errors import BadAccount, StorageUnavailable, UnknownName
from vtai.core.people import LOCAL, ROLE_SCOPES, SCOPES, AccessKey, Caller, Person, Scope
from vtai.storage import names, rows, tables, tokens

if TYPE_CHECKING:
    from vtai.storage.database import Database

_keys, _people = tables.keys, tables.people
# How often it is written down that a key is used.
USED_S = 60.0
_SHOWN = 11
_COLUMNS = ("id", "person", "name", "start", "scopes", "made_at", "expires_at", "used_at", "revoked_at")


class SqlKeys:
    """`clock` gives seconds since the epoch."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def make(
        self, person: str, name: str, scopes: frozenset[Scope], expires_at: float | None = None
    ) -> tuple[SecretStr, AccessKey]:
        """A new key and its secret. Raises UnknownName, BadAccount (name, scopes or time cannot be)."""
        secret, now = tokens.new_key(), self._clock()
        if expires_at is not None and expires_at <= now:
            raise BadAccount("The key would have expired already.", "Choose a later time.")
        key = AccessKey(
            id=tokens.new_id(),
            person=person,
            name=names.shown(name),
            start=secret[:_SHOWN],
            scopes=frozenset(scopes),
            made_at=now,
            expires_at=expires_at,
        )

        def work(connection: Connection) -> None:
            _check_scopes(key.scopes, _owner(connection, person))
            row = {column: getattr(key, column) for column in _COLUMNS[:-2] if column != "scopes"}
            connection.execute(
                _keys.insert().values(**row, scopes=sorted(key.scopes), secret=tokens.digest(secret))
            )

        await self._database.write(work)
        return SecretStr(secret), key

    async def caller(self, secret: SecretStr) -> Caller | None:
        """Whose it is; None where it is unknown, revoked or expired, or the person gone or suspended."""
        given = secret.get_secret_value()
        if not given.startswith(tokens.KEY_START) or not tokens.is_plausible(given):
            return None
        now = self._clock()
        query = (
            select(_people, _keys.c.id.label("key"), _keys.c.person, _keys.c.scopes, _keys.c.used_at)
            .join_from(_keys, _people, _keys.c.person == _people.c.id, isouter=True)
            .where(_keys.c.secret == tokens.digest(given), _keys.c.revoked_at.is_(None))
            .where(or_(_keys.c.expires_at.is_(None), _keys.c.expires_at > now))
        )
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None or (person := _holder(row)) is None or person.is_suspended:
            return None
        if row.used_at is None or now - row.used_at >= USED_S:
            await self._use(row.key, now)
        return Caller(person, key_id=row.key, key_scopes=_scopes(row.scopes))

    async def of(self, person: str | None = None) -> Sequence[AccessKey]:
        """Those of one person or all, revoked and expired ones too; the newest first."""
        query = select(*(_keys.c[column] for column in _COLUMNS))
        if person is not None:
            query = query.where(_keys.c.person == person)
        query = query.order_by(_keys.c.made_at.desc(), _keys.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_made(row) for row in rows]

    async def revoke(self, key_id: str, person: str | None = None) -> bool:
        """Whether there was such a key that was not revoked, of this person where one is given."""
        if not tokens.is_id(key_id):
            return False
        query = _keys.update().where(_keys.c.id == key_id, _keys.c.revoked_at.is_(None))
        if person is not None:
            query = query.where(_keys.c.person == person)
        revoked = query.values(revoked_at=self._clock())
        return bool(await self._database.write(lambda connection: connection.execute(revoked).rowcount))

    async def _use(self, key_id: str, now: float) -> None:
        is_older = or_(_keys.c.used_at.is_(None), _keys.c.used_at <= now - USED_S)
        query = _keys.update().where(_keys.c.id == key_id, is_older).values(used_at=now)
        # Whoever may in gets in where only the moment cannot be noted.
        with contextlib.suppress(StorageUnavailable):
            await self._database.write(lambda connection: connection.execute(query).rowcount)


def _owner(connection: Connection, person: str) -> Person:
    """Who is to have a key. Raises UnknownName, BadAccount."""
    if person == LOCAL.id:
        return LOCAL
    query = select(_people).where(_people.c.id == person).with_for_update(read=True)
    row = connection.execute(query).one_or_none() if tokens.is_id(person) else None
    if row is None:
        raise UnknownName("There is no such account.", "`vtai people list` shows them all.")
    if row.is_suspended:
        raise BadAccount(f"{row.name} is suspended.", "Resume the account first.")
    return rows.person(row)


def _check_scopes(scopes: frozenset[Scope], person: Person) -> None:
    if not scopes:
        raise BadAccount("A key needs a scope.", f"There are {', '.join(SCOPES)}.")
    if unknown := sorted(scopes - frozenset(SCOPES)):
        raise BadAccount(f"There is no scope {unknown[0]!r}.", f"There are {', '.join(SCOPES)}.")
    if more := sorted(scopes - ROLE_SCOPES[person.role]):
        raise BadAccount(
            f"A {person.role} may not {' and '.join(more)}, so no key of theirs may.", "Leave that scope out."
        )


def _holder(row: Row[Any]) -> Person | None:
    if row.person == LOCAL.id:
        return LOCAL
    return None if row.id is None else rows.person(row)


def _made(row: Row[Any]) -> AccessKey:
    return AccessKey(
        id=row.id,
        person=row.person,
        name=row.name,
        start=row.start,
        scopes=_scopes(row.scopes),
        made_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        is_revoked=row.revoked_at is not None,
    )


def _scopes(kept: Sequence[str]) -> frozenset[Scope]:
    """Those we know; a scope that a later version wrote gives nothing."""
    return frozenset(scope for scope in SCOPES if scope in kept)
