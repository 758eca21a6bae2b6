"""The packaged language model in a child process: started, watched, started again, and never left behind.

The child (`llm_child.py`) listens on a free loopback port and answers only to a key made for this run. It has
an environment of its own, without anybody's keys. It ends with its standard input, so it cannot outlive us.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from vtai.core.errors import NotConfigured, NotReady, VTError
from vtai.providers.embedded import weights
from vtai.providers.endpoint import Endpoint

logger = logging.getLogger(__name__)

Pipe = TypeVar("Pipe", asyncio.StreamReader, asyncio.StreamWriter)

ALIAS = "embedded"
CONTEXT_TOKENS = 2048

_MODEL = "smollm2"
_ENGINE = "xllamacpp"
_CHILD = Path(__file__).with_name("llm_child.py")
_LOAD_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 1.0
_NOTICE_S = 0.02
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
_HEALTHY_S = 10.0
_ATTEMPTS = 4
_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TEMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)
_DRAIN_BYTES = 4096


class EmbeddedServer:
    """One child process, kept alive. `slots` is how many answers it writes at once."""

    def __init__(
        self, data_dir: Path, *, slots: int = 2, threads: int | None = None, model: Path | None = None
    ) -> None:
        self._data_dir = data_dir
        self._model = model
        self._slots = slots
        self._threads = threads or max(1, _cores() - 1)
        self._settled = asyncio.Event()
        self._endpoint: Endpoint | None = None
        self._error: VTError | None = None
        self._is_closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        running = self._child is not None and self._child.returncode is None
        return self._child.pid if self._child and running else None

    def start(self) -> None:
        """Begins to load in the background and returns at once; does nothing while a child is kept."""
        if self._is_closed:
            return
        if self._keeper is None or self._keeper.done():
            self._settled.clear()
            self._error = None
            self._keeper = asyncio.create_task(self._keep(), name="embedded model")

    async def endpoint(self, failed: Endpoint | None = None) -> Endpoint:
        """Where the child answers, once it does; starts it when nobody has. Never `failed`, which is gone.

        Raises NotConfigured (weights or engine missing) or NotReady (it does not start, or takes too long).
        """
        self.start()
        try:
            async with asyncio.timeout(_LOAD_TIMEOUT_S):
                while True:
                    await self._settled.wait()
                    if failed is None or self._endpoint != failed:
                        break
                    await asyncio.sleep(_NOTICE_S)  # its end has not been noticed yet
        except TimeoutError as late:
            raise NotReady(
                "The built-in model is still loading.", "Send the message again in a moment."
            ) from late
        if self._endpoint is None:
            raise self._error or _keeps_stopping(None)
        return self._endpoint

    async def aclose(self) -> None:
        """Ends the child within two seconds, for good."""
        self._is_closed = True
        self._error = NotReady("VT.ai is shutting down.", "Send the message again when it is back.")
        self._settled.set()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self) -> None:
        """Runs one child after another, with longer pauses while they do not live long."""
        failures = 0
        try:
            while True:
                started = time.monotonic()
                await self._run_child()
                failures = 0 if time.monotonic() - started > _HEALTHY_S else failures + 1
                code = self._child.returncode if self._child else None
                logger.warning("the built-in model stopped (exit code %s); starting it again", code)
                if failures >= _ATTEMPTS:
                    raise _keeps_stopping(code)
                await asyncio.sleep(min(_FIRST_PAUSE_S * 4**failures, _LONGEST_PAUSE_S))
        except VTError as error:
            self._error = error
        except OSError as error:
            logger.warning("the built-in model could not be started: %s", error)
            self._error = NotReady(
                "The process of the built-in model could not be started.", "The server's log says why."
            )
        finally:
            self._endpoint = None
            self._settled.set()

    async def _run_child(self) -> None:
        """One child from start to end. Raises VTError when another try is no use."""
        config = await asyncio.to_thread(self._config)
        child = self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-B",
            str(_CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        drain = asyncio.create_task(_log_output(child))
        try:
            report = await _introduced(child, config)
            if report is not None:
                self._endpoint = Endpoint(
                    "embedded", "The built-in model", f"{report['url']}/v1", SecretStr(config["key"])
                )
                self._settled.set()
                await child.wait()
        finally:
            self._settled.clear()
            self._endpoint = None
            await _end(child)
            await drain

    def _config(self) -> dict[str, Any]:
        """What the child needs to know. Blocks: it may read the whole model file."""
        engine = importlib.util.find_spec(_ENGINE)
        if engine is None or engine.origin is None:
            raise NotConfigured(
                "The engine of the built-in model is not installed.",
                "Install it: pip install 'vtai[embedded]', or add a key: vtai --api-key openai=...",
            )
        model = self._model or weights.require(self._data_dir, _MODEL)
        return {
            "parent": os.getpid(),
            "site": str(Path(engine.origin).parent.parent),
            "model": str(model),
            "alias": ALIAS,
            "key": secrets.token_urlsafe(24),
            "slots": self._slots,
            "context_tokens": CONTEXT_TOKENS,
            "threads": self._threads,
        }


def is_installed(data_dir: Path) -> bool:
    """Whether engine and weights are there. Quick, but for the first look at a file that came another way."""
    has_engine = importlib.util.find_spec(_ENGINE) is not None
    return has_engine and weights.state(data_dir, weights.shipped()[_MODEL]) == "present"


async def _introduced(child: asyncio.subprocess.Process, config: dict[str, Any]) -> dict[str, str] | None:
    """The child's first line; None when it died without one. Raises NotReady where it says it cannot."""
    stdin, stdout = _piped(child.stdin), _piped(child.stdout)
    with suppress(ConnectionError):
        stdin.write(json.dumps(config).encode() + b"\n")
        await stdin.drain()
    try:
        async with asyncio.timeout(_LOAD_TIMEOUT_S):
            line = await stdout.readline()
    except TimeoutError:
        return None
    if not line:
        await child.wait()
        return None
    report: dict[str, str] = json.loads(line)
    if "error" in report:
        raise _refusal(report)
    return report


def _refusal(report: dict[str, str]) -> VTError:
    logger.warning("the built-in model cannot run: %s", report["detail"])
    if "libgomp" in report["detail"]:
        return NotReady(
            "The built-in model needs the system library libgomp.",
            "Install it: apt-get install libgomp1 (on Fedora: dnf install libgomp), then start VT.ai again.",
        )
    if report["error"] == "import":
        return NotReady(
            "The engine of the built-in model cannot be loaded on this machine.",
            "Install it again: pip install --force-reinstall xllamacpp. The server's log has the reason.",
        )
    return NotReady(
        "The built-in model cannot be loaded.",
        f"Free some memory (it takes 300 MB) or fetch it again: {weights.FETCH_COMMAND}",
    )


def _keeps_stopping(code: int | None) -> VTError:
    how = "" if code is None else f" (exit code {code})"
    return NotReady(
        f"The built-in model keeps stopping{how}.",
        "Add a key (vtai --api-key openai=...), or see the server's log for the reason.",
    )


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ends the child: by closing its input, then by force."""
    _piped(child.stdin).close()
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _log_output(child: asyncio.subprocess.Process) -> None:
    """Keeps the child's standard error from filling up; shows it to whoever debugs."""
    stderr = _piped(child.stderr)
    while chunk := await stderr.read(_DRAIN_BYTES):
        logger.debug("built-in model: %s", chunk.decode(errors="replace").rstrip())


def _piped(stream: Pipe | None) -> Pipe:
    """A stream that was asked for, and so is there."""
    if stream is None:
        raise RuntimeError("the child was started without pipes")
    return stream


def _environment() -> dict[str, str]:
    """Without keys. Passive waiting: threads that wait for each other would otherwise burn the cores."""
    passed = {name: value for name in _PASSED_ON if (value := os.environ.get(name))}
    return {**passed, "OMP_WAIT_POLICY": "passive"}


def _cores() -> int:
    """The cores this process may use, which containers and `taskset` make fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1
