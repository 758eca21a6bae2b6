"""Accounts: names, roles, and that somebody can always look after the server."""

from __future__ import annotations

import asyncio

import pytest

from tests.storage.desk import GOOD, Desk
from vtai.core.errors import BadAccount, SignInRefused, UnknownName
from vtai.core.people import Person, Role
from vtai.storage.database import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_the_first_person_is_an_admin_and_the_next_one_a_member(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD, "guest")
    bob = await desk.people.add("Bob", GOOD)
    guest = await desk.people.add("Cleo", GOOD, "guest")
    assert (ann.role, bob.role, guest.role) == ("admin", "member", "guest")
    assert await desk.people.get(ann.id) == ann
    assert ann.made_at == desk.clock.now
    assert len({ann.id, bob.id, guest.id, "local"}) == 4


async def test_of_two_who_come_first_at_once_one_is_an_admin(desk: Desk) -> None:
    other = Desk(desk.database)
    made = await asyncio.gather(
        *(each.people.add(f"{index} {each is desk}", GOOD) for index in range(5) for each in (desk, other))
    )
    assert sorted(person.role for person in made) == ["admin", *["member"] * 9]


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        pytest.param("Ann", "aNN", id="capitals"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("Ann", "Ａｎｎ", id="wide letters"),  # noqa: RUF001 -- the letters are the point
        pytest.param("Zoe\u0308", "zo\u00eb", id="accent of its own"),
        pytest.param("Ann Lee", " Ann   Lee ", id="spaces"),
    ],
)
async def test_a_name_is_taken_once_however_it_is_written(desk: Desk, taken: str, wanted: str) -> None:
    person = await desk.people.add(taken, GOOD)
    with pytest.raises(BadAccount, match="is taken"):
        await desk.people.add(wanted, GOOD)
    assert await desk.people.named(wanted) == person
    assert (await desk.people.check(wanted, GOOD)).id == person.id


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("  ", id="spaces"),
        pytest.param("a" * 101, id="too long"),
        pytest.param("ﷺ" * 100, id="too long when written out"),
        pytest.param("a\nb", id="two lines"),
        pytest.param("a\x00b", id="null"),
        pytest.param("admin\u200b", id="zero width"),
        pytest.param("\u202enimda", id="turned around"),
        pytest.param("\u3164", id="filler"),
        pytest.param("a\ud800", id="half a character"),
    ],
)
async def test_a_name_that_cannot_be_seen_or_kept_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(BadAccount):
        await desk.people.add(name, GOOD)
    assert await desk.people.named(name) is None
    with pytest.raises(SignInRefused):
        await desk.people.check(name, GOOD)


async def test_of_people_who_take_one_name_at_once_one_gets_it(desk: Desk) -> None:
    results = await asyncio.gather(
        *(desk.people.add(name, GOOD) for name in ("Ann", "ANN", "ann")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["BadAccount", "BadAccount", "Person"]


CHANGES = [
    pytest.param({"is_suspended": True}, id="suspend"),
    pytest.param({"role": "member"}, id="demote"),
    pytest.param({"role": "guest", "is_suspended": False}, id="demote to guest"),
    pytest.param(None, id="delete"),
]


async def changed(desk: Desk, person: Person, change: dict[str, Role | bool] | None) -> None:
    if change is None:
        await desk.people.delete(person.id)
    else:
        await desk.people.change(person.id, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", CHANGES)
async def test_the_last_admin_stays_one(desk: Desk, change: dict[str, Role | bool] | None) -> None:
    ann = await desk.people.add("Ann", GOOD)
    await desk.people.add("Bob", GOOD)
    gone = await desk.people.add("Cleo", GOOD, "admin")
    await desk.people.change(gone.id, is_suspended=True)
    with pytest.raises(BadAccount, match="only admin"):
        await changed(desk, ann, change)
    assert await desk.people.get(ann.id) == ann
    await desk.people.change(gone.id, is_suspended=False)
    await changed(desk, ann, change)


@pytest.mark.parametrize("change", CHANGES)
async def test_of_two_admins_who_remove_each_other_one_stays(
    desk: Desk, change: dict[str, Role | bool] | None
) -> None:
    pair = [await desk.people.add(name, GOOD, "admin") for name in ("Ann", "Bob")]
    desks = (desk, Desk(desk.database))
    results = await asyncio.gather(
        *(changed(each, person, change) for each, person in zip(desks, pair, strict=True)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["BadAccount", "NoneType"]


IDS = ["unknown", "none", "local", "null", "half a character", "too long"]


async def test_a_change_is_what_is_read_afterwards(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    given = await desk.people.change(bob.id, role="guest", group="lab")
    assert (given.role, given.group, given.is_suspended) == ("guest", "lab", False)
    assert await desk.people.change(bob.id) == given == await desk.people.get(bob.id)
    assert (await desk.people.change(bob.id, group="")).group == ""
    with pytest.raises(BadAccount):
        await desk.people.change(bob.id, role="owner")  # type: ignore[arg-type]


@pytest.mark.parametrize("person_id", ["0" * 16, "", "local", "a\x00b", "\ud800", "x" * 65], ids=IDS)
async def test_an_id_that_nobody_has_is_nobody(desk: Desk, person_id: str) -> None:
    assert await desk.people.get(person_id) is None
    assert not await desk.people.delete(person_id)
    with pytest.raises(UnknownName):
        await desk.people.change(person_id, role="guest")
    with pytest.raises(UnknownName):
        await desk.people.set_password(person_id, GOOD)


async def test_who_signed_in_elsewhere_is_the_same_person_again(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    first = await desk.people.known_as("https://id.example.org", "17", "Ann", "guest")
    again = await desk.people.known_as("https://id.example.org", "17", "Ann B.")
    elsewhere = await desk.people.known_as("https://github.com", "17", "ann")
    assert again == first
    assert (first.name, first.role, elsewhere.name) == ("Ann-2", "guest", "ann-3")
    assert len({first.id, elsewhere.id}) == 2


async def test_who_signs_in_elsewhere_is_no_admin_for_being_first(desk: Desk) -> None:
    first = await desk.people.known_as("https://id.example.org", "1", "Zed")
    operator = await desk.people.add("Ann", GOOD)
    assert (first.role, operator.role) == ("member", "admin")


async def test_one_who_signs_in_elsewhere_several_times_at_once_is_made_once(desk: Desk) -> None:
    desks = (desk, Desk(desk.database))
    found = await asyncio.gather(
        *(each.people.known_as("proxy", "ann", "Ann") for each in desks for _ in range(4))
    )
    assert len({person.id for person in found}) == 1
    assert len(await desk.people.all()) == 1


@pytest.mark.parametrize(
    ("told", "name"),
    [
        pytest.param("", "person", id="none"),
        pytest.param("\u200b\x00", "person", id="nothing to see"),
        pytest.param("Ann\r\n\u202eLee", "Ann Lee", id="controls"),
        pytest.param("x" * 500, "x" * 60, id="too long"),
    ],
)
async def test_a_name_from_elsewhere_is_made_one_that_can_be_kept(desk: Desk, told: str, name: str) -> None:
    assert (await desk.people.known_as("proxy", "1", told)).name == name
    assert (await desk.people.known_as("proxy", "2", told)).name == f"{name}-2"


@pytest.mark.parametrize("subject", ["", "x" * 301, "a\x00b"], ids=["none", "too long", "null"])
async def test_an_identity_that_cannot_be_kept_is_refused(desk: Desk, subject: str) -> None:
    with pytest.raises(BadAccount):
        await desk.people.known_as("proxy", subject, "Ann")


async def test_deleting_takes_logins_and_keys_along_and_frees_the_name(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    token, _ = await desk.logins.open(bob.id)
    secret, _ = await desk.keys.make(bob.id, "ci", frozenset({"read"}))
    assert await desk.people.delete(bob.id)
    assert not await desk.people.delete(bob.id)
    assert (await desk.logins.caller(token), await desk.keys.caller(secret)) == (None, None)
    assert (await desk.logins.of(), await desk.keys.of()) == ([], [])
    assert (await desk.people.add("Bob", GOOD)).id != bob.id


async def test_accounts_are_listed_in_the_order_they_came(desk: Desk) -> None:
    for name in ("Cleo", "Ann", "Bob"):
        await desk.people.add(name, GOOD)
        desk.clock.turn(1)
    assert [person.name for person in await desk.people.all()] == ["Cleo", "Ann", "Bob"]
