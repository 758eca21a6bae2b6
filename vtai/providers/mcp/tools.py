"""A server's tool as the assistant's Tool."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from vtai.providers.mcp import checking
from vtai.providers.mcp.results import Reading
from vtai.providers.pages.characters import line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtai.core.ports import ToolContext, ToolEvent, ToolSpec
    from vtai.providers.mcp.connection import Connection
    from vtai.providers.mcp.offers import Offer

_MAX_PROGRESS: Final = 200
_MAX_LINE: Final = 300


class McpTool:
    """Fits the Tool port. The server's word on how harmless it is does not count: the operator decides."""

    def __init__(self, connection: Connection, offer: Offer, *, needs_approval: bool) -> None:
        self._connection = connection
        self._offer = offer
        self.needs_approval = needs_approval

    @property
    def spec(self) -> ToolSpec:
        return self._offer.spec

    def shown(self, arguments: str) -> tuple[str, str]:
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return arguments, ""
        return (json.dumps(given, indent=2, ensure_ascii=False), "json") if given else ("", "")

    async def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        """Progress as text, files, and the result. Nothing is tried twice.

        Raises BadArguments, NotReady (the server is down), TimedOut.
        """
        del context  # a server gets the arguments and nothing else
        schema, name = self.spec.parameters, self.spec.name
        given = await asyncio.to_thread(checking.parsed, arguments, schema, name)
        progress: asyncio.Queue[str | None] = asyncio.Queue()
        said = 0

        def on_progress(done: float, total: float | None, message: str | None) -> None:
            nonlocal said
            if said < _MAX_PROGRESS:
                said += 1
                progress.put_nowait(_line(done, total, message))

        call = asyncio.create_task(self._connection.call(self._offer.own_name, given, on_progress))
        call.add_done_callback(lambda _: progress.put_nowait(None))
        try:
            while (piece := await progress.get()) is not None:
                yield piece
            reading = Reading(name, await call)
        finally:
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        for file in reading.files:
            yield file
        yield reading.result()


def _line(done: float, total: float | None, message: str | None) -> str:
    count = f"{done:g} of {total:g}" if total else f"{done:g}"
    said = line(message, _MAX_LINE)
    return f"{count}: {said}\n" if said else f"{count}\n"
