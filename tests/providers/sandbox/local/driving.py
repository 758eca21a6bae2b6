"""Runs code in sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from vtai.core.code import CodeEvent, CodeResult
from vtai.providers.sandbox.session import LocalSession

# Says "on" once nothing but its end can stop it.
STUBBORN = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("on", flush=True)
while True: pass
"""


async def run(
    session: LocalSession, code: str, timeout_s: float = 60.0
) -> tuple[list[CodeEvent], CodeResult]:
    async with aclosing(session.run(code, timeout_s)) as events:
        *before, end = [event async for event in events]
    assert isinstance(end, CodeResult)
    return before, end


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece
