"""A session's process as the server holds it, so that it never means another one."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Forked:
    """A session's process, held by a descriptor that never means another one.

    `exited` gives its status like a subprocess's return code, None where nobody knows it.
    """

    pid: int
    exited: asyncio.Future[int | None]
    _descriptor: int = -1

    def __post_init__(self) -> None:
        with suppress(OSError):
            self._descriptor = os.pidfd_open(self.pid)

    def signal(self, number: signal.Signals) -> None:
        """Sends it where the process still lives."""
        if self.exited.done():
            return
        with suppress(ProcessLookupError):
            if self._descriptor >= 0:
                signal.pidfd_send_signal(self._descriptor, number)
            else:
                # No descriptor was to be had. Its end is not reported yet, so the number is still its own.
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def end(self, status: int | None) -> None:
        """It is gone. May be called twice."""
        if not self.exited.done():
            self.exited.set_result(status)
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
