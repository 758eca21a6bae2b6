"""Requests to those who sign people in: short ones, answered with JSON, and errors in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from vtai.core.errors import SignInRefused, Unreachable
from vtai.server import hosts

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S: Final = 10.0
_MOST_BYTES: Final = 1_000_000


class Outside:
    """`name` is what people know the provider by."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    async def get(self, url: str, token: str | None = None) -> Mapping[str, Any]:
        """Raises Unreachable or SignInRefused."""
        return await self._ask("GET", url, headers={"Authorization": f"Bearer {token}"} if token else {})

    async def post(
        self, url: str, form: Mapping[str, str], login: tuple[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Raises Unreachable or SignInRefused."""
        return await self._ask("POST", url, data=dict(form), auth=login)

    async def aclose(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            await made.aclose()

    async def _ask(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        client = await self._client()
        # Loaded by now.
        import httpx

        self.check(url)
        headers = {"Accept": "application/json", **more.pop("headers", {})}
        try:
            async with client.stream(method, url, headers=headers, **more) as answer:
                content = b""
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > _MOST_BYTES:
                        raise self.refused()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away() from error
        if answer.status_code >= 500:
            raise self._away()
        try:
            told = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.refused() from error
        # GitHub answers 200 with an error in it.
        if answer.status_code != 200 or not isinstance(told, Mapping) or "error" in told:
            raise self.refused()
        return told

    def check(self, url: object) -> str:
        """The address, where nobody on the way can read what is sent there. Raises SignInRefused."""
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        if parts.scheme == "https" or (parts.scheme == "http" and hosts.is_loopback(parts.hostname or "")):
            return str(url)
        raise self.refused()

    def refused(self) -> SignInRefused:
        return SignInRefused(
            f"Signing in at {self._name} did not work.",
            "Start again; if it stays so, ask who runs this server.",
        )

    def _away(self) -> Unreachable:
        return Unreachable(f"{self._name} does not answer.", "Try again in a while.")

    async def _client(self) -> httpx.AsyncClient:
        async with self._making:
            if self._made is None:
                # Importing httpx and reading the certificates takes a tenth of a second.
                self._made = await asyncio.to_thread(_made)
        return self._made


def _made() -> httpx.AsyncClient:
    import httpx

    mounts = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
    return httpx.AsyncClient(timeout=_TIMEOUT_S, headers={"User-Agent": "vtai"}, mounts=mounts)
