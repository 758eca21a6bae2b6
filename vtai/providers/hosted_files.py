"""Carries files into a vendor's container and out of it, and deletes there what was put there."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment
from vtai.core.events import FileReady, Notice
from vtai.providers.error_answers import from_answer, read
from vtai.providers.error_sentences import Kind, explained

if TYPE_CHECKING:
    import httpx

    from vtai.core.errors import ProviderError
    from vtai.core.messages import Attachment
    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint, Timeouts
    from vtai.providers.hosted_calls import HostedCalls, MadeFile

logger = logging.getLogger(__name__)

_MAX_ERROR_BYTES = 64 * 1024
_LONGEST_NAME = 120
# The shortest life that may be asked for; it ends what no deletion reached.
_LIFE_S = 3600
_FORGET_S = 10.0
# The file itself is not wanted; the answer can do without.
_NOT_THIS_ONE = frozenset({400, 413, 415, 422})
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one answer may carry, each way."""

    max_files: int = 16
    max_file_bytes: int = 32 * 1024 * 1024
    max_total_bytes: int = 64 * 1024 * 1024


class HostedFiles:
    """The files of one answer. `ids` are what the vendor calls those that were carried in."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        model: Model,
        timeouts: Timeouts,
        limits: Limits,
    ) -> None:
        self.ids: list[str] = []
        self._client = client
        self._endpoint = endpoint
        self._model = model
        self._timeout_s = timeouts.first_token_s
        self._limits = limits
        self._base = (endpoint.base_url or "").rstrip("/")

    async def carry(self, files: Sequence[Attachment]) -> AsyncGenerator[Notice, None]:
        """Uploads the files, the last ones where they are too many. Raises BadAttachment, ProviderError."""
        limits, count = self._limits, self._limits.max_files
        left, refused = limits.max_total_bytes, [file.name for file in files[:-count]]
        for file in reversed(files[-count:]):
            data = await asyncio.to_thread(_content, file, min(left, limits.max_file_bytes))
            if data is None or not await self._upload(file, data):
                refused.append(file.name)
            else:
                left -= len(data)
        if refused:
            names = ", ".join(sorted(refused))
            yield Notice(
                "hosted files",
                f"{self._endpoint.label} did not get {names}: too many, too large or not taken.",
            )

    async def fetched(
        self, made: Sequence[MadeFile], calls: HostedCalls
    ) -> AsyncGenerator[FileReady | Notice, None]:
        """The files that code made, without those that were shown. One that cannot be had is told of."""
        limits = self._limits
        left, missing = limits.max_total_bytes, [_safe(file.name) for file in made[limits.max_files :]]
        for file in made[: limits.max_files]:
            name = _safe(file.name)
            data = await self._content(file, min(left, limits.max_file_bytes))
            if data is None:
                missing.append(name)
                continue
            left -= len(data)
            if calls.is_new(data):
                media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
                yield FileReady(name, media_type, data)
        if missing:
            names = ", ".join(missing)
            yield Notice(
                "hosted files", f"{self._endpoint.label} did not hand over {names}: ask for it again."
            )

    async def forget(self, containers: Sequence[str]) -> None:
        """Deletes the uploads and the containers. What cannot be deleted now ends by itself."""
        import httpx

        for path in (*(f"files/{id_}" for id_ in self.ids), *(f"containers/{id_}" for id_ in containers)):
            try:
                async with asyncio.timeout(_FORGET_S):
                    await self._client.delete(f"{self._base}/{path}", headers=self._headers())
            except (TimeoutError, httpx.HTTPError, RuntimeError) as error:
                # RuntimeError: the client was closed meanwhile.
                logger.info("not deleted at %s: %s", self._endpoint.vendor, type(error).__name__)

    async def _upload(self, file: Attachment, data: bytes) -> bool:
        import httpx

        form = {
            "purpose": "user_data",
            "expires_after[anchor]": "created_at",
            "expires_after[seconds]": str(_LIFE_S),
        }
        part = (_safe(file.name), data, file.media_type or "application/octet-stream")
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(
                    f"{self._base}/files", data=form, files={"file": part}, headers=self._headers()
                )
        except TimeoutError as error:
            raise self._failure("timed out") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._failure("unreachable") from error
        if response.status_code in _NOT_THIS_ONE:
            return False
        if not response.is_success:
            answer = read(response.status_code, response.content[:_MAX_ERROR_BYTES], response.headers)
            raise from_answer(answer, self._endpoint, self._model)
        try:
            told: Any = response.json()
        except ValueError as error:
            raise self._failure("cut") from error
        id_ = told.get("id") if isinstance(told, dict) else None
        if not isinstance(id_, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", id_):
            raise self._failure("cut")
        self.ids.append(id_)
        return True

    async def _content(self, file: MadeFile, max_bytes: int) -> bytes | None:
        import httpx

        url = f"{self._base}/containers/{file.container}/files/{file.id}/content"
        data = b""
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("GET", url, headers=self._headers()) as response,
            ):
                if response.status_code != 200:
                    return None
                async for piece in response.aiter_bytes():
                    data += piece
                    if len(data) > max_bytes:
                        return None
        except (TimeoutError, httpx.HTTPError):
            return None
        return data

    def _headers(self) -> dict[str, str]:
        key = self._endpoint.key
        return {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}

    def _failure(self, kind: Kind) -> ProviderError:
        return explained(kind, self._endpoint, self._model)


def _content(file: Attachment, max_bytes: int) -> bytes | None:
    """What is in a file, unless that is too much or nothing."""
    try:
        with file.path.open("rb") as handle:
            data = handle.read(max_bytes + 1)
    except OSError as error:
        raise BadAttachment(
            f"The file {file.name!r} cannot be read any more.", "Attach it again and send the message."
        ) from error
    return data if 0 < len(data) <= max_bytes else None


def _safe(name: str) -> str:
    """A stranger's name for a file without folders and signs that do harm, of bounded length."""
    last = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem, dot, suffix = last.rpartition(".")
    if not dot or len(suffix) > 20:
        return last[:_LONGEST_NAME] or "file"
    return f"{stem[: _LONGEST_NAME - len(suffix)]}.{suffix}"
