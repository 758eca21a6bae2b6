"""Keys: what they may, when they end, and that their secrets are not kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr

from tests.storage.desk import DAY_S, GOOD, Desk
from vtai.core.errors import BadAccount, UnknownName
from vtai.core.people import LOCAL, SCOPES, AccessKey, Caller, Role, Scope
from vtai.storage.database import Database

READ: frozenset[Scope] = frozenset({"read"})


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_a_key_may_what_its_scopes_say(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    secret, key = await desk.keys.make(ann.id, "ci", frozenset({"read", "chat"}))
    text = secret.get_secret_value()
    assert key == AccessKey(key.id, ann.id, "ci", text[:11], frozenset({"read", "chat"}), desk.clock.now)
    assert text.startswith("vtai_")
    assert len(text) == 48
    caller = await desk.keys.caller(secret)
    assert caller == Caller(ann, key_id=key.id, key_scopes=key.scopes)
    assert caller is not None
    assert [caller.may(scope) for scope in SCOPES] == [True, False, True, False]


@pytest.mark.parametrize(
    "secret",
    ["", "vtai_", "vtai_" + "x" * 43, "x" * 43, "vtai_\x00", "vtai_\ud800", "vtai_" + "x" * 100_000],
    ids=["none", "start alone", "unknown", "no start", "null", "half a character", "huge"],
)
async def test_any_other_secret_is_nobodys(desk: Desk, secret: str) -> None:
    made, key = await desk.keys.make(LOCAL.id, "ci", READ)
    assert await desk.keys.caller(SecretStr(secret)) is None
    assert await desk.keys.caller(SecretStr(key.start)) is None
    assert await desk.keys.caller(SecretStr(made.get_secret_value().removeprefix("vtai_"))) is None


async def test_the_secret_itself_is_not_kept(desk: Desk) -> None:
    secret, _ = await desk.keys.make(LOCAL.id, "ci", READ)
    rows = await desk.database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM keys").all())
    assert secret.get_secret_value()[11:] not in str(rows)


async def test_where_nobody_signs_in_keys_belong_to_the_local_person(desk: Desk) -> None:
    secret, key = await desk.keys.make("local", "ci", frozenset({"admin"}))
    assert await desk.keys.caller(secret) == Caller(LOCAL, key_id=key.id, key_scopes=key.scopes)
    assert await desk.people.all() == []
    assert (await desk.people.add("Ann", GOOD)).role == "admin"


async def revoke(desk: Desk, person: str, key: AccessKey) -> None:
    assert await desk.keys.revoke(key.id, person)
    assert not await desk.keys.revoke(key.id)


async def suspend(desk: Desk, person: str, key: AccessKey) -> None:
    await desk.people.change(person, is_suspended=True)


async def delete(desk: Desk, person: str, key: AccessKey) -> None:
    await desk.people.delete(person)


async def wait_long(desk: Desk, person: str, key: AccessKey) -> None:
    desk.clock.turn(DAY_S)


@pytest.mark.parametrize("end", [revoke, suspend, delete, wait_long])
async def test_what_has_ended_has_ended_for_every_process_at_once(
    desk: Desk, end: Callable[[Desk, str, AccessKey], Awaitable[None]]
) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    secret, key = await desk.keys.make(bob.id, "ci", READ, desk.clock.now + DAY_S)
    other = Desk(desk.database, desk.clock)
    assert await desk.keys.caller(secret) is not None
    assert await other.keys.caller(secret) is not None
    await end(desk, bob.id, key)
    assert await desk.keys.caller(secret) is None
    assert await other.keys.caller(secret) is None


async def test_keys_of_a_suspended_person_work_again_afterwards(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD)
    secret, _ = await desk.keys.make(bob.id, "ci", READ)
    await desk.people.change(bob.id, is_suspended=True)
    with pytest.raises(BadAccount, match="suspended"):
        await desk.keys.make(bob.id, "another", READ)
    await desk.people.change(bob.id, is_suspended=False)
    assert await desk.keys.caller(secret) is not None


async def test_a_key_never_may_more_than_its_person(desk: Desk) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD, "admin")
    secret, _ = await desk.keys.make(bob.id, "ci", frozenset(SCOPES))
    await desk.people.change(bob.id, role="guest")
    caller = await desk.keys.caller(secret)
    assert caller is not None
    assert caller.scopes == {"read"}


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        pytest.param("member", {"admin"}, id="member"),
        pytest.param("guest", {"read", "chat"}, id="guest"),
        pytest.param("member", set(), id="none"),
        pytest.param("admin", {"root"}, id="unknown"),
    ],
)
async def test_scopes_that_a_person_has_not_are_refused(
    desk: Desk, role: Role, scopes: frozenset[Scope]
) -> None:
    await desk.people.add("Ann", GOOD)
    bob = await desk.people.add("Bob", GOOD, role)
    with pytest.raises(BadAccount):
        await desk.keys.make(bob.id, "ci", frozenset(scopes))
    assert await desk.keys.of() == []


async def test_keys_that_could_not_be_used_are_refused(desk: Desk) -> None:
    for name, expires_at in (("", None), ("a\nb", None), ("ci", desk.clock.now)):
        with pytest.raises(BadAccount):
            await desk.keys.make("local", name, READ, expires_at)
    for person in ("0" * 16, "a\x00b", ""):
        with pytest.raises(UnknownName):
            await desk.keys.make(person, "ci", READ)


async def test_use_is_noted_once_a_minute(desk: Desk) -> None:
    secret, key = await desk.keys.make("local", "ci", READ)
    used = []
    for _ in range(4):
        desk.clock.turn(25)
        await desk.keys.caller(secret)
        used.append(((await desk.keys.of())[0].used_at or 0) - key.made_at)
    assert used == [25, 25, 25, 100]


async def test_keys_are_listed_with_how_they_are_the_newest_first(desk: Desk) -> None:
    ann = await desk.people.add("Ann", GOOD)
    _, old = await desk.keys.make(ann.id, "old", READ)
    desk.clock.turn(1)
    _, new = await desk.keys.make("local", "new", READ, desk.clock.now + 1)
    await desk.keys.revoke(old.id)
    assert [(key.name, key.is_revoked, key.expires_at) for key in await desk.keys.of()] == [
        ("new", False, new.expires_at),
        ("old", True, None),
    ]
    assert [key.id for key in await desk.keys.of(ann.id)] == [old.id]


async def test_nobody_revokes_the_key_of_somebody_else(desk: Desk) -> None:
    ann, bob = await desk.people.add("Ann", GOOD), await desk.people.add("Bob", GOOD)
    secret, key = await desk.keys.make(ann.id, "ci", READ)
    assert not await desk.keys.revoke(key.id, bob.id)
    assert not await desk.keys.revoke("a\x00b")
    assert await desk.keys.caller(secret) is not None
