"""`vtai people`: accounts, looked after by whoever runs the server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vtai.cli import adopting, kept, typing_in
from vtai.cli.columns import aligned
from vtai.core.errors import UnknownName
from vtai.core.people import Login, Person, Role

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.wiring.storing import Store

_HEADINGS = ("NAME", "ROLE", "GROUP", "STATE", "MADE", "ID")
_LOGIN_HEADINGS = ("ID", "OF", "MADE", "SEEN", "UNTIL", "FROM", "BROWSER")


def add(parts: Parts, name: str, role: Role | None = None, *, is_piped: bool = False) -> None:
    """Makes an account. Raises BadAccount, NotConfigured."""
    password = typing_in.password(parts, is_piped=is_piped)

    async def work(store: Store) -> tuple[Person, bool]:
        return await store.people.add(name, password, role), await adopting.is_something_left(store)

    person, is_left = kept.done(parts, work)
    parts.terminal.line(f"{person.name} has an account now, as {person.role}.")
    if is_left:
        parts.terminal.aside(adopting.LEFT)


def show(parts: Parts, as_json: bool = False) -> None:
    """Prints all accounts, the first ones first."""

    async def work(store: Store) -> tuple[Sequence[Person], bool]:
        return await store.people.all(), await adopting.is_something_left(store)

    found, is_left = kept.done(parts, work)
    if as_json:
        parts.terminal.line(json.dumps([_fields(person) for person in found], indent=2))
        return
    if not found:
        parts.terminal.aside("There are no accounts yet: `vtai people add NAME` makes the first, an admin.")
        return
    for line in aligned([_HEADINGS, *map(_row, found)]):
        parts.terminal.line(line)
    if is_left:
        parts.terminal.aside(adopting.LEFT)


def change(
    parts: Parts,
    name: str,
    *,
    role: Role | None = None,
    group: str | None = None,
    is_suspended: bool | None = None,
) -> None:
    """Changes what is given and says how the account is then. Raises UnknownName, BadAccount."""

    async def work(store: Store) -> Person:
        person = await kept.person_named(name, store)
        return await store.people.change(person.id, role, group, is_suspended)

    person = kept.done(parts, work)
    group_told = f", in the group {person.group}" if person.group else ""
    parts.terminal.line(f"{person.name} is {person.role}{group_told}, {_state(person)}.")


def set_password(parts: Parts, name: str, *, is_piped: bool = False) -> None:
    """Sets a new password; every browser has to sign in again. Raises UnknownName, BadAccount."""
    password = typing_in.password(parts, is_piped=is_piped)

    async def work(store: Store) -> Person:
        person = await kept.person_named(name, store)
        await store.people.set_password(person.id, password)
        return person

    person = kept.done(parts, work)
    parts.terminal.line(f"{person.name} has a new password and is signed out everywhere.")


def delete(parts: Parts, name: str, is_sure: bool = False) -> bool:
    """Deletes an account with all that it keeps. False where that was not wanted after all."""
    question = f"Delete {name} and all their conversations? That cannot be undone."
    if not is_sure and not typing_in.confirm(parts, question):
        return False

    async def work(store: Store) -> tuple[Person, int]:
        person = await kept.person_named(name, store)
        # Suspended first: an only admin is refused before anything is lost, and nobody writes meanwhile.
        await store.people.change(person.id, is_suspended=True)
        conversations = await store.histories.delete_all(person.id)
        await store.people.delete(person.id)
        return person, conversations

    person, conversations = kept.done(parts, work)
    parts.terminal.line(f"{person.name} is deleted, with {conversations} conversations.")
    return True


def show_logins(parts: Parts, name: str | None = None, as_json: bool = False) -> None:
    """Prints who is signed in where, the newest first."""

    async def work(store: Store) -> tuple[Sequence[Login], Mapping[str, str]]:
        owner = (await kept.person_named(name, store)).id if name is not None else None
        names = {person.id: person.name for person in await store.people.all()}
        return await store.logins.of(owner), names

    logins, names = kept.done(parts, work)
    if as_json:
        parts.terminal.line(json.dumps([_login_fields(login, names) for login in logins], indent=2))
        return
    if not logins:
        parts.terminal.aside("Nobody is signed in.")
        return
    for line in aligned([_LOGIN_HEADINGS, *(_login_row(login, names) for login in logins)]):
        parts.terminal.line(line)


def sign_out(parts: Parts, name: str, login_id: str | None = None) -> None:
    """Ends one login of somebody, or all. Raises UnknownName."""

    async def work(store: Store) -> tuple[Person, int]:
        person = await kept.person_named(name, store)
        if login_id is None:
            return person, await store.logins.end_all(person.id)
        if not await store.logins.end(login_id, person.id):
            hint = "`vtai people logins` shows them."
            raise UnknownName(f"{person.name} has no login {login_id!r}.", hint)
        return person, 1

    person, ended = kept.done(parts, work)
    parts.terminal.line(f"{person.name} is signed out in {ended} browser{'s' if ended != 1 else ''}.")


def _state(person: Person) -> str:
    return "suspended" if person.is_suspended else "active"


def _row(person: Person) -> tuple[str, ...]:
    made = kept.when(person.made_at)
    return person.name, person.role, person.group or "-", _state(person), made, person.id


def _fields(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "group": person.group,
        "state": _state(person),
        "made_at": person.made_at,
    }


def _login_row(login: Login, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        login.id,
        names.get(login.person, "-"),
        kept.when(login.made_at),
        kept.when(login.seen_at),
        kept.when(login.expires_at),
        login.address or "-",
        login.agent or "-",
    )


def _login_fields(login: Login, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": login.id,
        "person": names.get(login.person),
        "made_at": login.made_at,
        "seen_at": login.seen_at,
        "expires_at": login.expires_at,
        "address": login.address,
        "agent": login.agent,
    }
