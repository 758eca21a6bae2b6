"""Signing in with a name and a password, and the first account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vtai.api.answers import status_of
from vtai.core.errors import BadAccount, LockedOut, VTError
from vtai.server import sign_in_page
from vtai.server.access import retry_after
from vtai.server.bodies import Body, TooLarge
from vtai.server.browsers import FIRST_ADMIN, SIGN_IN, local_path, sign_in_address
from vtai.server.proxied import network_of
from vtai.server.sheet import UNSTORED, shown

if TYPE_CHECKING:
    from vtai.server.browsers import Browsers
    from vtai.server.first_admin import FirstAdmin
    from vtai.server.known import Known
    from vtai.server.ways import Kept
    from vtai.wiring.entering import Rate

_MAX_FORM_BYTES = 16_384
_MOST_FIELDS = 20

Answer = Callable[[Request], Awaitable[Response]]


class SignIn:
    """The pages. `tries` counts by address; how often a name may be tried is up to the accounts.

    `providers` are the others that sign people in, by path, with what the button says.
    """

    def __init__(
        self,
        kept: Kept,
        browsers: Browsers,
        first: FirstAdmin,
        tries: Rate,
        known: Known,
        providers: Mapping[str, str],
    ) -> None:
        self._kept = kept
        self._browsers = browsers
        self._first = first
        self._tries = tries
        self._known = known
        self._providers = providers

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.moved, methods=["GET"]),
            Route(SIGN_IN, told(self.page), methods=["GET"]),
            Route(SIGN_IN, told(self.sign_in), methods=["POST"]),
            Route(FIRST_ADMIN, told(self.first_page), methods=["GET"]),
            Route(FIRST_ADMIN, told(self.make_first), methods=["POST"]),
        ]

    async def moved(self, _: Request) -> Response:
        """Where the page's library sends people to sign in."""
        return RedirectResponse(SIGN_IN, 303, UNSTORED)

    async def page(self, request: Request) -> Response:
        to = local_path(request.query_params.get("next", "/"))
        if await self._browsers.caller(request.headers) is not None:
            return RedirectResponse(to, 303, UNSTORED)
        wanted = await self._first.is_wanted()
        if wanted and not self._first.needs_code:
            return RedirectResponse(FIRST_ADMIN, 303, UNSTORED)
        return shown(sign_in_page.sign_in_page(to, self._providers, is_first_wanted=wanted))

    async def sign_in(self, request: Request) -> Response:
        form = await form_of(request)
        to, name, address = local_path(form.get("next", "/")), form.get("name", ""), network_of(request.scope)
        try:
            self._take(address)
            people = (await self._kept()).people
            password = SecretStr(form.get("password", ""))
            person = await self._known.check(request.headers, people, name, password)
            response = await self._browsers.admit(request, person, to)
        except VTError as error:
            page = sign_in_page.sign_in_page(to, self._providers, error, name[:300])
            return refused(page, error)
        self._tries.give_back(address)
        self._known.remember(request, response, person)
        return response

    async def first_page(self, request: Request) -> Response:
        if not await self._first.is_wanted():
            return RedirectResponse(sign_in_address(), 303, UNSTORED)
        code = request.query_params.get("code", "")[:100]
        return shown(sign_in_page.first_admin_page(code=code, needs_code=self._first.needs_code))

    async def make_first(self, request: Request) -> Response:
        form = await form_of(request)
        name, password, code = form.get("name", ""), form.get("password", ""), form.get("code", "")
        try:
            self._take(network_of(request.scope))
            if password != form.get("again"):
                raise BadAccount("The two passwords are not the same.", "Type it twice.")
            person = await self._first.make(name, SecretStr(password), code)
            response = await self._browsers.admit(request, person, "/")
        except VTError as error:
            page = sign_in_page.first_admin_page(
                error, name[:100], code[:100], needs_code=self._first.needs_code
            )
            return refused(page, error)
        self._known.remember(request, response, person)
        return response

    def _take(self, address: str) -> None:
        """Counts a try. Raises LockedOut."""
        if (seconds := self._tries.take(address)) > 0:
            raise LockedOut(
                "Too many tries came from your address.", f"Wait {seconds} seconds and try again.", seconds
            )


def told(answer: Answer) -> Answer:
    """The answer, with what goes wrong on a page of its own."""

    @wraps(answer)
    async def called(request: Request) -> Response:
        try:
            return await answer(request)
        except VTError as error:
            return refused(sign_in_page.apology("That did not work", error), error)
        except ClientDisconnect:
            return Response(status_code=400)

    return called


def refused(page: str, error: VTError) -> Response:
    headers = retry_after(error) if isinstance(error, LockedOut) else None
    return shown(page, 413 if isinstance(error, TooLarge) else status_of(error), headers)


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form as a browser sends it, the last of each name. Raises BadRequestBody, TooLarge."""
    fields = await fields_of(request)
    return {name: values[-1] for name, values in fields.items()}


async def fields_of(request: Request) -> Mapping[str, list[str]]:
    """The fields with all their values."""
    body = await Body.read(request.scope, request.receive, _MAX_FORM_BYTES)
    try:
        text = body.content.decode("latin-1")
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadAccount("The form has too many fields.", "Reload the page.") from error
