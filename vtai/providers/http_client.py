"""One shared HTTP client, made when it is first needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

# Enough for hundreds of answers at once; each holds a connection while it streams.
_MAX_CONNECTIONS = 2000
_MAX_IDLE_CONNECTIONS = 100


class HttpClient:
    """Gives the same `httpx.AsyncClient` to everybody. Servers on this machine are reached past any proxy."""

    def __init__(self, connect_timeout_s: float = 10.0) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    async def get(self) -> httpx.AsyncClient:
        async with self._making:
            if self._client is None:
                # Importing httpx and reading the certificates takes a tenth of a second.
                self._client = await asyncio.to_thread(self._made)
        return self._client

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _made(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(
            # Whoever sends waits for answers with time-outs of its own.
            timeout=httpx.Timeout(None, connect=self._connect_timeout_s, pool=self._connect_timeout_s),
            limits=httpx.Limits(
                max_connections=_MAX_CONNECTIONS, max_keepalive_connections=_MAX_IDLE_CONNECTIONS
            ),
            mounts={"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None},
            headers={"User-Agent": "vtai"},
        )
