"""The start of the fork server: `python -I -B bootstrap.py '{"control_fd": 5}'`, with its own environment.

Only this folder is importable of the package that it belongs to. `"preload": false` leaves the libraries to
the code that asks for them.
"""

from __future__ import annotations

import gc
import json
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType

_PACKAGE = "vtai.providers.sandbox"


def main(config: dict[str, int | bool]) -> None:
    """Serves until the control socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_imports(Path(__file__).resolve().parent)
    from vtai.providers.sandbox.inside import forkserver, frames, preload

    sys.modules[_PACKAGE].__path__ = []
    control = socket.socket(fileno=int(config["control_fd"]))
    present, missing = preload.load() if config.get("preload", True) else ([], [])
    if not forkserver.has_one_thread():
        reason = "a library has started a thread of its own, so that no session can be copied safely"
        frames.write(control, {"op": "refused", "id": None, "reason": reason})
        return
    # What is here now is shared by all sessions: a collection that looked at it would copy it to each.
    gc.disable()
    gc.collect()
    gc.freeze()
    forkserver.ForkServer(control).serve(present, missing)


def limit_imports(folder: Path) -> None:
    """The packages above `folder` exist without what is in them; nothing outside the interpreter is found."""
    for name in ("vtai", "vtai.providers", _PACKAGE):
        module = ModuleType(name)
        module.__path__ = [str(folder.parent)] if name == _PACKAGE else []
        sys.modules[name] = module
    roots = [
        Path(root).resolve() for root in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    ]
    sys.path[:] = [
        entry for entry in sys.path if any(Path(entry).resolve().is_relative_to(root) for root in roots)
    ]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
