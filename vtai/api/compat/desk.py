"""Files that came inside a request, on disk for as long as it takes to answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
import mimetypes
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

from vtai.api.compat.failures import WrongField
from vtai.core import sniff
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

    from vtai.core.ports import Fetcher

_MOST_FETCHED_BYTES: Final = 25_000_000
_SUFFIXES: Final = {
    "image/jpeg": ".jpg",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "text/plain": ".txt",
}


class Desk:
    """Takes files in, under names that nothing outside chooses; `aclose` removes them."""

    def __init__(self, fetcher: Fetcher, most_files: int, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._most_files = most_files
        self._max_bytes = max_bytes
        self._count = 0
        self._folder: Path | None = None

    async def aclose(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def linked(self, url: str, param: str) -> Attachment:
        """What an address or a data URL holds.

        Raises WrongField, BadAddress, BadAttachment or ProviderError.
        """
        if url.startswith("data:"):
            return await self.inline(url, None, param)
        self._check_count(param)
        found = await self._fetcher.fetch(url, _MOST_FETCHED_BYTES)
        if found.is_cut:
            raise BadAttachment(
                f"At {urlsplit(url).hostname} there are more than {_MOST_FETCHED_BYTES // 1_000_000} MB.",
                "Link something smaller.",
            )
        return await self._kept(urlsplit(found.url).path.rpartition("/")[2], found.media_type, found.data)

    async def inline(self, url: str, name: str | None, param: str) -> Attachment:
        """What a data URL holds, or bare base64."""
        head, comma, content = url.partition(",") if url.startswith("data:") else ("data:;base64", ",", url)
        if not comma:
            raise WrongField("The data URL holds nothing.", "It looks like: data:image/png;base64,...", param)
        media_type = head.removeprefix("data:").partition(";")[0].strip().lower()
        if head.endswith(";base64"):
            return await self.encoded(content, name, media_type, param)
        return await self._kept(name, media_type, unquote_to_bytes(content))

    async def uploaded(self, file: UploadFile, name: str) -> Attachment:
        """A file of a form. Raises BadAttachment."""
        head = await file.read(sniff.HEAD_BYTES)
        if not head:
            raise BadAttachment("The file is empty.", "Send another one.")
        await file.seek(0)
        self._count += 1
        media_type = sniff.proven(head, file.content_type or "")
        shown = _name(name, media_type, self._count)
        path = await asyncio.to_thread(self._place, Path(shown).suffix)
        size = await asyncio.to_thread(_copied, file, path)
        return Attachment(shown, media_type, path, size)

    async def encoded(self, content: str, name: str | None, media_type: str, param: str) -> Attachment:
        """What base64 stands for."""
        self._check_count(param)
        try:
            data = await asyncio.to_thread(base64.b64decode, content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise WrongField("This is not base64.", "Encode the file as base64.", param) from error
        return await self._kept(name, media_type, data)

    async def _kept(self, name: str | None, claimed: str, data: bytes) -> Attachment:
        if not data:
            raise BadAttachment("A file of the request is empty.", "Send another one.")
        if len(data) > self._max_bytes:
            raise BadAttachment(
                f"A file of the request has more than {self._max_bytes // 1_000_000} MB.",
                "Send a smaller one.",
            )
        self._count += 1
        proven = sniff.proven(data[: sniff.HEAD_BYTES], claimed)
        media_type = (
            claimed if proven in {"application/octet-stream", "application/zip"} and claimed else proven
        )
        shown = _name(name, media_type, self._count)
        path = await asyncio.to_thread(self._written, data, Path(shown).suffix)
        return Attachment(shown, media_type, path, len(data))

    def _check_count(self, param: str) -> None:
        if self._count >= self._most_files:
            raise WrongField(f"At most {self._most_files} files go with a request.", "Send fewer.", param)

    def _written(self, data: bytes, suffix: str) -> Path:
        path = self._place(suffix)
        path.write_bytes(data)
        return path

    def _place(self, suffix: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="vtai-request-"))
        plain = suffix if suffix[1:].isalnum() and suffix.isascii() else ""
        return self._folder / f"{self._count}{plain[:12]}"


def _copied(file: UploadFile, path: Path) -> int:
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)
        return copy.tell()


def _name(given: str | None, media_type: str, number: int) -> str:
    """What people and models call the file; it has a suffix that tells its kind."""
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '"<>|').strip(". ")[-120:]
    suffix = _SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ""
    stem = kept or f"{media_type.partition('/')[0] or 'file'}-{number}"
    return stem if Path(stem).suffix else f"{stem}{suffix}"
