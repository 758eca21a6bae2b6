"""Accounts in the database. Each rule that looks at several of them holds in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from vtai.core.errors import BadAccount, SignInRefused, UnknownName
from vtai.core.people import ROLE_SCOPES, Person, Role
from vtai.storage import accounts, lockouts, names, rows, tables
from vtai.storage.passwords import Passwords

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.storage.database import Database

_people = tables.people
_LONGEST_ISSUER, _LONGEST_SUBJECT = 200, 300


class SqlPeople:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._passwords = passwords or Passwords()
        self._clock = clock
        self._strangers = lockouts.Strangers()

    async def add(self, name: str, password: SecretStr | None, role: Role | None = None) -> Person:
        """The new person: an admin where it is the first one, or where there is none and no role is given.

        Raises BadAccount.
        """
        name = names.shown(name)
        _check_role(role)
        kept = None if password is None else await self._passwords.hashed(password, name)
        made_at = self._clock()

        def work(connection: Connection) -> Person:
            accounts.alone(connection)
            if accounts.named(connection, name) is not None:
                raise BadAccount(f"The name {name!r} is taken.", "Choose another one.")
            given = accounts.first_role(connection, role)
            return accounts.insert(connection, name, given, made_at, password=kept)

        return await self._database.write(work)

    async def get(self, person_id: str) -> Person | None:
        return await self._database.read(lambda connection: accounts.found(connection, person_id))

    async def named(self, name: str) -> Person | None:
        return await self._database.read(lambda connection: accounts.named(connection, name))

    async def all(self) -> Sequence[Person]:
        """Those who came first stand first."""
        query = select(_people).order_by(_people.c.made_at, _people.c.id)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return [rows.person(row) for row in found]

    async def check(self, name: str, password: SecretStr, *, is_known: bool = False) -> Person:
        """Whose password it is. Raises SignInRefused, LockedOut or Busy.

        A try is counted before it is looked at, so that many at once are not more than they say.
        """
        now = self._clock()
        row, left = await self._database.write(
            lambda connection: accounts.take(connection, name, now, is_known=is_known)
        )
        if row is None:
            left = self._strangers.take(names.folded(name[:_LONGEST_SUBJECT]), now)
        if left > 0:
            raise lockouts.error(left)
        kept = None if row is None else row.password
        if not await self._passwords.fits(password, kept) or row is None or kept is None:
            raise _refused()
        renewed = await self._passwords.renewed(password, kept)
        person = await self._database.write(lambda connection: accounts.admit(connection, row, renewed))
        if person is None:
            raise _refused()
        return person

    async def set_password(self, person_id: str, password: SecretStr, but: str | None = None) -> None:
        """Ends all their logins but this one, and a lock. Raises UnknownName, BadAccount."""
        person = await self.get(person_id)
        if person is None:
            raise _unknown()
        kept = await self._passwords.hashed(password, person.name)

        def work(connection: Connection) -> None:
            changed = {"password": kept, "failures": 0, "locked_until": None}
            if not accounts.update(connection, person_id, **changed):
                raise _unknown()
            accounts.end_logins(connection, person_id, but)

        await self._database.write(work)

    async def change(
        self,
        person_id: str,
        role: Role | None = None,
        group: str | None = None,
        is_suspended: bool | None = None,
    ) -> Person:
        """The person as they are then. Suspending ends their logins. Raises UnknownName, BadAccount."""
        _check_role(role)
        asked = {
            "role": role,
            "group_name": names.shown(group, "group") if group else group,
            "is_suspended": is_suspended,
        }
        changed = {column: value for column, value in asked.items() if value is not None}

        def work(connection: Connection) -> Person:
            accounts.alone(connection)
            before = accounts.found(connection, person_id)
            if before is None:
                raise _unknown()
            if role not in {None, "admin"} or is_suspended:
                accounts.keep_an_admin(connection, before)
            if changed:
                accounts.update(connection, person_id, **changed)
            if is_suspended:
                accounts.end_logins(connection, person_id)
            after = accounts.found(connection, person_id)
            return after or before

        return await self._database.write(work)

    async def known_as(self, issuer: str, subject: str, name: str, role: Role = "member") -> Person:
        """Who signed in elsewhere; made at the first time, with a number behind a name that is taken.

        Never somebody who has the same name here, and no admin for being first: whoever comes first from
        elsewhere may be anybody. Raises BadAccount.
        """
        _check_role(role)
        if not (_is_text(issuer, _LONGEST_ISSUER) and _is_text(subject, _LONGEST_SUBJECT)):
            raise BadAccount("The sign-in elsewhere told no usable identity.", "Ask who runs it.")
        known = await self._database.read(lambda connection: accounts.known(connection, issuer, subject))
        if known is not None:
            return known
        wanted = names.tidied(name, otherwise="person")
        made_at = self._clock()

        def work(connection: Connection) -> Person:
            accounts.alone(connection)
            if (person := accounts.known(connection, issuer, subject)) is not None:
                return person
            free = next(each for each in _candidates(wanted) if accounts.named(connection, each) is None)
            return accounts.insert(connection, free, role, made_at, issuer=issuer, subject=subject)

        return await self._database.write(work)

    async def delete(self, person_id: str) -> bool:
        """Whether there was one. Their logins, keys and links end. Raises BadAccount for the last admin."""

        def work(connection: Connection) -> bool:
            accounts.alone(connection)
            person = accounts.found(connection, person_id)
            if person is None:
                return False
            accounts.keep_an_admin(connection, person)
            connection.execute(_people.delete().where(_people.c.id == person_id))  # and their logins
            for table in (tables.keys, tables.shares):
                connection.execute(table.delete().where(table.c.person == person_id))
            return True

        return await self._database.write(work)


def _candidates(name: str) -> Iterator[str]:
    return (names.numbered(name, number) for number in count(1))


def _is_text(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and value.isprintable()


def _check_role(role: str | None) -> None:
    if role is not None and role not in ROLE_SCOPES:
        raise BadAccount(f"There is no role {role!r}.", f"There are {', '.join(ROLE_SCOPES)}.")


def _refused() -> SignInRefused:
    return SignInRefused("Name and password do not fit.", "Check both, capitals too.")


def _unknown() -> UnknownName:
    return UnknownName("There is no such account.", "`vtai people list` shows them all.")
