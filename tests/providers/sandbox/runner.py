"""Plays the server in a process of its own: holds secrets, has a sandbox, answers JSON lines with such.

Started as `python -P runner.py --key=SECRET` with the settings as JSON in the first line of standard input.
What it is asked: {"op": "run" | "end" | "facts" | "lock" | "report"}.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import json
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

from vtai.core.code import CodeFigure, CodeOutput, CodeRequest, CodeResult, SessionKey
from vtai.core.errors import VTError
from vtai.core.events import TableReady
from vtai.core.messages import Attachment
from vtai.core.ports import Sandbox
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import SandboxOptions
from vtai.providers.sandbox.local import LocalEngine

_HEAD = 1 << 20


class Server:
    """What a server would be: a process with keys in its memory that uses a sandbox."""

    def __init__(self, sandbox: Sandbox, secret: bytes, marker: Path) -> None:
        self.sandbox = sandbox
        self.secret = secret
        self.marker = marker
        self.signals = 0
        # Copies on the heap, as a real server would have them.
        self.keys = [b"Authorization: Bearer " + secret for _ in range(100)]
        signal.signal(signal.SIGUSR2, self._count)
        signal.signal(signal.SIGIO, self._count)
        signal.signal(signal.SIGURG, self._count)

    def _count(self, number: int, frame: object) -> None:
        self.signals += 1

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        key = SessionKey(asked.get("person", ""), asked.get("conversation", ""))
        match asked["op"]:
            case "run":
                return await self.run(key, asked)
            case "end":
                await self.sandbox.end(key)
                return {}
            case "report":
                report = await self.sandbox.report()
                return {
                    "is_usable": report.is_usable,
                    "level": report.level,
                    "reason": report.reason,
                    "checks": [[check.name, check.passed, check.detail] for check in report.checks],
                }
            case "lock":
                return {"taken": self.can_lock()}
            case _:
                return self.facts()

    async def run(self, key: SessionKey, asked: dict[str, Any]) -> dict[str, Any]:
        files = tuple(
            Attachment(Path(path).name, "text/csv", Path(path), Path(path).stat().st_size)
            for path in asked["files"]
        )
        request = CodeRequest(key, asked["code"], files, asked["timeout_s"])
        streamed = figures = 0
        tables: list[dict[str, Any]] = []
        leaks = False
        result = None
        try:
            async with aclosing(self.sandbox.run(request)) as events:
                async for event in events:
                    match event:
                        case CodeOutput():
                            streamed += len(event.text)
                            leaks = leaks or self.secret in event.text.encode("utf-8", "replace")
                        case CodeFigure():
                            figures += 1
                            leaks = leaks or self.secret in event.data
                        case TableReady():
                            tables.append({"columns": event.columns, "total_rows": event.total_rows})
                        case CodeResult():
                            result = event
        except VTError as error:
            return {
                "status": "raised",
                "raised": f"{error.message} {error.hint}",
                "files": [],
                "notes": [],
                "tables": [],
            }
        assert result is not None, "no result came"
        told = self._told(result)
        leaks = (
            leaks
            or self.secret in json.dumps(told).encode()
            or any(one["has_secret"] for one in told["files"])
        )
        return {**told, "streamed": streamed, "figures": figures, "tables": tables, "has_secret": leaks}

    def _told(self, result: CodeResult) -> dict[str, Any]:
        error = result.error
        return {
            "status": result.status,
            "state": result.state,
            "stdout": result.stdout,
            "stderr": result.stderr,
            "result": result.result,
            "error": error and {"type": error.type, "message": error.message, "traceback": error.traceback},
            "notes": result.notes,
            "files": [
                {
                    "name": file.name,
                    "media_type": file.media_type,
                    "size": len(file.data),
                    "head": base64.b64encode(file.data[:_HEAD]).decode(),
                    "digest": hashlib.sha256(file.data).hexdigest(),
                    "has_secret": self.secret in file.data,
                }
                for file in result.files
            ],
        }

    def facts(self) -> dict[str, Any]:
        status = Path("/proc/self/status").read_text("ascii")
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return {
            "pid": os.getpid(),
            "signals": self.signals,
            "peak_bytes": int(peak) * 1024,
            "nice": os.nice(0),
            "affinity": sorted(os.sched_getaffinity(0)),
            "descriptors": _limit(),
        }

    def can_lock(self) -> bool:
        descriptor = os.open(self.marker, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True


def _limit() -> list[int]:
    import resource

    return list(resource.getrlimit(resource.RLIMIT_NOFILE))


def _sandbox(settings: dict[str, Any]) -> Conversations:
    """The sandbox as the application has it, with the level forced."""
    options = SandboxOptions(
        engine="local",
        level=settings["level"],
        folder=Path(settings["folder"]),
        hidden=tuple(Path(path) for path in settings["hidden"]),
        most_timeout_s=300.0,
    )
    return Conversations(LocalEngine(options), options)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    settings = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    sandbox = _sandbox(settings)
    server = Server(sandbox, os.environ["OPENAI_API_KEY"].encode(), Path(settings["marker"]))
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            answer = await server.answer(json.loads(line))
            print(json.dumps(answer), flush=True)
    finally:
        await sandbox.aclose()


if __name__ == "__main__":
    asyncio.run(serve())
