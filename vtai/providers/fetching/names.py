"""Finds the addresses behind a name, once, and refuses the name unless all of them may be reached."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from vtai.providers.fetching import failures
from vtai.providers.fetching.addresses import is_inner_name, read_address

if TYPE_CHECKING:
    from vtai.providers.fetching.addresses import Address, Allowed
    from vtai.providers.fetching.urls import Place

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host and port. Raises OSError where there are none."""

_LOOK_UP_S: Final = 5.0
_LOOK_UPS_AT_ONCE: Final = 3


class SystemNames:
    """Looks names up as this machine does.

    A look-up cannot be stopped once it began, so only a few run at a time: names whose servers never answer
    must not take every thread from the rest of the program.
    """

    def __init__(self, at_once: int = _LOOK_UPS_AT_ONCE) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        await self._free.acquire()
        looking = asyncio.ensure_future(
            asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        looking.add_done_callback(self._ended)
        found = await asyncio.shield(looking)
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _ended(self, looking: asyncio.Future[Any]) -> None:
        self._free.release()
        if not looking.cancelled():
            # Nobody may be waiting any more; an error that nobody saw would be logged.
            looking.exception()


async def addresses(place: Place, allowed: Allowed, resolve: Resolve) -> tuple[Address, ...]:
    """Where to connect to, the best first. Raises BadAddress, Unreachable, TimedOut.

    One inner address among open ones is enough to refuse the name.
    """
    if not allowed.lets_port_in(place.port):
        raise failures.port_refused(place)
    found = (place.address,) if place.address else await _resolved(place, allowed, resolve)
    if not all(address and allowed.lets_in(place.host, address, place.port) for address in found):
        raise failures.not_open()
    return tuple(address for address in found if address)


async def _resolved(place: Place, allowed: Allowed, resolve: Resolve) -> tuple[Address | None, ...]:
    if is_inner_name(place.host) and not allowed.knows(place.host, place.port):
        raise failures.not_open()
    try:
        async with asyncio.timeout(_LOOK_UP_S):
            found = await resolve(place.host, place.port)
    except TimeoutError as error:
        raise failures.name_timed_out(place) from error
    except (OSError, UnicodeError) as error:
        raise failures.no_such_name(place) from error
    if not found:
        raise failures.no_such_name(place)
    return tuple(read_address(text) for text in found)
