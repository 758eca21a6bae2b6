"""The way to those who sign people in elsewhere, and back.

What a browser takes along is sealed in a cookie of its own: an answer to what another browser started is
refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vtai.core.errors import LockedOut, NotConfigured, SignInRefused, UnknownName, VTError
from vtai.server import cookies, hosts, sign_in_page
from vtai.server.browsers import SIGN_IN, local_path
from vtai.server.oidc import Flow, Provider, new_flow
from vtai.server.proxied import network_of
from vtai.server.sheet import UNSTORED
from vtai.server.sign_in import refused, told

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.server.browsers import Browsers
    from vtai.server.ways import Kept
    from vtai.wiring.entering import Rate

COOKIE: Final = "vtai_elsewhere"
WITH: Final = f"{SIGN_IN}/with"
# Long enough to type a password and a code from a phone there.
_AGE_S: Final = 900


class Elsewhere:
    """The addresses that a browser comes to. `providers` by the name in the address."""

    def __init__(
        self,
        kept: Kept,
        browsers: Browsers,
        providers: Mapping[str, Provider],
        seal: cookies.Seal,
        tries: Rate,
        allowed_origins: Iterable[str],
    ) -> None:
        self._kept = kept
        self._browsers = browsers
        self._providers = providers
        self._seal = seal
        self._tries = tries
        self._origins = tuple(origin.rstrip("/").lower() for origin in allowed_origins)

    @property
    def labels(self) -> Mapping[str, str]:
        """What each button says, by where it leads."""
        return {
            f"{WITH}/{name}": f"Sign in with {provider.label}" for name, provider in self._providers.items()
        }

    def routes(self) -> list[Route]:
        return [
            Route(f"{WITH}/{{name}}", told(self.go), methods=["GET"]),
            Route(f"{WITH}/{{name}}/callback", self.come_back, methods=["GET"]),
        ]

    async def aclose(self) -> None:
        for provider in self._providers.values():
            await provider.aclose()

    async def go(self, request: Request) -> Response:
        name, provider = self._asked(request)
        flow = new_flow(f"{self._own_address(request)}{WITH}/{name}/callback")
        response = RedirectResponse(await provider.address(flow), 303, UNSTORED)
        to = local_path(request.query_params.get("next", "/"))
        sealed = self._seal.close({"provider": name, "to": to, "flow": asdict(flow)}, _AGE_S)
        cookies.put(response, request.scope, request.headers, COOKIE, sealed, _AGE_S, path=SIGN_IN)
        return response

    async def come_back(self, request: Request) -> Response:
        """Lets the person in. Whatever the answer is, it can be used once."""
        try:
            response = await self._finish(request)
        except VTError as error:
            response = refused(sign_in_page.apology("You are not signed in", error), error)
        cookies.drop(response, request.headers, COOKIE, path=SIGN_IN)
        return response

    async def _finish(self, request: Request) -> Response:
        name, provider = self._asked(request)
        address = network_of(request.scope)
        if (seconds := self._tries.take(address)) > 0:
            raise LockedOut("Too many tries came from your address.", f"Wait {seconds} seconds.", seconds)
        started = self._seal.open(cookies.given(COOKIE, request.headers))
        given = request.query_params
        if started is None or started["provider"] != name:
            raise _stale()
        flow = Flow(**started["flow"])
        if not hmac.compare_digest(given.get("state", "").encode(), flow.state.encode()):
            raise _stale()
        if "code" not in given:
            raise SignInRefused(f"{provider.label} did not let you in.", "Start again, or ask who runs it.")
        who = await provider.identity(flow, given["code"], given.get("iss"))
        person = await (await self._kept()).people.known_as(who.issuer, who.subject, who.name)
        response = await self._browsers.admit(request, person, started["to"])
        self._tries.give_back(address)
        return response

    def _asked(self, request: Request) -> tuple[str, Provider]:
        name = str(request.path_params["name"])
        if name not in self._providers:
            raise UnknownName("Nobody of that name signs people in here.", "Choose one of the buttons.")
        return name, self._providers[name]

    def _own_address(self, request: Request) -> str:
        """The origin to come back to: one that the settings name, or this machine. Raises NotConfigured."""
        host = request.headers["host"].lower()
        named = next((origin for origin in self._origins if hosts.is_same(origin, host)), None)
        parts = hosts.split(host)
        if named is not None:
            return named
        if parts is not None and hosts.is_loopback(parts[0]):
            return f"{request.scope['scheme']}://{host}"
        raise NotConfigured(
            "This address is not one that people may be sent back to.",
            f'Who runs this server sets VT_ALLOWED_ORIGINS, such as "https://{host}".',
        )


def _stale() -> SignInRefused:
    return SignInRefused(
        "This sign-in was not started in this browser, or too long ago.",
        "Start again from the page to sign in.",
    )
