"""The reader of words, watched: which addresses it asks for, and which files it writes."""

from __future__ import annotations

import os
import sys
from typing import Any

from vtai.providers.reading import ocr_job

_OUTSIDE = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "urllib.Request",
    "subprocess.Popen",
)
_CHANGING = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.copyfile", "tempfile.mkstemp")


def lines(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """As the job itself, with what it did on the way as `deeds`."""
    deeds: list[str] = []

    def watch(event: str, given: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if event in _OUTSIDE or event in _CHANGING or (writes and given[0] != os.devnull):
            deeds.append(f"{event} {given[:1]}")

    sys.addaudithook(watch)
    found, data = ocr_job.lines(payload, options)
    return {**found, "deeds": deeds, "variables": sorted(os.environ)}, data
