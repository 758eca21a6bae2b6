"""What is asked and changed about accounts within one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from vtai.core.errors import BadAccount
from vtai.core.people import Person, Role
from vtai.storage import lockouts, names, rows, tables, tokens

_people = tables.people
# Any number that nobody else locks.
_LOCK = 7_208_144


def alone(connection: Connection) -> None:
    """Nobody else changes accounts until the end of the transaction. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def take(
    connection: Connection, name: str, now: float, *, is_known: bool = False
) -> tuple[Row[Any] | None, float]:
    """The account and how long it is locked; where it is not, one more try is counted.

    `is_known`: the tries of whoever asks are counted elsewhere.
    """
    row = _row_named(connection, name, is_held=True)
    if row is None or is_known:
        return row, 0.0
    if (left := (row.locked_until or 0.0) - now) > 0:
        return row, left
    tries = row.failures + 1
    locked_s = lockouts.lock_s(tries)
    update(connection, row.id, failures=tries, locked_until=now + locked_s if locked_s else None)
    return row, 0.0


def admit(connection: Connection, row: Row[Any], renewed: str | None) -> Person | None:
    """Forgets the tries; nobody where the account was suspended or its password changed meanwhile."""
    changed = {"failures": 0, "locked_until": None, "password": renewed or row.password}
    is_same = (_people.c.id == row.id) & (_people.c.password == row.password)
    query = _people.update().where(is_same, _people.c.is_suspended.is_(False)).values(**changed)
    return found(connection, row.id) if connection.execute(query).rowcount else None


def first_role(connection: Connection, asked: Role | None) -> Role:
    """The role of a new account: there is always somebody who can look after the server."""
    if connection.execute(select(_people.c.id).limit(1)).first() is None:
        return "admin"
    return asked or ("member" if _admins(connection) else "admin")


def insert(connection: Connection, name: str, role: Role, made_at: float, **more: str | None) -> Person:
    person = Person(tokens.new_id(), name, role, made_at=made_at)
    row = {
        "id": person.id,
        "name": name,
        "folded": names.folded(name),
        "role": person.role,
        "is_suspended": False,
        "made_at": made_at,
        "extra": {},
    }
    connection.execute(_people.insert().values(**row, **more))
    return person


def update(connection: Connection, person_id: str, **values: object) -> bool:
    query = _people.update().where(_people.c.id == person_id).values(**values)
    return bool(connection.execute(query).rowcount)


def end_logins(connection: Connection, person_id: str, but: str | None = None) -> None:
    logins = tables.logins
    query = logins.delete().where(logins.c.person == person_id)
    connection.execute(query if but is None else query.where(logins.c.id != but))


def keep_an_admin(connection: Connection, person: Person) -> None:
    """Raises BadAccount where nobody else could look after the server."""
    if person.role != "admin" or person.is_suspended:
        return
    if _admins(connection) < 2:
        raise BadAccount(
            f"{person.name} is the only admin.", "Make somebody else an admin first, then try again."
        )


def _admins(connection: Connection) -> int:
    """How many there are who are not suspended."""
    is_one = (_people.c.role == "admin") & _people.c.is_suspended.is_(False)
    return connection.execute(select(func.count()).where(is_one)).scalar_one()


def found(connection: Connection, person_id: str) -> Person | None:
    if not tokens.is_id(person_id):
        return None
    return _person(connection.execute(select(_people).where(_people.c.id == person_id)).one_or_none())


def named(connection: Connection, name: str) -> Person | None:
    return _person(_row_named(connection, name))


def known(connection: Connection, issuer: str, subject: str) -> Person | None:
    """Who signed in elsewhere before."""
    query = select(_people).where(_people.c.issuer == issuer, _people.c.subject == subject)
    return _person(connection.execute(query).one_or_none())


def _row_named(connection: Connection, name: str, *, is_held: bool = False) -> Row[Any] | None:
    if not names.is_possible(name):
        return None
    query = select(_people).where(_people.c.folded == names.folded(name))
    return connection.execute(query.with_for_update() if is_held else query).one_or_none()


def _person(row: Row[Any] | None) -> Person | None:
    return None if row is None else rows.person(row)
