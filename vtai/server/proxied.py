"""Proxies before this server: whose word counts, and people who sign in there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from vtai.core.errors import Forbidden, NotSignedIn, SettingsError
from vtai.core.people import Caller
from vtai.server import answers
from vtai.server.ways import Entered

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vtai.core.people import Person
    from vtai.core.ports import People
    from vtai.server.ways import Kept
    from vtai.wiring.entering import Again

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
ISSUER = "proxy"


class Networks:
    """A set of addresses and networks. Raises SettingsError for one that is none."""

    def __init__(self, names: Iterable[str]) -> None:
        try:
            self._networks = [ipaddress.ip_network(name, strict=False) for name in names]
        except ValueError as error:
            raise SettingsError(
                f"VT_PROXY_ALLOW names something that is no address: {error}.",
                'A value that works: "127.0.0.1, 10.0.0.0/8".',
            ) from error

    def __contains__(self, address: object) -> bool:
        return isinstance(address, _Address) and any(address in network for network in self._networks)


class Forwarded:
    """Takes who really asks, and by which scheme, from proxies that may say so, and from nobody else.

    `guarded` is a header in which only those proxies may name somebody: from others it is refused, as
    whoever sends it tries to be somebody else.
    """

    def __init__(self, app: ASGIApp, proxies: Networks, guarded: str | None = None) -> None:
        self._app = app
        self._proxies = proxies
        self._guarded = guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_proxy = _parsed((scope.get("client") or ("", 0))[0]) in self._proxies
        if self._guarded is not None and self._guarded in headers and not is_proxy:
            error = Forbidden(
                f"The request names somebody in {self._guarded}, and did not come through a proxy that may.",
                "Open the proxy's address; who runs the server names the proxy in VT_PROXY_ALLOW.",
            )
            await answers.refuse(scope, receive, send, 403, error)
            return
        await self._app(self._mended(scope, headers) if is_proxy else scope, receive, send)

    def _mended(self, scope: Scope, headers: Headers) -> Scope:
        mended = {**scope, "client": self._client(scope, headers)}
        scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        if scheme in {"http", "https"}:
            mended["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        return mended

    def _client(self, scope: Scope, headers: Headers) -> tuple[str, int]:
        """The last one in the list that is no proxy: what stands before it anybody could have written."""
        client: tuple[str, int] = scope["client"]
        for text in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
            if (address := _parsed(text.strip())) is None:
                return client
            client = (str(address), 0)
            if address not in self._proxies:
                return client
        return client


class ProxyWay:
    """People whom a proxy signed in. An account is made at the first sight."""

    def __init__(self, kept: Kept, header: str) -> None:
        self._kept = kept
        self._header = header

    async def entered(self, scope: Scope, headers: Headers) -> Entered | None:
        """Raises Forbidden for two names, or where the person is suspended. See `Forwarded` for who may."""
        names = headers.getlist(self._header)
        if len(names) > 1:
            raise Forbidden("The proxy names more than one person.", "Ask who runs the proxy.")
        if not names or not (name := _decoded(names[0]).strip()):
            return None
        people = (await self._kept()).people
        person = await people.known_as(ISSUER, name, name)
        if person.is_suspended:
            raise Forbidden("Your account is suspended.", "Ask an admin.")
        return Entered(Caller(person), _again(people, person), "browser")

    def detour(self, scope: Scope) -> Response | None:
        return None

    async def meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = NotSignedIn(
            "Nobody is named in this request.",
            f"Open the address of the proxy that signs people in; it names them in {self._header}.",
        )
        await answers.refuse(scope, receive, send, 401, error, {"WWW-Authenticate": "Bearer"})

    def is_open(self, path: str) -> bool:
        return False

    @property
    def is_local(self) -> bool:
        return False


def network_of(scope: Scope) -> str:
    """Who asks; for IPv6 the network, since one machine there has countless addresses."""
    host = (scope.get("client") or ("", 0))[0]
    address = _parsed(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(host if address is None else address)


def _again(people: People, person: Person) -> Again:
    async def again() -> Caller | None:
        now = await people.get(person.id)
        return None if now is None or now.is_suspended else Caller(now)

    return again


def _parsed(text: str) -> _Address | None:
    """An address, with a port or without."""
    host, sign, port = text.rpartition(":")
    for candidate in (text, host if sign and port.isdecimal() else "", text.strip("[]")):
        try:
            address = ipaddress.ip_address(candidate.strip("[]"))
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return mapped or address
    return None


def _decoded(value: str) -> str:
    """The header as UTF-8, which proxies write; else as it is."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
