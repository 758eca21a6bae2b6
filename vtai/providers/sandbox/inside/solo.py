"""One session in a process of its own, for systems where a process cannot be copied safely: macOS.

Started as `python -I -B solo.py '{"descriptors": [5, 7, 9], "data": "...", "profile": "..."}'`. Libraries
are loaded first; then the process closes itself up by the profile, and only then takes code.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import platform
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

LEVEL = "seatbelt"
_NOT_CONFINED = 72
_LIBRARY = "/usr/lib/libSystem.B.dylib"


def main(config: Mapping[str, Any]) -> None:
    """Serves the session; does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_imports()
    from vtai.providers.sandbox.inside import forkserver, frames, preload, worker

    if config.get("preload", True):
        preload.load()
    data, temporary = str(config["data"]), str(config["temporary"])
    sock = forkserver.take_descriptors([int(number) for number in config["descriptors"]])
    os.chdir(data)
    os.umask(0o077)
    _limit(config.get("limits", {}))
    if reason := _close_up(str(config["profile"])):
        frames.write(sock, {"op": "refused", "reason": reason})
        os._exit(_NOT_CONFINED)
    worker.settle(data, temporary)
    worker.Worker(sock, data, LEVEL).serve()


def _close_up(profile: str) -> str | None:
    """Puts the process behind the profile for good: nothing of it can be started or undone from inside.

    The reason where it fails; None where the walls stand.
    """
    if platform.system() != "Darwin":
        return "it needs macOS"
    error = ctypes.c_char_p()
    if ctypes.CDLL(_LIBRARY).sandbox_init(profile.encode(), ctypes.c_uint64(0), ctypes.byref(error)) == 0:
        return None
    return "the system refuses the profile: " + (error.value or b"").decode("utf-8", "replace")[:300]


def _limit(limits: Mapping[str, Any]) -> None:
    for kind, name in (
        (resource.RLIMIT_CPU, "cpu_s"),
        (resource.RLIMIT_FSIZE, "file_bytes"),
        (resource.RLIMIT_NOFILE, "descriptors"),
    ):
        if name in limits:
            resource.setrlimit(kind, (int(limits[name]), int(limits[name])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_imports() -> None:
    """Only this folder of the package can be imported."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location("bootstrap", folder / "bootstrap.py")
    if spec is None or spec.loader is None:
        raise SystemExit("the worker is not complete")
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    limit: Callable[[Path], None] = bootstrap.limit_imports
    limit(folder)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
