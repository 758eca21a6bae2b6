"""Keys, sessions and accounts over the interface."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from tests.api.parts import CALLERS, Desk, is_told
from vtai.core.people import Caller, Person


@pytest.fixture
async def people(api: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, Person]:
    """An admin and a member with accounts; from here on these are "root" and "ann"."""
    store = await api.store()
    made = {"root": await store.people.add("Root", None), "ann": await store.people.add("Ann", None)}
    for name, person in made.items():
        monkeypatch.setitem(CALLERS, name, Caller(person))  # type: ignore[arg-type] a dictionary in truth
    return made


async def test_a_key_is_made_shown_once_and_revoked(api: Desk, people: dict[str, Person]) -> None:
    made = await api.told("ann", "POST", "/keys", json={"name": "backup", "scopes": ["read"], "days": 1})
    caller = await (await api.store()).keys.caller(SecretStr(made["secret"]))
    assert caller is not None
    assert (caller.person, caller.scopes) == (people["ann"], {"read"})
    assert made["key"]["expires_at"] - made["key"]["made_at"] == pytest.approx(86_400, abs=5)
    listed = await api.ask("ann", "GET", "/keys")
    assert made["secret"] not in listed.text
    assert [each["id"] for each in listed.json()["items"]] == [made["key"]["id"]]
    assert await api.told("ann", "DELETE", f"/keys/{made['key']['id']}") is None
    assert await (await api.store()).keys.caller(SecretStr(made["secret"])) is None
    assert is_told(await api.ask("ann", "DELETE", f"/keys/{made['key']['id']}"), 404, "no such key")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        pytest.param({"name": "a", "scopes": ["admin"]}, 403, "scope admin", id="more than one may"),
        pytest.param({"name": "a", "scopes": []}, 422, "scopes", id="no scope"),
        pytest.param({"name": "a", "scopes": ["rule"]}, 422, "scopes", id="unknown scope"),
        pytest.param({"name": "\u200b"}, 409, "", id="name of nothing"),
        pytest.param({"name": "a", "days": 0}, 422, "days", id="expired at once"),
    ],
)
async def test_a_key_that_cannot_be_is_told_in_words(
    api: Desk, people: dict[str, Person], body: dict[str, Any], status: int, words: str
) -> None:
    assert is_told(await api.ask("ann", "POST", "/keys", json=body), status, words)


async def test_a_key_makes_no_keys(api: Desk) -> None:
    """Else whoever finds one that ends tomorrow makes one that never does."""
    response = await api.ask("ann-writes", "POST", "/keys", json={"name": "b", "scopes": ["write"]})
    assert is_told(response, 403, "makes no keys")


async def test_keys_of_others_are_for_admins(api: Desk, people: dict[str, Person]) -> None:
    made = await api.told("ann", "POST", "/keys", json={"name": "backup", "scopes": ["read"]})
    assert is_told(await api.ask("bob", "GET", "/keys?all=true"), 403)
    assert is_told(await api.ask("bob", "GET", f"/keys?person={people['ann'].id}"), 403)
    assert is_told(await api.ask("bob", "DELETE", f"/keys/{made['key']['id']}"), 404)
    assert is_told(await api.ask("root-reads", "GET", "/keys?all=true"), 403)
    assert (await api.told("root", "GET", "/keys"))["items"] == []
    for query in ("all=true", f"person={people['ann'].id}"):
        [found] = (await api.told("root", "GET", f"/keys?{query}"))["items"]
        assert (found["id"], found["person"]) == (made["key"]["id"], people["ann"].id)
    assert await api.told("root", "DELETE", f"/keys/{made['key']['id']}") is None


async def test_a_session_is_listed_and_ended(api: Desk, people: dict[str, Person]) -> None:
    store = await api.store()
    token, login = await store.logins.open(people["ann"].id, "Firefox", "192.0.2.1")
    [shown] = (await api.told("ann", "GET", "/sessions"))["items"]
    assert (shown["id"], shown["agent"], shown["is_this"]) == (login.id, "Firefox", False)
    assert is_told(await api.ask("bob", "DELETE", f"/sessions/{login.id}"), 404, "no such session")
    assert (await api.told("bob", "GET", "/sessions"))["items"] == []
    assert await store.logins.caller(token) is not None
    assert await api.told("ann", "DELETE", f"/sessions/{login.id}") is None
    assert await store.logins.caller(token) is None


async def test_an_admin_ends_anybodys_session(api: Desk, people: dict[str, Person]) -> None:
    _, login = await (await api.store()).logins.open(people["ann"].id)
    assert len((await api.told("root", "GET", "/sessions?all=true"))["items"]) == 1
    assert await api.told("root", "DELETE", f"/sessions/{login.id}") is None


async def test_accounts_are_made_and_changed_by_admins(api: Desk, people: dict[str, Person]) -> None:
    new = {"name": "Carl", "password": "correct horse battery", "role": "guest", "group": "choir"}
    carl = await api.told("root", "POST", "/people", json=new)
    assert (carl["name"], carl["role"], carl["group"]) == ("Carl", "guest", "choir")
    assert "password" not in carl
    assert is_told(await api.ask("root", "POST", "/people", json=new), 409, "taken")
    changed = await api.told("root", "PATCH", f"/people/{carl['id']}", json={"role": "member"})
    assert (changed["role"], changed["group"]) == ("member", "choir")
    names = [each["name"] for each in (await api.told("root", "GET", "/people"))["items"]]
    assert names == ["Root", "Ann", "Carl"]
    assert await api.told("root", "GET", f"/people/{carl['id']}") == changed
    assert is_told(await api.ask("root", "GET", "/people/nobody"), 404, "no such account")


async def test_whoever_is_suspended_is_out_at_once(api: Desk, people: dict[str, Person]) -> None:
    store = await api.store()
    token, _ = await store.logins.open(people["ann"].id)
    await api.told("root", "PATCH", f"/people/{people['ann'].id}", json={"is_suspended": True})
    assert await store.logins.caller(token) is None


async def test_the_last_admin_stays(api: Desk, people: dict[str, Person]) -> None:
    for change in ({"role": "member"}, {"is_suspended": True}):
        response = await api.ask("root", "PATCH", f"/people/{people['root'].id}", json=change)
        assert is_told(response, 409)


async def test_who_asks_is_told_who_they_are(api: Desk) -> None:
    me = await api.told("ann-reads", "GET", "/me")
    assert (me["id"], me["role"], me["scopes"], me["key"]) == ("ann", "member", ["read"], "key-of-ann")
