"""Stopping code that runs, from outside: a KeyboardInterrupt in the main thread, only where one may come."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interrupts:
    """Lets a KeyboardInterrupt through while code runs, and holds it back while a frame is being sent.

    To be made and used by the main thread; only `ask` is for another one.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._is_open = False
        self._is_pending = False
        self._shields = 0

    def install(self) -> None:
        """Takes the signal (again: code may have taken it over)."""
        signal.signal(signal.SIGINT, self._came)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def ask(self) -> None:
        """Asks for one interrupt, from any thread. It comes at once, or as soon as it may."""
        self._is_pending = True
        signal.pthread_kill(self._thread, signal.SIGINT)

    def open(self) -> None:
        """From here on an interrupt may come. Raises KeyboardInterrupt where one has been asked for."""
        self._is_open = True
        self._raise_pending()

    def close(self) -> None:
        """From here on none comes."""
        self._is_open = False

    def forget(self) -> None:
        """What was asked for is of no more use."""
        self._is_pending = False

    def __enter__(self) -> None:
        """Holds interrupts of the main thread back until the block ends."""
        if threading.get_ident() == self._thread:
            self._shields += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if threading.get_ident() == self._thread:
            self._shields -= 1
            self._raise_pending()

    def _came(self, number: int, frame: FrameType | None) -> None:
        # Also for code that sends itself the signal, as at a terminal.
        if self._is_open:
            self._is_pending = True
            self._raise_pending()

    def _raise_pending(self) -> None:
        if self._is_pending and self._is_open and not self._shields:
            self._is_pending = False
            raise KeyboardInterrupt
