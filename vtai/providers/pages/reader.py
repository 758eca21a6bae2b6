"""The reader of pages: asks the site, fetches the page, and has a child process take out its text."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from vtai.core.errors import BadAddress, BadAttachment, TimedOut
from vtai.core.web import Page
from vtai.providers.fetching import urls
from vtai.providers.pages.robots import Robots
from vtai.providers.reading.limits import Limits

if TYPE_CHECKING:
    from vtai.core.documents import Fetched
    from vtai.core.ports import Fetcher
    from vtai.providers.workshop import Workshop

_PAGE: Final = "vtai.providers.pages.job:page"
_DOCUMENT: Final = "vtai.providers.pages.job:document"
_MAX_BYTES: Final = 5_000_000
_LIMITS: Final = Limits(
    characters=200_000, pages=30, scanned_pages=0, unpacked_bytes=20_000_000, seconds=6.0, timeout_s=10.0
)
# Two words are no text: an icon's name, "Loading".
_LEAST_CHARACTERS: Final = 25
_OPEN_YOURSELF: Final = "Open it yourself, and paste what you want to ask about."
_SUFFIXES: Final = {
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/plain": ".txt",
}
_KINDS: Final = {"image": "a picture", "audio": "sound", "video": "a film"}
_MARKUP: Final = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|table|article|main)\b[^<>]*>", re.IGNORECASE
)
_LOOKED_AT_BYTES: Final = 4_096


class WebPages:
    """A PageReader. `workshop` runs what looks into a page; `max_bytes` of one are fetched."""

    def __init__(
        self, fetcher: Fetcher, workshop: Workshop, robots: Robots | None = None, max_bytes: int = _MAX_BYTES
    ) -> None:
        self._fetcher = fetcher
        self._workshop = workshop
        self._robots = robots or Robots(fetcher)
        self._max_bytes = max_bytes

    async def read(self, url: str, timeout_s: float = 10.0) -> Page:
        """The words of the page within `timeout_s` for all of it together.

        Raises BadAddress, BadAttachment, ProviderError and Busy as the port says.
        """
        place = urls.read(url)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._read(place.url, timeout_s)
        except TimeoutError as error:
            raise TimedOut(f"{place.host} could not be read in time.", "Try again later.") from error

    async def _read(self, url: str, timeout_s: float) -> Page:
        fetched = await self._allowed(url, timeout_s)
        facts, passages = await self._looked_into(fetched, timeout_s)
        if onward := _onward(fetched.url, facts.get("refresh")):
            fetched = await self._allowed(onward, timeout_s)
            facts, passages = await self._looked_into(fetched, timeout_s)
        if sum(map(len, passages)) < _LEAST_CHARACTERS:
            raise BadAttachment(
                f"There is no text to be read on that page of {_host(fetched.url)}, unless scripts show it.",
                _OPEN_YOURSELF,
            )
        return _page(url, fetched, facts, passages)

    async def _allowed(self, url: str, timeout_s: float) -> Fetched:
        """What stands there, where the site lets it be read: there, and where it sends on to."""
        await self._robots.check(url, timeout_s / 2)
        fetched = await self._fetcher.fetch(url, self._max_bytes, timeout_s)
        if fetched.url != url:
            await self._robots.check(fetched.url, timeout_s / 2)
        return fetched

    async def _looked_into(self, fetched: Fetched, timeout_s: float) -> tuple[dict[str, Any], list[str]]:
        kind = _kind(fetched)
        if kind == "text/html":
            options = {
                "name": f"The page of {_host(fetched.url)}",
                "host": _host(fetched.url),
                "content_type": fetched.headers.get("content-type", ""),
                "is_cut": fetched.is_cut,
            }
            facts, data = await self._workshop.run(_PAGE, fetched.data, options, timeout_s)
        else:
            facts, data = await self._document(fetched, _SUFFIXES[kind], timeout_s)
        return facts, json.loads(data)

    async def _document(
        self, fetched: Fetched, suffix: str, timeout_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """Through the reader of files, which wants a file."""
        if fetched.is_cut and suffix == ".pdf":
            raise BadAttachment(
                f"The PDF of {_host(fetched.url)} is larger than {self._max_bytes // 1_000_000} MB.",
                "Download it and attach it.",
            )
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp))
        try:
            path = folder / "page"
            await asyncio.to_thread(path.write_bytes, fetched.data)
            options = {
                "name": _name(fetched.url, suffix),
                "path": str(path),
                "media_type": fetched.media_type,
                "limits": _LIMITS.as_options(),
            }
            return await self._workshop.run(_DOCUMENT, b"", options, timeout_s)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _kind(fetched: Fetched) -> str:
    """The media type to read it as. Raises BadAttachment for what holds no text."""
    kind, head = fetched.media_type, fetched.data[:_LOOKED_AT_BYTES]
    if kind == "text/html" or (kind == "application/xml" and b"<html" in head.lower()):
        return "text/html"
    if kind == "text/plain" and not fetched.headers.get("content-type") and _MARKUP.search(head):
        return "text/html"
    if kind in _SUFFIXES:
        return kind
    what = _KINDS.get(kind.partition("/")[0], "a file of a kind that is not read from the web")
    raise BadAttachment(
        f"At that address of {_host(fetched.url)} is {what}, not a page with text.",
        "Download it and attach it.",
    )


def _onward(url: str, refresh: str | None) -> str | None:
    """Where a page sends on to by itself, if that is another one that may be fetched."""
    if not refresh:
        return None
    place = urls.read(url)
    try:
        after = urls.onward(place, refresh)
    except BadAddress:
        return None
    return after.url if after != place else None


def _page(asked: str, fetched: Fetched, facts: dict[str, Any], passages: list[str]) -> Page:
    host = _host(fetched.url)
    notes = list(facts["notes"])
    if fetched.is_cut:
        notes.append(f"Only the first {len(fetched.data) // 1_000_000:,} MB of it were looked at.")
    if host != _host(asked):
        notes.append(f"It is a page of {host}: {_host(asked)} sent on to it.")
    if canonical := _canonical(fetched.url, facts.get("canonical")):
        notes.append(f"It gives its own address as {canonical}")
    return Page(
        url=fetched.url,
        title=facts.get("title") or host,
        site=facts.get("site") or host.removeprefix("www."),
        passages=tuple(passages),
        published=facts.get("published"),
        notes=tuple(notes),
    )


def _canonical(url: str, said: str | None) -> str | None:
    """The address that a page says is its own, where that is another one."""
    if not said:
        return None
    try:
        own = urls.read(urljoin(url, said.strip()))
    except (BadAddress, ValueError):
        return None
    here = urls.read(url)
    is_same = (own.host, own.port, own.target.rstrip("/")) == (here.host, here.port, here.target.rstrip("/"))
    return None if is_same or len(own.url) > 300 else own.url


def _host(url: str) -> str:
    return urlsplit(url).hostname or "that host"


def _name(url: str, suffix: str) -> str:
    """What a file is called: the end of its address."""
    last = "".join(sign for sign in unquote(urlsplit(url).path.rpartition("/")[2]) if sign.isprintable())[:60]
    return last if last.lower().endswith(suffix) else f"{last or 'page'}{suffix}"
