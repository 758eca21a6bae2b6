"""The child process that holds the packaged language model.

Run as a script by `server.py`, never imported: it knows nothing of VT.ai. The first line of standard input is
its configuration as JSON (the API key comes this way, so that no process list shows it); the first line it
writes to standard output says where it listens, or why it cannot. It ends when standard input does, which
happens however the parent ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_REPEATS_ALLOWED = 3
_REPEAT_PENALTY = 0.8


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent, which ends us
    config = json.loads(sys.stdin.buffer.readline())
    _die_with_parent(config["parent"])
    report = _private_stdout()
    sys.path.append(config["site"])
    try:
        import xllamacpp
    except ImportError as error:
        _fail(report, "import", str(error))
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, config))
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the parent gets to know it
        _fail(report, "load", str(error))
    print(json.dumps({"url": server.listening_address}), file=report, flush=True)
    threading.Event().wait()


def _parameters(xllamacpp: Any, config: dict[str, Any]) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = config["model"]
    params.model_alias = {config["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config["key"]]
    params.ui = False
    params.endpoint_props = params.endpoint_metrics = False
    params.endpoint_slots = True
    params.offline = True
    params.n_parallel = config["slots"]
    params.n_ctx = config["slots"] * config["context_tokens"]
    params.kv_unified = False
    params.ctx_shift = False
    params.cache_ram_mib = 0  # its default keeps gigabytes of old prompts
    params.cpuparams.n_threads = config["threads"]
    params.cpuparams_batch.n_threads = config["threads"]
    params.verbosity = 0
    # Measured: greedy with DRY neither loops nor loses facts; a repeat penalty does lose them.
    params.sampling.temp = 0.0
    params.sampling.dry_multiplier = _REPEAT_PENALTY
    params.sampling.dry_allowed_length = _REPEATS_ALLOWED
    return params


def _die_with_parent(parent: int) -> None:
    """Standard input ends with the parent on every platform; Linux can also be asked for a signal."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()


def _exit_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _private_stdout() -> Any:
    """Standard output for us alone: what the library prints goes to standard error."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return report


def _fail(report: Any, kind: str, detail: str) -> NoReturn:
    print(json.dumps({"error": kind, "detail": detail}), file=report, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
