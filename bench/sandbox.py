"""How long code takes in the sandbox and what a session costs, beside running it without walls.

    .venv/bin/python -m bench.sandbox --repeats 20 --sessions 200

A new session runs one line in a fresh interpreter with the data libraries loaded; a warm call runs it where
it ran before. The sessions are opened one after another and all stay; their memory is the share that each
process has (what is shared is divided by those who share it), measured with all of them open. Beside them, in
the same run: `python -I -c` in a process of its own that imports pandas and matplotlib each time, and a bare
`exec` in this process, which is as fast as it can be and protects nothing. Medians in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

from vtai.core.code import CodeRequest, CodeResult, SessionKey
from vtai.core.errors import VTError
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import Level, SandboxOptions
from vtai.providers.sandbox.local import LocalEngine

CODE = "sum(range(1000))"
WORK = "import pandas as pd\npd.DataFrame({'a': range(1000), 'b': [1, 2] * 500}).groupby('b').a.mean()"
RIVAL = "import pandas, matplotlib.pyplot\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=20, help="of each measurement (default: 20)")
    parser.add_argument("--sessions", type=int, default=200, help="opened together (default: 200)")
    parser.add_argument("--level", choices=get_args(Level), help="the strongest that works when absent")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(measure(options.repeats, options.sessions, options.level))
    except VTError as error:
        print(error.message, error.hint, file=sys.stderr)
        return 1
    return 0


async def measure(repeats: int, sessions: int, level: Level | None) -> None:
    """Prints a line for each measurement. Raises VTError where there is no sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        options = SandboxOptions(
            engine="local", level=level, folder=Path(folder), sessions=sessions + repeats
        )
        options = replace(options, sessions_per_person=options.sessions or 1)
        engine = LocalEngine(options)
        sandbox = Conversations(engine, options)
        try:
            began = time.perf_counter()
            report = await sandbox.report()
            if not report.is_usable:
                raise VTError(report.reason, report.fix)
            line("start of the engine with its self-test", time.perf_counter() - began)
            print(f"level {report.level}, {', '.join(report.libraries)}", file=sys.stderr)
            await one(sandbox, repeats)
            await many(sandbox, sessions)
        finally:
            await sandbox.aclose()
    rivals(repeats)


async def one(sandbox: Conversations, repeats: int) -> None:
    fresh = [await timed(run(sandbox, f"new-{number}", CODE)) for number in range(repeats)]
    line("new session with its first call", *fresh)
    line("warm call", *[await timed(run(sandbox, "new-0", CODE)) for _ in range(repeats)])
    line("warm call of pandas", *[await timed(run(sandbox, "new-0", WORK)) for _ in range(repeats)])
    for number in range(repeats):
        await sandbox.end(key(f"new-{number}"))


async def many(sandbox: Conversations, sessions: int) -> None:
    before = below()
    began = time.perf_counter()
    for number in range(sessions):
        await run(sandbox, f"many-{number}", CODE)
    whole = time.perf_counter() - began
    line(f"{sessions} sessions opened, each with a call: all", whole)
    line(f"{sessions} sessions opened, each with a call: each", whole / sessions)
    line(
        f"warm call with {sessions} open",
        *[await timed(run(sandbox, "many-0", CODE)) for _ in range(5)],
    )
    processes = sorted(below() - before)
    shares = [share for pid in processes if (share := memory_mb(pid))]
    print(f"{'memory of each session, MB':<52}{sum(shares) / max(1, sessions):>12.1f}")
    print(f"{'memory of all sessions, MB':<52}{sum(shares):>12.0f}")


def rivals(repeats: int) -> None:
    """The same line in a process of its own, and in this one."""
    command = [sys.executable, "-I", "-c", RIVAL + CODE]
    times = []
    for _ in range(max(3, repeats // 4)):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    line("no walls: python -I -c with pandas and matplotlib", *times)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        exec(compile(CODE, "<code>", "exec"), {})
        times.append(time.perf_counter() - began)
    line("no walls: exec in this process", *times)


async def run(sandbox: Conversations, conversation: str, code: str) -> None:
    """Raises VTError where the code did not run."""
    result: CodeResult | None = None
    async with aclosing(sandbox.run(CodeRequest(key(conversation), code))) as events:
        async for event in events:
            if isinstance(event, CodeResult):
                result = event
    if result is None or result.status != "ok":
        raise VTError(f"The code did not run: {result and result.status}.", "`vtai sandbox check` says why.")


def key(conversation: str) -> SessionKey:
    return SessionKey("bench", conversation)


async def timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def line(name: str, *seconds: float) -> None:
    print(f"{name:<52}{statistics.median(seconds) * 1000:>12.3f}", flush=True)


def below() -> set[int]:
    """The processes below this one."""
    above = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                rows = (path / "status").read_text().splitlines()
                above[int(path.name)] = next(int(row.split()[1]) for row in rows if row.startswith("PPid:"))
    family = {os.getpid()}
    while more := {pid for pid, parent in above.items() if parent in family} - family:
        family |= more
    return family


def memory_mb(pid: int) -> float:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
