"""Asks each site which of its pages programs may read (robots.txt, RFC 9309), and remembers the answer.

Limits: rules for one program of many names are read for the name `vtai` alone; a wish for pauses between
requests (Crawl-delay) is not followed, since a page is read when a person asked for it.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from vtai.core.errors import BadAddress, BadRequest, ProviderError, Unreachable, VendorDown
from vtai.providers.reading.encodings import decoded

if TYPE_CHECKING:
    from protego import Protego

    from vtai.core.ports import Fetcher

AGENT: Final = "vtai"
"""The name that sites may address in their robots.txt."""

# What a reader of robots.txt must look at, and need not go beyond.
_MAX_BYTES: Final = 512 * 1024
_KEPT_BYTES: Final = 4_000_000
_MOST_SITES: Final = 1_000
_KEPT_S: Final = 3_600.0
_FAILURE_KEPT_S: Final = 60.0
_TIMEOUT_S: Final = 5.0


@dataclass(slots=True)
class _Site:
    """What is known of a site. No rules: everything may be read. `until` is 0 where it was not asked yet."""

    rules: Protego | None = None
    silence: ProviderError | None = None
    until: float = 0.0
    size_bytes: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Robots:
    """Answers for an hour from what a site said once; for a minute where it did not answer.

    `clock` gives seconds that only grow.
    """

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def check(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        """Returns where the page may be read. Raises BadAddress where the site forbids it, ProviderError
        where the site is in no state to say."""
        parts = urlsplit(url)
        origin, host = f"{parts.scheme}://{parts.netloc}".lower(), parts.hostname or "The site"
        site = self._site(origin)
        async with site.asking:
            if self._clock() >= site.until:
                await self._ask(site, origin, min(timeout_s, _TIMEOUT_S))
                self._forget_oldest()
        if site.silence is not None:
            raise _no_answer(host, site.silence) from site.silence
        if site.rules is not None and not await asyncio.to_thread(site.rules.can_fetch, url, AGENT):
            raise BadAddress(
                f"{host} does not let programs read that page (robots.txt).",
                "Open it yourself, and paste what you want to ask about.",
            )

    def _site(self, origin: str) -> _Site:
        site = self._sites.setdefault(origin, _Site())
        self._sites.move_to_end(origin)
        return site

    async def _ask(self, site: _Site, origin: str, timeout_s: float) -> None:
        site.rules, site.silence, site.size_bytes, kept_s = None, None, 0, _KEPT_S
        try:
            fetched = await self._fetcher.fetch(f"{origin}/robots.txt", _MAX_BYTES, timeout_s)
        except (BadRequest, BadAddress):
            # There is none (4xx, nothing in it, sends on for ever or to where nothing is fetched from).
            pass
        except ProviderError as error:
            site.silence, kept_s = error.with_traceback(None), _FAILURE_KEPT_S
        else:
            site.rules = await asyncio.to_thread(_rules, fetched.data, is_cut=fetched.is_cut)
            site.size_bytes = len(fetched.data)
        site.until = self._clock() + kept_s

    def _forget_oldest(self) -> None:
        while len(self._sites) > _MOST_SITES or (
            len(self._sites) > 1 and sum(site.size_bytes for site in self._sites.values()) > _KEPT_BYTES
        ):
            self._sites.popitem(last=False)


def _rules(raw: bytes, *, is_cut: bool) -> Protego:
    from protego import Protego

    if is_cut:
        # The last line may have lost the end that makes it milder.
        raw = raw[: raw.rfind(b"\n") + 1]
    return Protego.parse(decoded(raw) or "")


def _no_answer(host: str, cause: ProviderError) -> ProviderError:
    if isinstance(cause, Unreachable):
        return Unreachable(cause.message, cause.hint)
    return VendorDown(
        f"{host} is not able to say just now which of its pages may be read (robots.txt).",
        "Try again in a few minutes, or open the page yourself.",
    )
