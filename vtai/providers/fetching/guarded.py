"""Gets pages and pictures from the open internet, and from nowhere else, whatever an address tries.

A name is looked up once a step; every address it has must be open; the connection goes to one of those
addresses and not to the name, so a second look-up has nothing to change. The certificate is still checked for
the name. Redirects are followed by hand and checked as the first address was, never from https to http.

Proxies of the environment are not used: a proxy would look the names up itself, unguarded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from vtai import __version__
from vtai.core import sniff
from vtai.core.documents import Fetched
from vtai.providers.fetching import body, failures, names, urls
from vtai.providers.fetching.addresses import Allowed

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    import httpx

    from vtai.providers.fetching.addresses import Address
    from vtai.providers.fetching.names import Resolve
    from vtai.providers.fetching.urls import Place

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CONNECT_S: Final = 5.0
_MAX_TRIED: Final = 3
_MAX_AT_ONCE: Final = 32
_KEPT_BACK: Final = frozenset({"set-cookie", "set-cookie2"})
_AGENT: Final = f"vtai/{__version__} (+https://github.com/vinhnx/VT.ai)"


class GuardedFetcher:
    """The `Fetcher` port. Sends no cookie, no key, no referrer; keeps no connection.

    `allow_private`: what may be reached beside the open internet, as `Allowed.of` reads it, by whoever can
    give an address. `resolve` is asked for the addresses of a name. `max_at_once` fetches run, others wait.
    """

    def __init__(
        self,
        allow_private: Iterable[str] = (),
        resolve: Resolve | None = None,
        max_at_once: int = _MAX_AT_ONCE,
    ) -> None:
        self._allowed = Allowed.of(allow_private)
        self._resolve = resolve or names.SystemNames()
        self._max_at_once = max_at_once
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._making = asyncio.Lock()

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def fetch(self, url: str, max_bytes: int, timeout_s: float = 20.0) -> Fetched:
        """What stands there, cut at `max_bytes` once unpacked. `timeout_s` is for all of it together.

        Raises BadAddress for an address that is refused, ProviderError for one that does not answer.
        """
        place = urls.read(url)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._followed(place, max_bytes)
        except TimeoutError as error:
            raise failures.timed_out(place) from error

    async def _followed(self, place: Place, max_bytes: int) -> Fetched:
        first = place
        for _ in range(_MAX_REDIRECTS + 1):
            response = await self._asked(place)
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    return await _read(response, place, max_bytes)
                place = urls.onward(place, location)
            finally:
                await response.aclose()
        raise failures.too_many_steps(first)

    async def _asked(self, place: Place) -> httpx.Response:
        """The answer of the first address that takes a connection, its content not read yet."""
        import httpx

        addresses = await names.addresses(place, self._allowed, self._resolve)
        transport = await self._made_transport()
        failed, cause = failures.no_such_name(place), None
        for address in addresses[:_MAX_TRIED]:
            try:
                return await transport.handle_async_request(_request(place, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed, cause = failures.not_connected(place, error), error
            except httpx.TransportError as error:
                raise failures.unreadable(place) from error
        raise failed from cause

    async def _made_transport(self) -> httpx.AsyncHTTPTransport:
        import httpx

        async with self._making:
            if self._transport is None:
                # Reading the certificates takes a tenth of a second.
                trusted: ssl.SSLContext = await asyncio.to_thread(httpx.create_ssl_context)
                # A kept connection would answer for every name at its address, certificate or not.
                limits = httpx.Limits(max_connections=self._max_at_once, max_keepalive_connections=0)
                self._transport = httpx.AsyncHTTPTransport(verify=trusted, limits=limits)
        return self._transport


def _request(place: Place, address: Address) -> httpx.Request:
    """A request to an address that names the host only where the host itself reads it."""
    import httpx

    url = httpx.URL(scheme=place.scheme, host=str(address), port=place.port, raw_path=place.target.encode())
    headers = {
        "Host": place.authority,
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Accept-Encoding": body.ACCEPTED,
        "Connection": "close",
    }
    timeout = {"connect": _CONNECT_S, "read": None, "write": None, "pool": None}
    return httpx.Request(
        "GET", url, headers=headers, extensions={"timeout": timeout, "sni_hostname": place.host}
    )


async def _read(response: httpx.Response, place: Place, max_bytes: int) -> Fetched:
    import httpx

    if not response.is_success:
        raise failures.of_status(place, response.status_code, response.headers)
    # Typed as an iterator, but a generator, which holds the connection until it is closed.
    packed = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
    try:
        async with aclosing(packed):
            encoding = response.headers.get("content-encoding", "")
            data, is_cut = await body.read(packed, encoding, max_bytes)
    except body.Unreadable as error:
        raise failures.unreadable(place) from error
    except httpx.TransportError as error:
        raise failures.broke_off(place) from error
    if not data:
        raise failures.empty(place)
    media_type = sniff.proven(data[: sniff.HEAD_BYTES], response.headers.get("content-type", ""))
    headers = {name: value for name, value in response.headers.items() if name not in _KEPT_BACK}
    return Fetched(place.url, media_type, data, MappingProxyType(headers), is_cut)
