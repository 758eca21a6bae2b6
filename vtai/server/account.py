"""Who is at the page, as its front end asks for it, and the page about one's own account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from vtai.core.errors import BadAccount, Forbidden, LockedOut, NotSignedIn, UnknownName, VTError
from vtai.core.people import SCOPES, Caller
from vtai.server import account_page, cookies, sheet
from vtai.server.access import COOKIE as KEY_COOKIE
from vtai.server.account_page import About
from vtai.server.browsers import SIGN_IN
from vtai.server.proxied import network_of
from vtai.server.sheet import UNSTORED
from vtai.server.sign_in import fields_of, form_of, refused, told

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.server.browsers import Browsers
    from vtai.server.known import Known
    from vtai.server.ways import Kept
    from vtai.wiring import App
    from vtai.wiring.entering import Rate

PAGE: Final = "/account"
_DAY_S: Final = 86_400.0
_DONE: Final = {
    "password": "Your password is changed, and your other browsers are signed out.",
    "browser": "That browser is signed out.",
    "key": "That key does not work any more.",
}


class FrontEnd:
    """What the page's front end asks. It shows a history only where somebody is known."""

    def __init__(self, app: App, browsers: Browsers) -> None:
        self._app = app
        self._browsers = browsers

    def routes(self) -> list[Route]:
        return [
            Route("/auth/config", self.config, methods=["GET"]),
            Route("/user", self.user, methods=["GET"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    async def config(self, _: Request) -> Response:
        settings = self._app.loaded.settings
        is_known = (self._app.storing is not None and settings.history) or settings.sign_in != "auto"
        return JSONResponse({"requireLogin": is_known, "passwordAuth": False, "headerAuth": False})

    async def user(self, request: Request) -> Response:
        caller = caller_of(request)
        person = caller.person
        about = {
            "id": person.id,
            "identifier": person.name,
            "display_name": person.name,
            "metadata": {"role": person.role, "scopes": sorted(caller.scopes)},
        }
        return JSONResponse(about, headers=dict(UNSTORED))

    async def logout(self, request: Request) -> Response:
        response = JSONResponse({"success": True}, headers=dict(UNSTORED))
        await leave(request, response, self._browsers)
        return response


class Account:
    """The page about one's own account. `tries` counts wrong passwords by address."""

    def __init__(
        self,
        app: App,
        kept: Kept,
        browsers: Browsers,
        tries: Rate,
        known: Known,
        *,
        has_others: bool = False,
    ) -> None:
        self._kept = kept
        self._browsers = browsers
        self._tries = tries
        self._known = known
        self._connections = app.entering.connections
        sign_in = app.loaded.settings.sign_in
        self._has_password = sign_in == "accounts"
        self._has_others = has_others

    def routes(self) -> list[Route]:
        return [
            Route(PAGE, told(self.page), methods=["GET"]),
            Route(f"{PAGE}/password", told(self.change_password), methods=["POST"]),
            Route(f"{PAGE}/leave", told(self.leave), methods=["POST"]),
            Route(f"{PAGE}/browsers/{{id}}/end", told(self.end_browser), methods=["POST"]),
            Route(f"{PAGE}/keys", told(self.make_key), methods=["POST"]),
            Route(f"{PAGE}/keys/{{id}}/revoke", told(self.revoke_key), methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        done = _DONE.get(request.query_params.get("done", ""), "")
        return sheet.shown(await self._page(own(request), done=sheet.notice(done) if done else ""))

    async def change_password(self, request: Request) -> Response:
        caller, form = own(request), await form_of(request)
        address = network_of(request.scope)
        people = (await self._kept()).people
        try:
            if not self._has_password:
                raise BadAccount("Nobody has a password here.", "Change it where you sign in.")
            if (seconds := self._tries.take(address)) > 0:
                raise LockedOut("Too many tries.", f"Wait {seconds} seconds and try again.", seconds)
            if form.get("new") != form.get("again"):
                raise BadAccount("The two new passwords are not the same.", "Type it twice.")
            now, new = SecretStr(form.get("now", "")), SecretStr(form.get("new", ""))
            await self._known.check_from(caller.login_id or "", people, caller.person.name, now)
            await people.set_password(caller.person.id, new, but=caller.login_id)
        except VTError as error:
            return refused(await self._page(caller, error), error)
        self._tries.give_back(address)
        await self._connections.end_person(caller.person.id)
        # With a new login, in case somebody else holds the cookie of this one.
        return await self._browsers.admit(request, caller.person, f"{PAGE}?done=password")

    async def leave(self, request: Request) -> Response:
        own(request)
        response = RedirectResponse(SIGN_IN if self._has_password else "/", 303, UNSTORED)
        await leave(request, response, self._browsers)
        return response

    async def end_browser(self, request: Request) -> Response:
        caller = own(request)
        if not await self._browsers.end(str(request.path_params["id"]), caller.person.id):
            raise UnknownName("That browser is not signed in (any more).", "Reload your account's page.")
        return _back("browser")

    async def make_key(self, request: Request) -> Response:
        caller, fields = own(request), await fields_of(request)
        name = fields.get("name", [""])[-1]
        try:
            if not caller.may("write"):
                raise Forbidden("You may not make keys.", "Ask an admin.")
            scopes = frozenset(scope for scope in SCOPES if scope in fields.get("scopes", []))
            if more := scopes - caller.scopes:
                raise Forbidden(f"You may not give the scope {min(more)}.", "Leave it out.")
            expires_at = _end_of(fields.get("days", [""])[-1])
            secret, key = await (await self._kept()).keys.make(caller.person.id, name, scopes, expires_at)
        except VTError as error:
            return refused(await self._page(caller, error), error)
        done = account_page.made(key.name, secret.get_secret_value())
        return sheet.shown(await self._page(caller, done=done))

    async def revoke_key(self, request: Request) -> Response:
        caller, key = own(request), str(request.path_params["id"])
        if not await (await self._kept()).keys.revoke(key, caller.person.id):
            raise UnknownName("There is no such key, or it is revoked.", "Reload your account's page.")
        await self._connections.end_key(key)
        return _back("key")

    async def _page(self, caller: Caller, error: VTError | None = None, done: str = "") -> str:
        store = await self._kept()
        person = caller.person.id
        about = About(
            caller,
            await store.logins.of(person) if self._has_password else (),
            await store.keys.of(person),
            has_password=self._has_password,
            has_others=self._has_others,
            can_leave=caller.login_id is not None,
        )
        return account_page.account_page(about, error, done)


async def leave(request: Request, response: Response, browsers: Browsers) -> None:
    """Ends the login that the request came with, and takes the browser's cookies."""
    caller = caller_of(request)
    if caller.login_id is not None:
        await browsers.end(caller.login_id, caller.person.id)
        browsers.forget(request, response)
    cookies.drop(response, request.headers, KEY_COOKIE)


def caller_of(request: Request) -> Caller:
    """Who makes the request. Raises NotSignedIn."""
    caller = request.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Nobody knows who you are.", "Sign in.")
    return caller


def own(request: Request) -> Caller:
    """The same, for what a person does in a browser. Raises Forbidden for keys: they have the API."""
    caller = caller_of(request)
    if caller.key_id is not None:
        raise Forbidden("This page is for people.", "Programs find the same under /api/v1/keys.")
    return caller


def _end_of(days: str) -> float | None:
    """When a key ends that works so many days. Raises BadAccount."""
    if not days:
        return None
    if not (days.isascii() and days.isdecimal() and len(days) <= 4 and 1 <= int(days) <= 3_650):
        raise BadAccount("That is no number of days.", "Choose one from the list.")
    return time.time() + int(days) * _DAY_S


def _back(done: str) -> Response:
    return RedirectResponse(f"{PAGE}?done={done}", 303, UNSTORED)
