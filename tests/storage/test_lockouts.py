"""Signing in with a password: what is told, and how guessing is slowed down."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher  # noqa: TID253 these tests are about hashes; no start-up waits for them

from tests.storage.desk import CHEAP, GOOD, OTHER, WRONG, Desk
from vtai.core.errors import LockedOut, SignInRefused
from vtai.storage.database import Database
from vtai.storage.passwords import Passwords
from vtai.storage.people import SqlPeople


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def failed(desk: Desk, name: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            await desk.people.check(name, WRONG)


async def locked_s(desk: Desk, name: str) -> float:
    with pytest.raises(LockedOut) as caught:
        await desk.people.check(name, GOOD)
    return caught.value.retry_after_s


async def test_a_password_lets_its_person_in_and_nobody_else(desk: Desk) -> None:
    ann, bob = await desk.people.add("Ann", GOOD), await desk.people.add("Bob", OTHER)
    assert await desk.people.check("ann", GOOD) == ann
    assert await desk.people.check("bob", OTHER) == bob
    await failed(desk, "Ann")
    with pytest.raises(SignInRefused):
        await desk.people.check("bob", GOOD)


async def test_what_was_wrong_is_not_told(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    suspended = await desk.people.add("Bob", GOOD)
    await desk.people.change(suspended.id, is_suspended=True)
    await desk.people.known_as("https://id.example.org", "1", "Cleo")
    told = set()
    for name, password in (("Ann", WRONG), ("Bob", GOOD), ("Cleo", GOOD), ("Nobody", GOOD)):
        with pytest.raises(SignInRefused) as caught:
            await desk.people.check(name, password)
        told.add((caught.value.message, caught.value.hint))
    assert len(told) == 1


@pytest.mark.parametrize("name", [pytest.param("Ann", id="known"), pytest.param("Zed", id="unknown")])
async def test_five_wrong_tries_lock_a_name_longer_each_time(desk: Desk, name: str) -> None:
    await desk.people.add("Ann", GOOD)
    await failed(desk, name, 5)
    waits = []
    for _ in range(7):
        waits.append(await locked_s(desk, name))
        desk.clock.turn(waits[-1])
        await failed(desk, name)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


async def test_a_lock_passes_and_success_forgets_the_tries(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    await failed(desk, "Ann", 5)
    desk.clock.turn(29)
    assert await locked_s(desk, "ANN") == 1
    desk.clock.turn(1)
    assert await desk.people.check("Ann", GOOD) == ann
    await failed(desk, "Ann", 4)
    assert await desk.people.check("Ann", GOOD) == ann


async def test_a_lock_holds_for_another_process_and_not_for_another_name(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    await failed(desk, "Ann", 5)
    other = Desk(desk.database, desk.clock)
    assert await locked_s(other, "Ann") == 30
    assert await other.people.check("Bob", GOOD) == bob


async def test_many_tries_at_once_are_not_more_than_five(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    results = await asyncio.gather(
        *(desk.people.check("Ann", WRONG) for _ in range(20)), return_exceptions=True
    )
    assert sorted({type(result).__name__ for result in results}) == ["LockedOut", "SignInRefused"]
    assert sum(isinstance(result, SignInRefused) for result in results) == 5


async def test_a_new_password_ends_a_lock_and_all_logins_but_one(desk: Desk) -> None:
    ann, bob = await desk.people.add("Ann", GOOD), await desk.people.add("Bob", GOOD)
    mine, login = await desk.logins.open(ann.id)
    others = [(await desk.logins.open(ann.id))[0] for _ in range(2)]
    bobs, _ = await desk.logins.open(bob.id)
    await failed(desk, "Ann", 5)
    await desk.people.set_password(ann.id, OTHER, but=login.id)
    assert await desk.people.check("Ann", OTHER) == ann
    with pytest.raises(SignInRefused):
        await desk.people.check("Ann", GOOD)
    assert [await desk.logins.caller(token) for token in others] == [None, None]
    assert await desk.logins.caller(mine) is not None
    assert await desk.logins.caller(bobs) is not None


async def test_an_old_hash_is_made_anew_when_its_person_signs_in(desk: Desk) -> None:
    old = SqlPeople(desk.database, Passwords(PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)))
    await old.add("Ann", GOOD)
    before = await kept_password(desk)
    await desk.people.check("Ann", GOOD)
    after = await kept_password(desk)
    assert CHEAP.check_needs_rehash(before)
    assert not CHEAP.check_needs_rehash(after)
    assert (await desk.people.check("Ann", GOOD)).name == "Ann"
    assert await kept_password(desk) == after


async def test_passwords_are_kept_as_argon2id_hashes(database: Database) -> None:
    desk = Desk(database)
    desk.people = SqlPeople(database)
    await desk.people.add("Ann", GOOD)
    kept = await kept_password(desk)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await desk.people.check("Ann", GOOD)).name == "Ann"


async def kept_password(desk: Desk) -> str:
    return str(
        await desk.database.read(
            lambda connection: connection.exec_driver_sql("SELECT password FROM people").scalar_one()
        )
    )
