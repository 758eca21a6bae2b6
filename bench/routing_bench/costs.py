"""Memory and throughput, each measured in a process of its own.

    python -m bench.routing_bench.costs FILE

is such a process: it prints how the router's memory grows, as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from bench.routing_bench.items import Item, read

ROOT = Path(__file__).parents[2]
MESSAGES = 1000
_MB = 1024 * 1024
_HIGH_WATER = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes: with the libraries loaded, and what the router adds once warm and when used.

    `peak_mb` is what was needed on top of the libraries at the worst moment.
    """

    libraries_mb: float
    warm_mb: float
    used_mb: float
    peak_mb: float


def one_core() -> bool:
    """Keeps this process and its children on one core; False where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def memory(path: Path) -> Memory:
    """Of the router alone, in a new process: libraries first, then the router, then 1,000 messages."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.routing_bench.costs", str(path.absolute())],
        cwd=ROOT,
        env=_environment(Path(tempfile.gettempdir())),
        capture_output=True,
        text=True,
        check=True,
    )
    return Memory(**json.loads(done.stdout))


def messages_a_second(items: Sequence[Item]) -> float | None:
    """The pace of `vtai route --jsonl` once it runs, from its first answer to its last; each message once."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "vtai", "route", "--jsonl"],
            cwd=ROOT,
            env=_environment(Path(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        try:
            return _rate(process, [item.line for item in items])
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None and not stream.closed:
                    stream.close()


def _rate(process: subprocess.Popen[str], lines: Sequence[str]) -> float | None:
    source, answers = process.stdin, process.stdout
    if source is None or answers is None or len(lines) < 2:
        return None
    source.write(lines[0] + "\n")
    source.flush()
    if not answers.readline():
        return None

    def feed() -> None:
        source.write("\n".join(lines[1:]) + "\n")
        source.close()

    feeder = threading.Thread(target=feed)
    start = time.perf_counter()
    feeder.start()
    answered = sum(1 for _ in answers)
    elapsed = time.perf_counter() - start
    feeder.join()
    return answered / elapsed if answered == len(lines) - 1 else None


def _environment(folder: Path) -> dict[str, str]:
    """This one's, without keys and settings: somebody's own routes are not to be measured along."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "TMPDIR"}}
    return kept | {
        "HOME": str(folder),
        "VT_CONFIG_DIR": str(folder / "vtai-bench-config"),
        "VT_DATA_DIR": str(folder / "vtai-bench-data"),
        "PYTHONIOENCODING": "utf-8",
    }


def _resident() -> float:
    """Megabytes now; where the system does not tell, the most there ever were."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MB
    return _peak()


def _peak() -> float:
    # The system's own count of a process starts at what its parent held, so the page table's is read first.
    status = Path("/proc/self/status")
    found = _HIGH_WATER.search(status.read_text()) if status.exists() else None
    if found:
        return int(found[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB


async def _grown(items: Sequence[Item]) -> Memory:
    # What the router needs of others is loaded first, so that only its own memory is counted after.
    import numpy as np
    from semantic_router import calibration, encoders, index, routers

    from bench.routing_bench.contenders import Routers
    from vtai.routing.classifier import SemanticClassifier

    loaded = (np, calibration, encoders, index, routers)
    gc.collect()
    libraries, before = _resident(), _peak()
    classifier = SemanticClassifier()
    await classifier.warm()
    warm = _resident()
    router = Routers("rules+semantic", classifier)
    for item in islice(cycle(items), MESSAGES):
        await router.choose(item.turn)
    used = _resident()
    del loaded
    return Memory(libraries, warm - libraries, used - libraries, max(_peak() - max(before, libraries), 0.0))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_grown(read(Path(sys.argv[1])))))))
