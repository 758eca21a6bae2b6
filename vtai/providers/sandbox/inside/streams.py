"""The three standard streams over their real descriptors, renewed before each run."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
from collections.abc import Callable


class Streams:
    """Puts its own streams in place, also after code has closed or replaced them."""

    def __init__(self) -> None:
        self._stdin = _reader()
        self._writers = [_writer(1), _writer(2)]
        # Found now: nothing new can be loaded once the walls are up.
        self._flush_c: Callable[[None], int] | None = None
        with contextlib.suppress(OSError, AttributeError):
            self._flush_c = ctypes.CDLL(None).fflush

    def renew(self) -> None:
        """`sys.stdin`, `sys.stdout` and `sys.stderr` work again."""
        if self._stdin.closed:
            self._stdin = _reader()
        self._writers = [
            _writer(number) if writer.closed else writer
            for number, writer in enumerate(self._writers, start=1)
        ]
        sys.stdin = self._stdin
        sys.stdout, sys.stderr = self._writers
        # What code puts back after it has replaced them. Typed as constants, which they are for anybody else.
        stdout, stderr = self._writers
        vars(sys).update({"__stdin__": self._stdin, "__stdout__": stdout, "__stderr__": stderr})

    def flush(self) -> None:
        """Writes out what was printed, by Python or by a C library."""
        for writer in self._writers:
            # Closed by the code, with the descriptor gone: there is nowhere to write to.
            with contextlib.suppress(OSError, ValueError):
                writer.flush()
        if self._flush_c is not None:
            self._flush_c(None)


def _reader() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)), encoding="utf-8")


def _writer(number: int) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
