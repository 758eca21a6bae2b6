"""Browsers that are signed in: the cookie, the login it stands for, and the way in for those who have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from vtai.core.errors import NotSignedIn
from vtai.server import answers, cookies
from vtai.server.proxied import network_of
from vtai.server.sheet import UNSTORED
from vtai.server.ways import Entered

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from vtai.core.people import Caller, Person
    from vtai.server.ways import Kept
    from vtai.wiring.entering import Connections

COOKIE: Final = "vtai_login"
SIGN_IN: Final = "/sign-in"
FIRST_ADMIN: Final = "/first-admin"
# The page's library sends those whom the server does not know any more to the second.
_OPEN: Final = frozenset({SIGN_IN, "/login", FIRST_ADMIN})
_LONGEST_PATH = 500


class Browsers:
    """Opens logins and ends them. `age_s` is how long a browser may keep its cookie."""

    def __init__(self, kept: Kept, connections: Connections, age_s: int) -> None:
        self._kept = kept
        self._connections = connections
        self._age_s = age_s

    async def caller(self, headers: Headers) -> Caller | None:
        token = cookies.given(COOKIE, headers)
        return await (await self._kept()).logins.caller(SecretStr(token)) if token else None

    async def admit(self, request: Request, person: Person, to: str) -> Response:
        """Signs the browser in and leads it to a path of this server. Raises SignInRefused.

        Its cookie is always a new one; what it had before ends.
        """
        before = await self.caller(request.headers)
        logins = (await self._kept()).logins
        token, _ = await logins.open(
            person.id, request.headers.get("user-agent", ""), network_of(request.scope)
        )
        if before is not None and before.login_id is not None:
            await self.end(before.login_id, before.person.id)
        response = RedirectResponse(local_path(to), 303, UNSTORED)
        cookies.put(response, request.scope, request.headers, COOKIE, token.get_secret_value(), self._age_s)
        return response

    async def end(self, login_id: str, person: str) -> bool:
        """Ends a login of this person, with the sockets it opened."""
        ended = await (await self._kept()).logins.end(login_id, person)
        if ended:
            await self._connections.end_login(login_id)
        return ended

    def forget(self, request: Request, response: Response) -> None:
        """Takes the cookie from the browser."""
        cookies.drop(response, request.headers, COOKIE)


class LoginWay:
    """People with accounts, by the cookie of a browser that signed in."""

    def __init__(self, browsers: Browsers) -> None:
        self._browsers = browsers

    async def entered(self, scope: Scope, headers: Headers) -> Entered | None:
        async def again() -> Caller | None:
            return await self._browsers.caller(headers)

        caller = await again()
        return None if caller is None else Entered(caller, again, "browser")

    def detour(self, scope: Scope) -> Response | None:
        return None

    async def meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leads a browser to the page to sign in, and from there back to where it wanted to go."""
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and wants_page:
            await RedirectResponse(sign_in_address(_wanted(scope)), 303, UNSTORED)(scope, receive, send)
            return
        error = NotSignedIn(
            "You are not signed in (any more).",
            "Reload the page and sign in; programs send a key as `Authorization: Bearer KEY`.",
        )
        await answers.refuse(scope, receive, send, 401, error, {"WWW-Authenticate": "Bearer"})

    def is_open(self, path: str) -> bool:
        return path in _OPEN or path.startswith(SIGN_IN + "/")

    @property
    def is_local(self) -> bool:
        return False


def sign_in_address(to: str = "/") -> str:
    return SIGN_IN if to == "/" else f"{SIGN_IN}?next={quote(to, safe='/')}"


def local_path(to: str) -> str:
    """The path where it leads to a page of this server, else that of the chat."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    # Browsers read a second slash, of either kind, as the start of another host's name.
    is_local = to.startswith("/") and not parts.scheme and not parts.netloc and to[1:2] not in {"/", "\\"}
    is_plain = to.isascii() and to.isprintable() and "\\" not in to and len(to) <= _LONGEST_PATH
    return to if is_local and is_plain else "/"


def _wanted(scope: Scope) -> str:
    path = quote(scope["path"], safe="/")
    query = scope.get("query_string", b"").decode("latin-1")
    return local_path(f"{path}?{query}" if query else path)
