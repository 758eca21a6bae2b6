"""The two pipes that a session's output comes through. They are read while code runs, and only then."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from vtai.providers.sandbox.results import Printed, Stream

_PIECE_BYTES = 64 * 1024


class Outputs:
    """Owns the reading ends: stdout and stderr."""

    def __init__(self, pipes: tuple[int, int]) -> None:
        self._open: dict[Stream, int] = {"stdout": pipes[0], "stderr": pipes[1]}
        self._loop = asyncio.get_running_loop()
        self._printed: Printed | None = None
        self._on_data: Callable[[], None] = lambda: None
        for pipe in pipes:
            os.set_blocking(pipe, False)

    def start(self, printed: Printed, on_data: Callable[[], None]) -> None:
        """From here on what comes goes to `printed`, and `on_data` is called each time."""
        self._printed, self._on_data = printed, on_data
        for stream, pipe in self._open.items():
            self._loop.add_reader(pipe, self._read, stream)

    def drain(self) -> None:
        """Reads what is there already, unless it is too much."""
        for stream in tuple(self._open):
            while self._printed and not self._printed.is_too_much and self._read(stream):
                pass

    def stop(self) -> None:
        """Nothing is read any more until the next `start`."""
        self._printed, self._on_data = None, lambda: None
        for pipe in self._open.values():
            self._loop.remove_reader(pipe)

    def close(self) -> None:
        """May be called twice."""
        self.stop()
        for stream in tuple(self._open):
            os.close(self._open.pop(stream))

    def _read(self, stream: Stream) -> bool:
        """Whether something was there."""
        pipe = self._open.get(stream)
        if pipe is None or self._printed is None:
            return False
        try:
            data = os.read(pipe, _PIECE_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            # The code has closed its end.
            self._loop.remove_reader(pipe)
            os.close(self._open.pop(stream))
            return False
        self._printed.feed(stream, data)
        self._on_data()
        return True
