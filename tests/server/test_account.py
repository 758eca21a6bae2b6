"""The page about one's own account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.hosted import HTML, OTHER, PASSWORD, Hosted, hosted
from vtai.core.people import Caller
from vtai.wiring.entering import Connection

CHANGE = {"now": PASSWORD, "new": OTHER, "again": OTHER}


class Socket:
    """An open socket of whoever made this request, which remembers that it was closed."""

    def __init__(self, server: Hosted, caller: Caller) -> None:
        self.is_closed = False
        self._caller: Caller | None = caller
        connection = Connection(str(id(self)), {"caller": caller}, self._again, self._close)
        server.app.entering.connections.add(connection)

    async def _again(self) -> Caller | None:
        return self._caller

    async def _close(self) -> None:
        self.is_closed = True


async def socket_of(server: Hosted, name: str, number: int = 0) -> Socket:
    """A socket that was opened with the login of this person, the newest first."""
    person = await server.store.people.named(name)
    assert person is not None
    login = (await server.store.logins.of(person.id))[number]
    return Socket(server, Caller(person, login_id=login.id))


async def test_a_new_password_counts_and_ends_all_other_browsers(server: Hosted) -> None:
    other = await server.signed_in("Max")
    old = await socket_of(server, "Max")
    browser = await server.signed_in("Max")
    mine = await socket_of(server, "Max")
    thief = server.browser()
    thief.cookies.update(browser.cookies)
    answer = await browser.post("/account/password", data=CHANGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
    assert "is changed" in (await browser.get(answer.headers["location"])).text
    assert {(await each.get("/user")).status_code for each in (other, thief)} == {401}
    assert (old.is_closed, mine.is_closed) == (True, True)
    await server.signed_in("Max", OTHER)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"now": "wrong and wrong"}, "do not fit", id="not the old one"),
        pytest.param({"again": PASSWORD}, "not the same", id="two new ones"),
        pytest.param({"new": "short", "again": "short"}, "character", id="a short one"),
    ],
)
async def test_a_password_that_cannot_be_is_told_and_changes_nothing(
    server: Hosted, change: dict[str, str], said: str
) -> None:
    browser = await server.signed_in("Max")
    answer = await browser.post("/account/password", data=CHANGE | change)
    assert answer.status_code in {401, 409}
    assert re.search(rf'role="alert".*{said}', answer.text)
    await server.signed_in("Max")


async def test_guessing_the_old_password_is_slowed_down(server: Hosted) -> None:
    browser = await server.signed_in("Max")
    answers = [
        await browser.post("/account/password", data=CHANGE | {"now": f"wrong and {n}"}) for n in range(7)
    ]
    assert [answer.status_code for answer in answers][-1] == 429


async def test_another_browser_is_signed_out_with_its_sockets(server: Hosted) -> None:
    other = await server.signed_in("Max")
    socket = await socket_of(server, "Max")
    browser = await server.signed_in("Max")
    page = (await browser.get("/account")).text
    (path,) = re.findall(r"/account/browsers/[^/]+/end", page)
    assert (await browser.post(path)).headers["location"] == "/account?done=browser"
    assert (await other.get("/user")).status_code == 401
    assert socket.is_closed
    assert (await browser.post(path)).status_code == 404


async def test_signing_out_closes_the_own_sockets(server: Hosted) -> None:
    browser = await server.signed_in("Max")
    socket = await socket_of(server, "Max")
    answer = await browser.post("/account/leave")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert socket.is_closed
    assert (await browser.get("/user")).status_code == 401


async def test_nobody_ends_the_browsers_or_keys_of_others(server: Hosted) -> None:
    max_ = await server.signed_in("Max")
    await server.signed_in("Ada")
    ada = await server.store.people.named("Ada")
    assert ada is not None
    login = (await server.store.logins.of(ada.id))[0].id
    await server.key(ada.id, "read")
    key = (await server.store.keys.of(ada.id))[0].id
    answers = [
        await max_.post(f"/account/browsers/{login}/end"),
        await max_.post(f"/account/keys/{key}/revoke"),
        await max_.post("/account/browsers/..%2F..%2Fx/end"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len(await server.store.logins.of(ada.id)) == 1
    assert not (await server.store.keys.of(ada.id))[0].is_revoked


async def test_a_key_is_made_shown_once_used_and_revoked(server: Hosted) -> None:
    browser = await server.signed_in("Max")
    data = {"name": "<b>script</b>", "days": "30", "scopes": ["read", "chat"]}
    made = await browser.post("/account/keys", data=data)
    assert made.status_code == 200
    assert "<b>" not in made.text
    secret = re.findall(r"vtai_[A-Za-z0-9_-]{40,}", made.text)[0]
    program = server.program(secret)
    assert (await program.get("/user")).json()["metadata"]["scopes"] == ["chat", "read"]
    page = (await browser.get("/account")).text
    assert secret not in page
    (path,) = re.findall(r"/account/keys/[^/]+/revoke", page)
    key = (await server.store.keys.of())[0]
    person = await server.store.people.named("Max")
    assert person is not None
    socket = Socket(server, Caller(person, key_id=key.id))
    assert (await browser.post(path)).headers["location"] == "/account?done=key"
    assert (await program.get("/user")).status_code == 401
    assert socket.is_closed
    assert "You have none" in (await browser.get("/account")).text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param({"name": "k", "scopes": ["admin"]}, 403, id="more than a member may"),
        pytest.param({"name": "k"}, 409, id="no scope"),
        pytest.param({"name": "k", "scopes": ["everything"]}, 409, id="an unknown scope"),
        pytest.param({"name": "", "scopes": ["read"]}, 409, id="no name"),
        pytest.param({"name": "k", "scopes": ["read"], "days": "-1"}, 409, id="no number"),
        pytest.param({"name": "k", "scopes": ["read"], "days": "9" * 300}, 409, id="for ever and a day"),
        pytest.param({"name": "k", "scopes": ["read"], "days": "0001" + "9" * 400}, 409, id="and two"),
        pytest.param({"name": "k", "scopes": ["read"], "days": "00001" + "9" * 400}, 409, id="and three"),
    ],
)
async def test_a_key_that_cannot_be_is_told(
    server: Hosted, data: dict[str, str | list[str]], status: int
) -> None:
    browser = await server.signed_in("Max")
    answer = await browser.post("/account/keys", data=data)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert list(await server.store.keys.of()) == []


async def test_guests_make_no_keys(server: Hosted) -> None:
    await server.person("Gustav", "guest")
    browser = await server.signed_in("Gustav")
    assert 'action="/account/keys"' not in (await browser.get("/account")).text
    assert (await browser.post("/account/keys", data={"name": "k", "scopes": ["read"]})).status_code == 403


async def test_a_key_has_no_account_page(server: Hosted) -> None:
    person = await server.store.people.named("Ada")
    assert person is not None
    program = server.program(await server.key(person.id, "read", "write", "admin"))
    answers = [
        await program.get("/account"),
        await program.post("/account/keys", data={"name": "k", "scopes": ["read"]}),
        await program.post("/account/password", data=CHANGE),
        await program.post("/account/leave"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4


@pytest.mark.parametrize("sign_in", ["auto", "proxy"])
async def test_where_nobody_has_a_password_the_page_is_about_keys(tmp_path: Path, sign_in: str) -> None:
    async with hosted(tmp_path, sign_in=sign_in, proxy_allow=("10.0.0.0/8",)) as server:
        browser = server.browser("10.0.0.1")
        headers = {**HTML, **({"x-forwarded-user": "ada"} if sign_in == "proxy" else {})}
        page = (await browser.get("/account", headers=headers)).text
        assert "Keys for programs" in page
        assert 'type="password"' not in page
        assert "Sign out" not in page
        assert (await browser.post("/account/password", data=CHANGE, headers=headers)).status_code == 409


async def test_done_says_only_what_it_knows(server: Hosted) -> None:
    browser = await server.signed_in("Max")
    assert 'role="status"' not in (await browser.get("/account?done=You+won")).text
