"""Signing in with a name and a password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.hosted import HTML, ORIGIN, PASSWORD, Hosted, hosted
from tests.server.parts import SESSION
from vtai.server.browsers import local_path

LOGIN = "vtai_login_8000"
SIGN_IN = {"name": "Ada", "password": PASSWORD}


async def test_nobody_gets_anything_but_the_page_to_sign_in(server: Hosted) -> None:
    browser = server.browser()
    page = await browser.get(f"/thread/{SESSION}?a=1", headers=HTML)
    assert page.status_code == 303
    assert page.headers["location"] == f"/sign-in?next=/thread/{SESSION}%3Fa%3D1"
    plain = await browser.get("/project/settings")
    assert plain.status_code == 401
    assert "sign in" in plain.json()["hint"]
    assert server.library.paths == []


async def test_the_right_password_opens_the_page_that_was_asked_for(server: Hosted) -> None:
    browser = server.browser()
    answer = await browser.post("/sign-in", data={**SIGN_IN, "next": f"/thread/{SESSION}"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/thread/{SESSION}")
    assert (await browser.get("/", headers=HTML)).status_code == 200
    who = (await browser.get("/user")).json()
    assert (who["display_name"], who["metadata"]["role"]) == ("Ada", "admin")


async def test_the_cookie_is_kept_from_scripts_and_other_sites_and_is_no_password(server: Hosted) -> None:
    answer = await server.browser().post("/sign-in", data=SIGN_IN)
    cookie = answer.headers["set-cookie"]
    assert PASSWORD not in cookie
    assert re.search(r"Max-Age=2592000; Path=/; SameSite=lax", cookie, re.IGNORECASE)
    assert "httponly" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert answer.headers["cache-control"] == "no-store"


async def test_behind_tls_the_cookie_is_for_tls_only(server: Hosted) -> None:
    proxy = server.browser("127.0.0.1")
    answer = await proxy.post("/sign-in", data=SIGN_IN, headers={"x-forwarded-proto": "https"})
    assert "; secure" in answer.headers["set-cookie"].lower()
    liar = server.browser("192.0.2.7")
    answer = await liar.post("/sign-in", data=SIGN_IN, headers={"x-forwarded-proto": "https"})
    assert "; secure" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"name": "Ada", "password": "wrong and wrong"}, id="wrong password"),
        pytest.param({"name": "Nobody", "password": PASSWORD}, id="unknown name"),
        pytest.param({"name": "Ada"}, id="no password"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_what_is_wrong_is_not_told(server: Hosted, given: dict[str, str]) -> None:
    answer = await server.browser().post("/sign-in", data=given)
    assert answer.status_code == 401
    assert "Name and password do not fit" in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_form_comes_back_with_the_name_and_without_the_password(server: Hosted) -> None:
    given = {"name": '"><script>x</script>', "password": "wrong and wrong", "next": "/env"}
    page = (await server.browser().post("/sign-in", data=given)).text
    assert "<script" not in page
    assert "&quot;&gt;&lt;script&gt;" in page
    assert "wrong and wrong" not in page
    assert 'name="next" value="/env"' in page


@pytest.mark.parametrize(
    ("given", "led_to"),
    [
        pytest.param("/thread/x?a=1", "/thread/x?a=1", id="a page of ours"),
        pytest.param("https://evil.example/", "/", id="another site"),
        pytest.param("//evil.example/", "/", id="two slashes"),
        pytest.param("/\\evil.example/", "/", id="a backslash"),
        pytest.param("/a\\b", "/", id="a backslash further on"),
        pytest.param("/\t/evil.example", "/", id="a tab"),
        pytest.param("/a\r\nset-cookie: x", "/", id="a line end"),
        pytest.param("javascript:alert(1)", "/", id="a script"),
        pytest.param("", "/", id="nothing"),
        pytest.param("/" + "x" * 1_000, "/", id="endless"),
        pytest.param("//[", "/", id="no address at all"),
    ],
)
def test_nobody_is_led_to_another_site(given: str, led_to: str) -> None:
    assert local_path(given) == led_to


async def test_guessing_is_slowed_down_by_address_and_good_tries_are_none(server: Hosted) -> None:
    browser = server.browser()
    for _ in range(12):
        assert (await browser.post("/sign-in", data=SIGN_IN)).status_code == 303
    wrong = [
        await browser.post("/sign-in", data={"name": f"n{n}", "password": "wrong and wrong"})
        for n in range(11)
    ]
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
    assert 0 < int(wrong[-1].headers["retry-after"]) <= 60
    assert (await browser.post("/sign-in", data=SIGN_IN)).status_code == 429
    assert (await server.browser("192.0.2.8").post("/sign-in", data=SIGN_IN)).status_code == 303


async def test_guessing_is_slowed_down_by_account_wherever_it_comes_from(server: Hosted) -> None:
    answers = [
        await server.browser(f"192.0.2.{n}").post("/sign-in", data={"name": "ada", "password": "wrong one"})
        for n in range(6)
    ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "retry-after" in answers[-1].headers
    assert "Too many tries" in answers[-1].text


async def test_signing_out_ends_the_login_and_not_only_the_cookie(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    cookie = browser.cookies[LOGIN]
    assert (await browser.post("/logout")).json() == {"success": True}
    assert LOGIN not in browser.cookies
    stolen = server.browser()
    stolen.cookies.set(LOGIN, cookie, domain="127.0.0.1")
    assert (await stolen.get("/user")).status_code == 401


async def test_a_browser_that_signs_in_again_has_one_login(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    before = browser.cookies[LOGIN]
    await browser.post("/sign-in", data={"name": "Max", "password": PASSWORD})
    assert browser.cookies[LOGIN] != before
    assert (await browser.get("/user")).json()["display_name"] == "Max"
    assert [login.person for login in await server.store.logins.of()] == [
        (await browser.get("/user")).json()["id"]
    ]


async def test_who_is_signed_in_is_not_asked_again(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    answer = await browser.get("/sign-in?next=/env", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/env")


async def test_the_front_ends_own_page_to_sign_in_leads_to_ours(server: Hosted) -> None:
    answer = await server.browser().get("/login", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await (await server.signed_in("Max")).get("/auth/config")).json()["requireLogin"] is True


async def test_a_suspended_person_is_out_at_once_by_login_and_key(server: Hosted) -> None:
    browser = await server.signed_in("Max")
    who = (await browser.get("/user")).json()["id"]
    program = server.program(await server.key(who, "read"))
    assert (await program.get("/user")).status_code == 200
    await server.store.people.change(who, is_suspended=True)
    assert [(await each.get("/user")).status_code for each in (browser, program)] == [401, 401]
    assert (await browser.post("/sign-in", data={"name": "Max", "password": PASSWORD})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": ORIGIN}, 200, id="our page"),
        pytest.param({"sec-fetch-site": "same-origin"}, 200, id="our page without an origin"),
        pytest.param({}, 403, id="it does not say"),
        pytest.param({"sec-fetch-site": "none"}, 403, id="no page"),
        pytest.param({"origin": "https://evil.example"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site without an origin"),
        pytest.param({"origin": "null"}, 403, id="a sandboxed page"),
    ],
)
async def test_a_cookie_changes_things_for_our_own_pages_only(
    server: Hosted, headers: dict[str, str], status: int
) -> None:
    signed_in = await server.signed_in("Ada")
    browser = server.browser(headers=headers)
    browser.cookies.update(signed_in.cookies)
    body = {"sessionId": SESSION, "action": {"name": "x"}}
    assert (await browser.post("/project/action", json=body)).status_code == status
    if status == 403:
        assert server.library.paths == []


async def test_a_key_needs_no_page(server: Hosted) -> None:
    ada = await server.store.people.named("Ada")
    assert ada is not None
    program = server.program(await server.key(ada.id, "chat"))
    body = {"sessionId": SESSION, "action": {"name": "x"}}
    assert (await program.post("/project/action", json=body)).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        pytest.param(("admin",), 200, id="admin"),
        pytest.param(("read", "write", "chat"), 403, id="all others"),
    ],
)
async def test_the_numbers_are_for_admins(server: Hosted, scopes: tuple[str, ...], status: int) -> None:
    ada = await server.store.people.named("Ada")
    assert ada is not None
    assert (await server.program(await server.key(ada.id, *scopes)).get("/metrics")).status_code == status
    assert (await (await server.signed_in("Max")).get("/metrics")).status_code == 403


async def test_a_guest_sends_nothing_to_the_pages_library(server: Hosted) -> None:
    await server.person("Gustav", "guest")
    browser = await server.signed_in("Gustav")
    assert (await browser.get("/project/settings")).status_code == 200
    body = {"sessionId": SESSION, "action": {"name": "x"}}
    answers = [
        await browser.post("/project/action", json=body),
        await browser.post(
            "/project/file", params={"session_id": SESSION}, files={"file": ("a.txt", b"some text")}
        ),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert server.library.uploads == []


@pytest.mark.parametrize("secret", ["vtai_" + "x" * 43, "vtai_", "vtai_" + "x" * 10_000], ids=len)
@pytest.mark.parametrize("sign_in", ["auto", "accounts", "proxy"])
async def test_an_unknown_key_is_refused_in_every_way_in(tmp_path: Path, sign_in: str, secret: str) -> None:
    async with hosted(tmp_path, sign_in=sign_in) as server:
        answer = await server.program(secret).get("/user")
        assert answer.status_code == 401
        assert answer.json()["detail"] == "This key is unknown, expired or revoked."


async def test_where_nobody_signs_in_a_key_narrows_what_its_program_may(tmp_path: Path) -> None:
    async with hosted(tmp_path, sign_in="auto") as server:
        narrow = server.program(await server.key("local", "read"))
        assert (await narrow.get("/user")).json()["metadata"]["scopes"] == ["read"]
        assert (await narrow.get("/metrics")).status_code == 403
        assert (await server.program("of another program").get("/metrics")).status_code == 200


async def test_a_form_without_end_is_not_read(server: Hosted) -> None:
    answer = await server.browser().post("/sign-in", data={"name": "x" * 100_000})
    assert answer.status_code == 413


async def test_the_pages_run_no_scripts_and_load_nothing(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    pages = [await server.browser().get("/sign-in"), await browser.get("/account")]
    for page in pages:
        assert page.status_code == 200
        assert "script" not in page.text
        assert re.findall(r"(?:https?:)?//", page.text) == []
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sign_in", ["accounts", "proxy"])
async def test_a_key_made_where_nobody_signs_in_is_refused_where_people_do(
    tmp_path: Path, sign_in: str
) -> None:
    async with hosted(tmp_path, sign_in=sign_in) as server:
        stray = server.program(await server.key("local", "read", "admin"))
        assert [(await stray.get(path)).status_code for path in ("/user", "/metrics")] == [401, 401]


async def test_openai_clients_read_the_words_of_a_refusal_at_the_door(server: Hosted) -> None:
    import openai

    program = server.program()
    async with openai.AsyncOpenAI(
        api_key="vtai_" + "x" * 43, base_url=f"{ORIGIN}/v1", http_client=program, max_retries=0
    ) as client:
        with pytest.raises(openai.AuthenticationError, match="unknown, expired or revoked") as caught:
            await client.models.list()
    assert (caught.value.code, caught.value.type) == ("invalid_api_key", "invalid_request_error")
    answer = await server.browser(headers={"origin": "https://evil.example"}).get("/v1/models")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"].startswith("The request came from another site's page.")
