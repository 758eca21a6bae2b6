"""Signing in elsewhere: at an OpenID Connect provider on loopback, and at GitHub's stand-in."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from tests.server.hosted import HTML, ORIGIN, Hosted, hosted
from tests.standins.oidc import CLIENT, SECRET, StandIn, provider
from vtai.core.errors import SettingsError
from vtai.core.people import Person
from vtai.server import doors
from vtai.server.oidc import GitHub, Provider

if TYPE_CHECKING:
    import httpx

COOKIE = "vtai_elsewhere_8000"


@asynccontextmanager
async def signing_in_at(folder: Path, stand_in: StandIn, **settings: object) -> AsyncIterator[Hosted]:
    given = {
        "oidc_issuer": stand_in.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_label": "Example <Login>",
        **settings,
    }
    async with hosted(folder, **given) as server:
        await server.person("Ada", "admin")
        yield server


async def leave(browser: httpx.AsyncClient, where: str = "oidc", query: str = "") -> str:
    """Goes to the provider and gives the address that it sends the browser back to."""
    import httpx

    answer = await browser.get(f"/sign-in/with/{where}{query}")
    assert answer.status_code == 303, answer.text
    async with httpx.AsyncClient() as web:
        return (await web.get(answer.headers["location"])).headers["location"]


async def come_in(browser: httpx.AsyncClient, where: str = "oidc", query: str = "") -> httpx.Response:
    return await browser.get(await leave(browser, where, query))


async def people(server: Hosted) -> Sequence[Person]:
    """Those that were made by signing in elsewhere."""
    return [person for person in await server.store.people.all() if person.name != "Ada"]


async def test_who_signs_in_there_has_an_account_here_from_the_first_time(tmp_path: Path) -> None:
    grace = {"preferred_username": "grace", "email": "grace@example.org"}
    async with provider(**grace) as stand_in, signing_in_at(tmp_path, stand_in) as server:
        browser = server.browser()
        answer = await come_in(browser, query="?next=/env")
        assert (answer.status_code, answer.headers["location"]) == (303, "/env")
        first = (await browser.get("/user")).json()
        again = server.browser()
        await come_in(again)
        assert (await again.get("/user")).json() == first
        assert (first["display_name"], first["metadata"]["role"]) == ("grace", "member")
        # The client's secret is written as in an address.
        login = base64.b64decode(stand_in.logins[0].removeprefix("Basic ")).decode()
        assert login == f"{CLIENT}:a%20secret%20%26%20more"


async def test_the_page_to_sign_in_has_a_button_for_it(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        page = (await server.browser().get("/sign-in?next=/env", headers=HTML)).text
        assert 'href="/sign-in/with/oidc?next=/env">Sign in with Example &lt;Login&gt;' in page


async def test_the_provider_is_asked_with_everything_that_protects_the_way_back(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        browser = server.browser()
        await leave(browser)
        await leave(browser)
        first, second = stand_in.asked
        assert first["redirect_uri"] == f"{ORIGIN}/sign-in/with/oidc/callback"
        assert first["code_challenge_method"] == "S256"
        assert first["scope"].split()[0] == "openid"
        for name in ("state", "nonce", "code_challenge"):
            assert len(first[name]) >= 43
            assert first[name] != second[name]


@pytest.mark.parametrize(
    "trick",
    [
        "another nonce", "no nonce", "for another client", "for another client by this one",
        "for many clients", "for another one of many", "by another issuer", "no end", "nobody",
        "a number", "an old token", "a token of tomorrow", "no signature",
        "signed with the client's secret", "signed with its public key", "signed with another key",
        "answers as another", "tells of another person", "another issuer", "open to others",
    ],
)  # fmt: skip
async def test_what_is_not_as_it_must_be_lets_nobody_in(tmp_path: Path, trick: str) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        stand_in.trick = trick
        browser = server.browser()
        answer = await browser.get("/sign-in/with/oidc")
        if trick != "another issuer":
            answer = await come_in(browser)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "Traceback" not in answer.text
        assert await people(server) == []
        assert (await browser.get("/user")).status_code == 401


async def test_a_minute_of_difference_between_the_clocks_is_fine(tmp_path: Path) -> None:
    now = int(time.time())
    clocks = {"iat": now + 40, "exp": now + 340}
    async with provider(**clocks) as stand_in, signing_in_at(tmp_path, stand_in) as server:
        assert (await come_in(server.browser())).status_code == 303


async def test_a_code_is_good_once(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        stand_in.trick = "takes a code twice"
        browser = server.browser()
        back = await leave(browser)
        kept = browser.cookies[COOKIE]
        assert (await browser.get(back)).status_code == 303
        assert COOKIE not in browser.cookies
        assert (await browser.get(back)).status_code == 401
        stand_in.trick = ""
        thief = server.browser()
        thief.cookies.set(COOKIE, kept, domain="127.0.0.1", path="/sign-in")
        assert (await thief.get(back)).status_code == 303
        assert (await thief.get(back)).status_code == 401


async def test_what_another_browser_started_lets_nobody_in(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        attacker, victim = server.browser(), server.browser()
        back = await leave(attacker)
        without = await victim.get(back)
        await leave(victim)
        within = await victim.get(back)
        assert [without.status_code, within.status_code] == [401, 401]
        assert "not started in this browser" in within.text
        assert await people(server) == []


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "words"])
async def test_what_the_browser_takes_along_cannot_be_changed(tmp_path: Path, change: str) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        browser = server.browser()
        back = await leave(browser)
        kept = browser.cookies[COOKIE]
        changed = {
            "flip": ("A" if kept[0] != "A" else "B") + kept[1:],
            "cut": kept[:-2],
            "empty": "",
            "words": "not.sealed",
        }[change]
        other = server.browser(headers={"cookie": f"{COOKIE}={changed}"})
        assert (await other.get(back)).status_code == 401


async def test_who_says_no_there_is_not_let_in(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        stand_in.trick = "says no"
        answer = await come_in(server.browser())
        assert answer.status_code == 401
        assert "did not let you in" in answer.text


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({"email": "Ada@Example.org", "email_verified": True}, 303, id="of the domain"),
        pytest.param({"email": "max@other.net", "email_verified": "true"}, 303, id="by the address"),
        pytest.param({"email": "ada@example.org", "email_verified": False}, 401, id="not verified"),
        pytest.param({"email": "ada@example.org", "email_verified": None, "x": 1}, 401, id="nothing said"),
        pytest.param({"email": "eve@evil-example.org", "email_verified": True}, 401, id="a longer domain"),
        pytest.param({"email": "ada@example.org@evil.net", "email_verified": True}, 401, id="two domains"),
        pytest.param({"email": "eve@other.net", "email_verified": True}, 401, id="another one there"),
        pytest.param({}, 303, id="told besides"),
    ],
)
async def test_only_those_named_in_the_settings_are_let_in(
    tmp_path: Path, claims: dict[str, object], status: int
) -> None:
    allow = ("@example.org", "max@other.net")
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(provider(preferred_username="somebody", **claims))
        server = await stack.enter_async_context(signing_in_at(tmp_path, stand_in, oidc_allow=allow))
        assert (await come_in(server.browser())).status_code == status
        assert len(await people(server)) == (1 if status == 303 else 0)


async def test_a_suspended_person_stays_outside(tmp_path: Path) -> None:
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in) as server:
        await come_in(server.browser())
        (person,) = await people(server)
        await server.store.people.change(person.id, is_suspended=True)
        answer = await come_in(server.browser())
        assert answer.status_code == 401
        assert "cannot be used" in answer.text


async def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    async with signing_in_at(tmp_path, StandIn(url="http://127.0.0.1:1")) as server:
        answer = await server.browser().get("/sign-in/with/oidc")
        assert answer.status_code == 502
        assert "does not answer" in answer.text


async def test_a_provider_whose_secrets_anybody_could_read_is_not_asked(tmp_path: Path) -> None:
    async with signing_in_at(tmp_path, StandIn(url="http://login.example.org")) as server:
        assert (await server.browser().get("/sign-in/with/oidc")).status_code == 401


@pytest.mark.parametrize(
    ("host", "origins", "led_to"),
    [
        pytest.param("127.0.0.1:8000", (), "http://127.0.0.1:8000", id="this machine"),
        pytest.param(
            "chat.example.org", ("https://chat.example.org",), "https://chat.example.org", id="behind TLS"
        ),
        pytest.param("evil.example", ("https://chat.example.org",), None, id="another name"),
        pytest.param("chat.example.org:8443", ("https://chat.example.org",), None, id="another port"),
    ],
)
async def test_people_come_back_only_to_an_address_of_the_settings(
    tmp_path: Path, host: str, origins: tuple[str, ...], led_to: str | None
) -> None:
    settings = {"host": "0.0.0.0", "allowed_origins": origins}
    async with provider() as stand_in, signing_in_at(tmp_path, stand_in, **settings) as server:
        answer = await server.browser(headers={"host": host}).get("/sign-in/with/oidc")
        if led_to is None:
            assert answer.status_code == 501
            assert "VT_ALLOWED_ORIGINS" in answer.text
        else:
            query = parse_qs(urlsplit(answer.headers["location"]).query)
            assert query["redirect_uri"] == [f"{led_to}/sign-in/with/oidc/callback"]


@pytest.mark.parametrize(
    ("allow", "status"),
    [
        pytest.param(("octocat",), 303, id="named"),
        pytest.param(("somebody",), 401, id="another name"),
        pytest.param((), 401, id="nobody is named"),
    ],
)
async def test_github_lets_in_whom_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allow: tuple[str, ...], status: int
) -> None:
    async with provider() as stand_in:
        github = GitHub(CLIENT, SecretStr(SECRET), allow, site=stand_in.url, api=stand_in.url)
        found: dict[str, Provider] = {"github": github}
        monkeypatch.setattr(doors, "_providers", lambda _: found)
        async with hosted(tmp_path) as server:
            await server.person("Ada", "admin")
            browser = server.browser()
            assert (await come_in(browser, "github")).status_code == status
            assert [person.name for person in await people(server)] == (["Octocat"] if status == 303 else [])
            answer = await browser.get("/sign-in/with/github/callback?code=x&state=y")
            assert answer.status_code == 401


async def test_an_unknown_provider_is_not_there(tmp_path: Path) -> None:
    async with hosted(tmp_path) as server:
        for path in ("/sign-in/with/oidc", "/sign-in/with/x/callback"):
            assert (await server.browser().get(path)).status_code == 404


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"oidc_issuer": "https://x.example"}, "VT_OIDC_CLIENT_ID", id="no client"),
        pytest.param({"github_client_id": "x"}, "VT_GITHUB_CLIENT_SECRET", id="no secret"),
    ],
)
async def test_half_a_provider_stops_the_start(
    tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        async with hosted(tmp_path, **settings):
            pass
