"""Logins: they end when they are to, for every process that has the database open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr

from tests.storage.desk import DAY_S, GOOD, OTHER, Desk
from vtai.core.errors import SignInRefused
from vtai.core.people import Caller, Login
from vtai.storage import tables
from vtai.storage.database import Database
from vtai.storage.logins import SqlLogins


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_a_token_stands_for_its_person_and_login(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, login = await desk.logins.open(ann.id, "Firefox", "192.0.2.1")
    now = desk.clock.now
    assert login == Login(login.id, ann.id, now, now, now + 30 * DAY_S, "Firefox", "192.0.2.1")
    assert await desk.logins.caller(token) == Caller(ann, login_id=login.id)
    assert await desk.logins.of(ann.id) == [login]


@pytest.mark.parametrize(
    "token",
    ["", "x", "x" * 43, "a\x00b", "\ud800", "x" * 100_000],
    ids=["none", "short", "unknown", "null", "half a character", "huge"],
)
async def test_any_other_token_stands_for_nobody(desk: Desk, token: str) -> None:
    ann = await desk.people.add("Ann", GOOD)
    _, login = await desk.logins.open(ann.id)
    assert await desk.logins.caller(SecretStr(token)) is None
    assert await desk.logins.caller(SecretStr(login.id)) is None


async def test_the_token_itself_is_not_kept(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, _ = await desk.logins.open(ann.id)
    rows = await desk.database.read(
        lambda connection: connection.exec_driver_sql("SELECT * FROM logins").all()
    )
    assert token.get_secret_value() not in str(rows)
    assert len(token.get_secret_value()) == 43
    assert token.get_secret_value() not in repr(token)


async def end_one(desk: Desk, person: str, login: Login) -> None:
    assert await desk.logins.end(login.id, person)
    assert not await desk.logins.end(login.id)


async def end_all(desk: Desk, person: str, login: Login) -> None:
    assert await desk.logins.end_all(person, but="another") == 1


async def suspend(desk: Desk, person: str, login: Login) -> None:
    await desk.people.change(person, is_suspended=True)


async def suspend_and_resume(desk: Desk, person: str, login: Login) -> None:
    await suspend(desk, person, login)
    await desk.people.change(person, is_suspended=False)


async def delete(desk: Desk, person: str, login: Login) -> None:
    await desk.people.delete(person)


async def change_password(desk: Desk, person: str, login: Login) -> None:
    await desk.people.set_password(person, OTHER)


async def wait_long(desk: Desk, person: str, login: Login) -> None:
    desk.clock.turn(14 * DAY_S)


@pytest.mark.parametrize(
    "end", [end_one, end_all, suspend, suspend_and_resume, delete, change_password, wait_long]
)
async def test_what_has_ended_has_ended_for_every_process_at_once(
    desk: Desk, end: Callable[[Desk, str, Login], Awaitable[None]]
) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    token, login = await desk.logins.open(bob.id)
    other = Desk(desk.database, desk.clock)
    assert await desk.logins.caller(token) is not None
    assert await other.logins.caller(token) is not None
    await end(desk, bob.id, login)
    assert await desk.logins.caller(token) is None
    assert await other.logins.caller(token) is None
    assert await desk.logins.of() == []


async def test_a_change_of_role_counts_at_once(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    token, _ = await desk.logins.open(bob.id)
    await desk.people.change(bob.id, role="guest")
    caller = await desk.logins.caller(token)
    assert caller is not None
    assert caller.scopes == {"read"}


async def test_use_keeps_a_login_alive_until_its_last_day(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, _ = await desk.logins.open(ann.id)
    for _ in range(2):
        desk.clock.turn(13 * DAY_S)
        assert await desk.logins.caller(token) is not None
    desk.clock.turn(4 * DAY_S - 1)
    assert await desk.logins.caller(token) is not None
    desk.clock.turn(1)
    assert await desk.logins.caller(token) is None


async def test_other_days_in_the_settings_only_ever_shorten_older_logins(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, _ = await desk.logins.open(ann.id)
    shorter = SqlLogins(desk.database, days=2, idle_days=60, clock=desk.clock)
    longer = SqlLogins(desk.database, days=60, idle_days=60, clock=desk.clock)
    desk.clock.turn(2 * DAY_S)
    assert await shorter.caller(token) is None
    assert await longer.caller(token) is not None
    desk.clock.turn(28 * DAY_S)
    assert await longer.caller(token) is None


async def test_a_login_that_is_still_there_lets_no_suspended_person_in(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, _ = await desk.logins.open(ann.id)
    await desk.database.write(
        lambda connection: connection.execute(tables.people.update().values(is_suspended=True)).rowcount
    )
    assert await desk.logins.caller(token) is None


async def test_use_is_noted_once_a_minute(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    token, login = await desk.logins.open(ann.id)
    seen = []
    for _ in range(4):
        desk.clock.turn(25)
        await desk.logins.caller(token)
        seen.append((await desk.logins.of())[0].seen_at - login.made_at)
    assert seen == [0, 0, 75, 75]


async def test_logins_that_are_over_are_swept_out_by_the_next_one(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    for _ in range(3):
        await desk.logins.open(ann.id)
    desk.clock.turn(14 * DAY_S)
    await desk.logins.open(ann.id)
    count = await desk.database.read(
        lambda connection: connection.exec_driver_sql("SELECT count(*) FROM logins").scalar_one()
    )
    assert count == 1


async def test_nobody_ends_the_login_of_somebody_else(desk: Desk) -> None:
    ann, bob = await desk.people.add("Ann", GOOD), await desk.people.add("Bob", GOOD)
    token, login = await desk.logins.open(ann.id)
    assert not await desk.logins.end(login.id, bob.id)
    assert not await desk.logins.end("a\x00b")
    assert await desk.logins.end_all(bob.id) == 0
    assert await desk.logins.caller(token) is not None


async def test_all_logins_but_one_end(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    opened = []
    for _ in range(3):
        opened.append(await desk.logins.open(ann.id))
        desk.clock.turn(1)
    assert [login.id for login in await desk.logins.of()] == [login.id for _, login in reversed(opened)]
    assert await desk.logins.end_all(ann.id, but=opened[1][1].id) == 2
    assert await desk.logins.of() == [opened[1][1]]


async def test_who_is_gone_or_suspended_gets_no_login(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    await desk.people.change(bob.id, is_suspended=True)
    for person in (bob.id, "0" * 16, "local"):
        with pytest.raises(SignInRefused):
            await desk.logins.open(person)
    assert await desk.logins.of() == []


async def test_what_a_browser_says_of_itself_is_cut_and_cleaned(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    _, login = await desk.logins.open(ann.id, "Fire\x00fox\r\n" + "x" * 500, "a\x1b" * 80)
    assert login.agent.startswith("Firefoxx")
    assert len(login.agent) < 300
    assert login.address == "a" * 32
    assert await desk.logins.of() == [login]
