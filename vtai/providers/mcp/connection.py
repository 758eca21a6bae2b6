"""One server, kept connected by one task: started, watched, started again, and never left behind.

The SDK's session has to be entered and left in the same task, so the keeper owns it. Calls are sent from the
tasks of their callers; what takes the keeper's hand (a call that was given up, a server that may hang, a list
that changed) is left for it to find.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal

from vtai.core.errors import NotReady, TimedOut, VTError
from vtai.providers.mcp import link, reasons
from vtai.providers.mcp.offers import Listed, listed
from vtai.providers.mcp.reasons import Gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.types import CallToolResult

    from vtai.providers.mcp.declared import McpServer
    from vtai.providers.mcp.link import Link

    OnProgress = Callable[[float, float | None, str | None], None]

logger = logging.getLogger(__name__)

State = Literal["starting", "connected", "down"]

# The first start may fetch the program from the net.
_START_S: Final = 120.0
_WORD_S: Final = 5.0
_CLOSE_S: Final = 3.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 60.0
_HEALTHY_S: Final = 10.0


class Connection:
    """`word_s` is how long a server that may hang gets to say a word."""

    def __init__(self, name: str, server: McpServer, *, word_s: float = _WORD_S) -> None:
        self.name = name
        self.server = server
        self.state: State = "starting"
        self.reason = ""
        self.listed = Listed()
        self._word_s = word_s
        self._link: Link | None = None
        self._settled = asyncio.Event()
        self._closing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._started_at = 0.0

    def start(self) -> None:
        """Begins to connect in the background and returns at once; does nothing where that was done."""
        if self._keeper is None and not self._closing.is_set():
            self._begin()
            self._keeper = asyncio.create_task(self._keep(), name=f"MCP server {self.name}")

    async def settled(self, patience_s: float) -> None:
        """Returns once the server answers or is down, at the latest so long after its start."""
        rest = self._started_at + patience_s - time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, rest)):
                await self._settled.wait()

    async def call(self, tool: str, arguments: dict[str, Any], on_progress: OnProgress) -> CallToolResult:
        """What the server answers; its own refusals come as results that are errors.

        Raises NotReady where the server is down or is lost on the way, TimedOut after the server's time.
        """
        alive = self._link
        if alive is None:
            raise self._down()
        try:
            return await alive.call(tool, arguments, on_progress, self.server.timeout_s)
        except Gone as gone:
            raise NotReady(
                f"The MCP server {self.name!r} was lost in the middle of the call.",
                "It is being started again. It may have done its work or not: look before you call again.",
            ) from gone
        except TimeoutError as late:
            raise TimedOut(
                f"The MCP server {self.name!r} did not answer within {self.server.timeout_s:g} seconds.",
                "Ask for less at once, or go on without it. It may still have done its work.",
            ) from late

    async def aclose(self) -> None:
        """Ends the connection, and the server where it is a child of ours, for good."""
        self._closing.set()
        keeper = self._keeper
        if keeper is None:
            return
        if self._link is None:
            keeper.cancel()
        else:
            self._link.signs.end("it was closed")
            await asyncio.wait({keeper}, timeout=_CLOSE_S)
            keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        self._lost("VT.ai is shutting down")

    async def _keep(self) -> None:
        """Connects again and again, with longer pauses while that does not last."""
        failures = 0
        while not self._closing.is_set():
            self._begin()
            self._lost(reason := await self._lived())
            if not self._closing.is_set():
                logger.warning("the MCP server %s is down: %s", self.name, reason)
            failures = 0 if time.monotonic() - self._started_at > _HEALTHY_S else failures + 1
            with suppress(TimeoutError):
                async with asyncio.timeout(min(_FIRST_PAUSE_S * 4**failures, _LONGEST_PAUSE_S)):
                    await self._closing.wait()

    async def _lived(self) -> str:
        """One connection from start to end; why it ended."""
        signs = link.Signs(self._lost)
        try:
            await self._live(signs)
        except Exception as error:  # noqa: BLE001 a loop around another program: its end has a reason
            return await asyncio.to_thread(reasons.told, error, self.server, signs.reason)
        finally:
            signs.end("the connection was lost")
        return signs.reason

    async def _live(self, signs: link.Signs) -> None:
        async with link.opened(self.name, self.server, signs) as alive:
            async with asyncio.timeout(_START_S):
                await alive.session.initialize()
                self.listed = await listed(alive.session, self.name, self.server)
            if signs.over.done():
                return
            self._link = alive
            self.state, self.reason = "connected", self.listed.note
            self._settled.set()
            logger.info("the MCP server %s is connected: %d tools", self.name, len(self.listed.offers))
            await self._serve(alive)

    async def _serve(self, alive: Link) -> None:
        """Does what callers and the server left to do, until the connection ends."""
        while True:
            await alive.signs.woken.wait()
            alive.signs.woken.clear()
            if alive.signs.reason:
                return
            try:
                async with asyncio.timeout(self._word_s):
                    await alive.say_cancelled()
                    await alive.answer_doubt()
                    if alive.take_change():
                        self.listed = await listed(alive.session, self.name, self.server)
                        self.reason = self.listed.note
            except TimeoutError as silent:
                raise Gone("it does not answer any more") from silent

    def _begin(self) -> None:
        self.state = "starting"  # why it was down before stays to be read
        self._started_at = time.monotonic()
        self._settled.clear()

    def _lost(self, reason: str) -> None:
        self._link = None
        self.state, self.reason, self.listed = "down", reason, Listed()
        self._settled.set()

    def _down(self) -> VTError:
        hint = (
            "It is tried again by itself. Go on without it, or try again later; `vtai tools` shows its state."
        )
        if self.state == "starting":
            return NotReady(f"The MCP server {self.name!r} is still starting.", hint)
        return NotReady(f"The MCP server {self.name!r} is down: {self.reason}.", hint)
