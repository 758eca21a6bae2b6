"""Accounts, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, SecretStr

from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import WHOLE_TEXT, Body, Result
from vtai.api.stored import store_of
from vtai.core.errors import UnknownName
from vtai.core.people import Role

if TYPE_CHECKING:
    from vtai.core.people import Person
    from vtai.wiring import App

_Group = Annotated[str, Field(max_length=100), WHOLE_TEXT]


class PersonShown(Result):
    id: str
    name: str
    role: Role
    group: str
    is_suspended: bool
    made_at: float
    """Seconds since the epoch."""


class People(Result):
    items: list[PersonShown]


class NewPerson(Body):
    name: Annotated[str, Field(min_length=1, max_length=100), WHOLE_TEXT]
    password: Annotated[str, Field(min_length=10, max_length=256)]
    role: Role = "member"
    group: _Group = ""


class PersonChange(Body):
    """What is absent stays as it is."""

    role: Role | None = None
    group: _Group | None = None
    is_suspended: bool | None = None


class Accounts:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        cannot = {409: "The name, the password or the change cannot be, as for the last admin."}
        return (
            Endpoint("GET", "/people", "admin", "The accounts.", self.people, People),
            Endpoint(
                "POST",
                "/people",
                "admin",
                "Makes an account.",
                self.add_person,
                PersonShown,
                body=NewPerson,
                status=201,
                says=cannot,
            ),
            Endpoint("GET", "/people/{id}", "admin", "One account.", self.person, PersonShown),
            Endpoint(
                "PATCH",
                "/people/{id}",
                "admin",
                "Changes or suspends it, at once.",
                self.change_person,
                PersonShown,
                body=PersonChange,
                says=cannot,
            ),
        )

    async def people(self, _: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        return People(items=[_shown(each) for each in await store.people.all()])

    async def add_person(self, call: Call[NewPerson, None]) -> Answer:
        store, new = await store_of(self._app), call.body
        person = await store.people.add(new.name, SecretStr(new.password), new.role)
        if new.group:
            person = await store.people.change(person.id, group=new.group)
        return _shown(person)

    async def person(self, call: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        if (found := await store.people.get(call.part())) is None:
            raise UnknownName("There is no such account.", "GET /api/v1/people lists them.")
        return _shown(found)

    async def change_person(self, call: Call[PersonChange, None]) -> Answer:
        store, change = await store_of(self._app), call.body
        person = await store.people.change(call.part(), change.role, change.group, change.is_suspended)
        if change.is_suspended:
            await self._app.entering.connections.end_person(person.id)
        return _shown(person)


def _shown(person: Person) -> PersonShown:
    return PersonShown(
        id=person.id,
        name=person.name,
        role=person.role,
        group=person.group,
        is_suspended=person.is_suspended,
        made_at=person.made_at,
    )
