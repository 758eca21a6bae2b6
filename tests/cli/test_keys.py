"""`vtai keys`: keys made, listed and revoked, while a server has the same store open."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pydantic import SecretStr

from tests.cli.store_shell import StoreShell
from tests.storage.desk import GOOD
from vtai.core.people import Caller


@pytest.fixture
def keys() -> StoreShell:
    return StoreShell()


def added(keys: StoreShell, *names: str) -> None:
    async def work(store: Any) -> None:
        for name in names:
            await store.people.add(name, GOOD)

    keys.server(work)


def caller(keys: StoreShell, secret: str) -> Caller | None:
    async def work(store: Any) -> Caller | None:
        return await store.keys.caller(SecretStr(secret.strip()))  # type: ignore[no-any-return]

    return keys.server(work)


def test_the_secret_alone_is_on_standard_output_and_works(keys: StoreShell) -> None:
    outcome = keys("keys", "make", "ci")
    assert outcome.code == 0
    assert outcome.out.startswith("vtai_")
    assert outcome.out.count("\n") == 1
    assert "It is not shown again." in outcome.err
    assert outcome.out.strip() not in outcome.err
    found = caller(keys, outcome.out)
    assert found is not None
    assert (found.person.id, found.scopes) == ("local", {"read", "write", "chat"})


def test_a_key_has_the_scopes_and_the_days_that_were_asked_for(keys: StoreShell) -> None:
    added(keys, "Ann")
    options = ("--person", "ann", "--scope", "admin", "--scope", "read", "--days", "7")
    outcome = keys("keys", "make", "ci", *options)
    assert outcome.code == 0
    assert "of Ann, for admin, read, until " in outcome.err
    found = caller(keys, outcome.out)
    assert found is not None
    assert (found.person.name, found.scopes) == ("Ann", {"admin", "read"})
    (listed,) = json.loads(keys("keys", "list", "--json").out)
    assert round(listed["expires_at"] - listed["made_at"]) == 7 * 86_400


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        pytest.param((), 1, "--person", id="whose is not said"),
        pytest.param(("--person", "Zed"), 1, "no account 'Zed'", id="nobody"),
        pytest.param(("--person", "Bob", "--scope", "admin"), 1, "may not admin", id="more than the person"),
        pytest.param(("--person", "Bob", "--scope", "root"), 2, "'root' is none of", id="unknown scope"),
        pytest.param(("--person", "Bob", "--days", "0"), 2, "--days", id="no days"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    keys: StoreShell, options: tuple[str, ...], code: int, told: str
) -> None:
    added(keys, "Ann", "Bob")
    outcome = keys("keys", "make", "ci", *options)
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err
    assert keys("keys", "list").err.startswith("There are no keys yet")


def test_keys_are_listed_without_their_secrets_and_revoked_while_the_server_runs(keys: StoreShell) -> None:
    added(keys, "Ann")
    secrets = [keys("keys", "make", name, "--person", "Ann").out.strip() for name in ("one", "two")]

    async def work(store: Any) -> None:
        assert await store.keys.caller(SecretStr(secrets[0])) is not None
        first = next(key for key in await store.keys.of() if key.name == "one")
        outcome = await asyncio.to_thread(keys, "keys", "revoke", first.id)
        assert outcome.out == f"{first.id} is revoked.\n"
        assert await store.keys.caller(SecretStr(secrets[0])) is None
        assert await store.keys.caller(SecretStr(secrets[1])) is not None

    keys.server(work)
    listed = keys("keys", "list", "--person", "Ann").out
    assert not any(secret in listed for secret in secrets)
    rows = [line.split() for line in listed.splitlines()]
    assert rows[0] == ["ID", "NAME", "STARTS", "OF", "MAY", "MADE", "USED", "EXPIRES", "STATE"]
    assert {(row[1], row[3], row[4], row[-1]) for row in rows[1:]} == {
        ("one", "Ann", "chat,read,write", "revoked"),
        ("two", "Ann", "chat,read,write", "active"),
    }
    again = keys("keys", "revoke", rows[1][0] if rows[1][-1] == "revoked" else rows[2][0])
    assert (again.code, "no key" in again.err) == (1, True)
