"""Writing to a terminal or to a pipe: answers on standard output, everything about them on standard error."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TextIO

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
# A model's words must not move the cursor, rename the window or hide text: line feeds and tabs may stay.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """The text without the control characters that a terminal would act on."""
    return _CONTROLS.sub("", text)


@dataclass(slots=True)
class Terminal:
    """Two streams. Colour codes go to a real terminal only, and not where NO_COLOR is set."""

    out: TextIO
    err: TextIO

    @classmethod
    def standard(cls) -> Terminal:
        """The process's own streams, made to write what they cannot encode as question marks."""
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")
        return cls(sys.stdout, sys.stderr)

    @property
    def is_watched(self) -> bool:
        """Somebody looks at standard error."""
        return self.err.isatty()

    @property
    def takes_unicode(self) -> bool:
        """Standard output can carry every character."""
        return (self.out.encoding or "utf-8").lower().replace("-", "").startswith("utf")

    def write(self, text: str) -> None:
        """A piece of the answer, at once."""
        self.out.write(harmless(text))
        self.out.flush()

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def aside(self, text: str, end: str = "\n") -> None:
        """Something about the answer, dimmed, on standard error."""
        shown = harmless(text)
        self.err.write(f"{_DIM}{shown}{_PLAIN}{end}" if self._colours and shown else shown + end)
        self.err.flush()

    def redraw(self, text: str, is_last: bool = False) -> None:
        """A line on standard error that takes the place of the one before; only where somebody watches."""
        self.err.write("\r\x1b[K" + harmless(text) + ("\n" if is_last else ""))
        self.err.flush()

    def problem(self, message: str, hint: str) -> None:
        """What happened and what to do next, on standard error."""
        self.err.write(f"{harmless(message)}\n{harmless(hint)}\n")
        self.err.flush()

    @property
    def _colours(self) -> bool:
        return self.err.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
