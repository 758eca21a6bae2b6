"""Browsers in which somebody signed in before: who guesses at a name elsewhere does not lock it there."""

from __future__ import annotations

from tests.server.hosted import PASSWORD, Hosted

SIGN_IN = {"name": "Ada", "password": PASSWORD}
COOKIE = "vtai_known_8000"


async def locked(server: Hosted, name: str) -> None:
    """Somebody guesses at the name until it is locked."""
    for number in range(6):
        guesser = server.browser(f"198.51.100.{number}")
        answer = await guesser.post("/sign-in", data={"name": name, "password": "wrong one"})
    assert answer.status_code == 429


async def test_nobody_is_kept_out_of_a_browser_that_they_signed_in_with_before(server: Hosted) -> None:
    home = await server.signed_in("Ada")
    await home.post("/logout")
    await locked(server, "Ada")
    assert (await server.browser().post("/sign-in", data=SIGN_IN)).status_code == 429
    assert (await home.post("/sign-in", data=SIGN_IN)).status_code == 303
    assert (await home.get("/user")).json()["display_name"] == "Ada"


async def test_a_known_browser_has_few_tries_too_and_none_for_other_names(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    await browser.post("/logout")
    await locked(server, "Max")
    other = {"name": "Max", "password": PASSWORD}
    assert (await browser.post("/sign-in", data=other)).status_code == 429
    wrong = [await browser.post("/sign-in", data=SIGN_IN | {"password": "wrong one"}) for _ in range(6)]
    assert [answer.status_code for answer in wrong] == [401] * 5 + [429]
    assert (await browser.post("/sign-in", data=SIGN_IN)).status_code == 429
    assert (await server.browser("192.0.2.9").post("/sign-in", data=SIGN_IN)).status_code == 303


async def test_what_marks_a_browser_lets_nobody_in_and_cannot_be_made(server: Hosted) -> None:
    mark, other = [(await server.signed_in(name)).cookies[COOKIE] for name in ("Ada", "Max")]
    content, sign = mark.split(".")
    await locked(server, "Ada")
    for forged in (other, f"{content}.{other.split('.')[1]}", f"{content}.", f".{sign}", content, "x.y"):
        browser = server.browser("192.0.2.9")
        browser.cookies.set(COOKIE, forged)
        assert (await browser.post("/sign-in", data=SIGN_IN)).status_code == 429
    browser = server.browser("192.0.2.10")
    browser.cookies.set(COOKIE, mark)
    assert (await browser.get("/user")).status_code == 401
    assert (await browser.post("/sign-in", data=SIGN_IN)).status_code == 303


async def test_a_signed_in_person_can_change_a_password_that_others_guess_at(server: Hosted) -> None:
    browser = await server.signed_in("Ada")
    await locked(server, "Ada")
    new = "staple and more words"
    change = {"now": PASSWORD, "new": new, "again": new}
    assert (await browser.post("/account/password", data=change)).status_code == 303
