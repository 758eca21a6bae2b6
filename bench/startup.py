"""How long VT.ai takes to its first page and to be ready, and its memory, beside a hello-world Chainlit.

    .venv/bin/python bench/startup.py --repeats 5

Both run in turns on this machine, each time in a new process with an empty working folder. Times run from the
start of the process, in seconds; "ready" is /health/ready for VT.ai (routing and default model can answer)
and the first page for Chainlit, which has nothing else to load. Memory is the resident set of the process and
its children in MB, three seconds after ready. `--data-dir` names a data folder whose packaged models VT.ai is
to use; without them it is never ready.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HELLO = """import chainlit as cl

@cl.on_message
async def answer(message: cl.Message) -> None:
    await cl.Message("Hello").send()
"""
GIVE_UP_S = 120.0
SETTLE_S = 3.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to start. `arguments` follow the interpreter; PORT stands for the port."""

    name: str
    arguments: tuple[str, ...]
    ready_path: str


@dataclass(frozen=True, slots=True)
class Run:
    """One start. None where it did not come in time."""

    first_page_s: float | None
    ready_s: float | None
    memory_mb: float


CONTENDERS = (
    Contender("VT.ai", ("-P", "-m", "vtai", "serve", "--port", "PORT"), "/health/ready"),
    Contender(
        "hello-world Chainlit", ("-m", "chainlit", "run", "hello.py", "--headless", "--port", "PORT"), "/"
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="starts of each (default: 5)")
    parser.add_argument("--data-dir", type=Path, help="data folder of VT.ai; an empty one when absent")
    options = parser.parse_args(arguments)
    runs: dict[str, list[Run]] = {contender.name: [] for contender in CONTENDERS}
    for number in range(options.repeats):
        for contender in CONTENDERS:
            run = measure(contender, options.data_dir)
            runs[contender.name].append(run)
            print(f"{number + 1}. {contender.name}: {_row(run)}", file=sys.stderr)
    print(f"{'median of ' + str(options.repeats):<24}{'first page s':>14}{'ready s':>12}{'memory MB':>12}")
    for name, each in runs.items():
        print(f"{name:<24}{_row(_median(each))}")
    return 0


def measure(contender: Contender, data_dir: Path | None) -> Run:
    """Starts the server once and stops it again."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello.py").write_text(HELLO, encoding="utf-8")
        command = [sys.executable, *(part.replace("PORT", str(port)) for part in contender.arguments)]
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder, data_dir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            first_page_s = _until(port, "/", began, process)
            ready_s = _until(port, contender.ready_path, began, process) if first_page_s else None
            time.sleep(SETTLE_S)
            return Run(first_page_s, ready_s, _memory_mb(process.pid))
        finally:
            _stop(process)


def _until(port: int, path: str, began: float, process: subprocess.Popen[bytes]) -> float | None:
    """Seconds from the start to the first byte of a 200, or None."""
    while time.perf_counter() - began < GIVE_UP_S and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.perf_counter() - began
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(POLL_S)
    return None


def _environment(folder: Path, data_dir: Path | None) -> dict[str, str]:
    """This one's, without keys and settings, with folders of its own."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "TMPDIR"}}
    own = folder.parent / f"{folder.name}-home"
    own.mkdir(exist_ok=True)
    return kept | {
        "HOME": str(own),
        "VT_CONFIG_DIR": str(own / "config"),
        "VT_DATA_DIR": str(data_dir.absolute() if data_dir else own / "data"),
    }


def _memory_mb(parent: int) -> float:
    """Resident memory of the process and everything below it."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    family = {parent}
    while more := {pid for pid, above, _ in rows if above in family} - family:
        family |= more
    return sum(rss for pid, _, rss in rows if pid in family) / 1024


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _median(runs: Sequence[Run]) -> Run:
    def middle(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if len(known) == len(values) else None

    return Run(
        middle([run.first_page_s for run in runs]),
        middle([run.ready_s for run in runs]),
        statistics.median(run.memory_mb for run in runs),
    )


def _row(run: Run) -> str:
    first, ready = (
        f"{value:.2f}" if value is not None else "never" for value in (run.first_page_s, run.ready_s)
    )
    return f"{first:>14}{ready:>12}{run.memory_mb:>12.0f}"


if __name__ == "__main__":
    sys.exit(main())
