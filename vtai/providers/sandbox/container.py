"""The engine of containers: docker or podman by their command, a container for each session.

Whoever reaches the daemon of docker is root on its machine, so this engine is taken only where the settings
name it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import shutil
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from vtai.core.code import Check, SandboxReport, Strength
from vtai.providers.sandbox.bridge import Bridge
from vtai.providers.sandbox.canaries import Open, may_be_used, try_out
from vtai.providers.sandbox.engine import MIB, NoSession, SandboxOptions
from vtai.providers.sandbox.server_process import Hello
from vtai.providers.sandbox.session import LocalSession

logger = logging.getLogger(__name__)

Tries = Callable[[Open, SandboxOptions, Iterable[str]], Awaitable[tuple[Check, ...]]]

WARM: Final = 2
ASK_S: Final = 20.0
_PROGRAMS = ("docker", "podman")
_PIDS = 64
_NOBODY = 65534
# What the command needs to find its daemon. Nothing of it gets into the container.
_PASSED_ON = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_", "CONTAINER_", "CONTAINERS_")

_INSTALL = "Install docker or podman on the server, or choose another engine with code_sandbox."
_DAEMON = (
    "Start its daemon, and let the user that VT.ai runs as reach it (`docker info` must work for that user)."
)
_BUILD = (
    "Build it: docker build -t {image} -f deploy/sandbox/Dockerfile . "
    "(or name another with code_sandbox_image)."
)
_TRY = "Try it by hand: {command}"


class ContainerEngine:
    """`image` holds the worker (deploy/sandbox/Dockerfile), `runtime` is docker's (runsc for gVisor).

    `warm` containers are started ahead of the sessions that will take them; `tries` is the self-test.
    """

    name = "container"

    def __init__(
        self,
        options: SandboxOptions,
        image: str,
        runtime: str | None = None,
        *,
        warm: int = WARM,
        program: str | None = None,
        tries: Tries = try_out,
    ) -> None:
        self._options = options
        self._image = image
        self._runtime = runtime
        self._warm = warm
        self._program = program
        self._tries = tries
        self._ready: deque[Bridge] = deque()
        self._bridges: set[Bridge] = set()
        self._filling: set[asyncio.Task[None]] = set()
        self._report: SandboxReport | None = None
        self._reporting = asyncio.Lock()
        self._is_closed = False

    @property
    def strength(self) -> Strength:
        """By the runtime's name: what is behind it is the operator's word."""
        runtime = (self._runtime or "").lower()
        if "kata" in runtime:
            return "vm"
        return "gvisor" if "runsc" in runtime or "gvisor" in runtime else "container"

    async def report(self) -> SandboxReport:
        async with self._reporting:
            if self._report is None or not self._report.is_usable:
                self._report = await self._examined()
            return self._report

    async def open(self) -> LocalSession:
        while self._ready:
            bridge = self._ready.popleft()
            if bridge.is_alive:
                break
        else:
            bridge, _ = await self._started()
        session = await bridge.session(self._options)
        self._fill()
        return session

    async def give_back(self) -> None:
        """Nothing is held here that would be worth it."""

    async def close(self) -> None:
        self._is_closed = True
        for task in tuple(self._filling):
            task.cancel()
        await asyncio.gather(*self._filling, return_exceptions=True)
        await asyncio.gather(*(bridge.close() for bridge in self._bridges))
        self._bridges.clear()
        self._ready.clear()

    @property
    def waiting(self) -> int:
        """How many containers wait for a session."""
        return len(self._ready)

    async def filled(self) -> None:
        """Returns when no container is being started ahead any more."""
        await asyncio.gather(*self._filling)

    def command(self, name: str) -> tuple[str, ...]:
        """What starts a container."""
        options = self._options
        memory = f"{options.resident_bytes // MIB}m"
        return (
            *(self._program or "docker", "run", "-i", "--rm", "--name", name),
            *("--network", "none", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges"),
            *("--pids-limit", str(_PIDS), "--memory", memory, "--memory-swap", memory, "--cpus", "1"),
            *("--user", str(_NOBODY)),
            *("--tmpfs", f"/mnt/data:size={options.workspace_bytes // MIB}m,mode=1777"),
            *("--tmpfs", f"/tmp:size={options.tmp_bytes // MIB}m,mode=1777"),  # noqa: S108 -- the container's own
            # Frames would be kept in a log on the disk, and an image is never fetched from somewhere.
            *("--log-driver", "none", "--pull", "never"),
            *(("--runtime", self._runtime) if self._runtime else ()),
            self._image,
            json.dumps({"preload": options.preload, "limits": _limits(options)}),
        )

    async def _examined(self) -> SandboxReport:
        checks: list[Check] = []
        if reason := await self._missing(checks):
            return self._refused(*reason, checks)
        try:
            bridge, hello = await self._started()
        except NoSession as error:
            hint = _TRY.format(command=f"{self._program} run --rm {self._image} '{{}}'")
            return self._refused(f"no container can be started ({error})", hint, checks)
        self._ready.append(bridge)
        try:
            checks += await self._tries(self.open, self._options, hello.libraries)
        except NoSession as error:
            hint = "Build the image again, and look at the limits of the daemon."
            return self._refused(f"no session can be made ({error})", hint, checks)
        failed = [check for check in checks if not check.passed]
        if not may_be_used(failed):
            names = "; ".join(check.name for check in failed)
            logger.error("sandbox: the self-test failed and no code runs: %s", names)
            return self._refused(f"the self-test failed: {names}", failed[0].fix, checks)
        return SandboxReport(self.name, True, self.strength, libraries=hello.libraries, checks=tuple(checks))

    async def _missing(self, checks: list[Check]) -> tuple[str, str] | None:
        """What is not there, and what to do about it; None where everything is."""
        found = self._program or next((name for name in _PROGRAMS if shutil.which(name)), None)
        checks.append(Check("docker or podman", found is not None, found or "neither is installed", _INSTALL))
        if found is None:
            return "neither docker nor podman is installed", _INSTALL
        self._program = found
        for name, question, reason, fix in (
            (
                "The daemon answers",
                ("version", "--format", "{{.Server.Version}}"),
                "its daemon does not answer",
                _DAEMON,
            ),
            (
                "The image is there",
                ("image", "inspect", "--format", "{{.Id}}", self._image),
                f"there is no image {self._image!r}",
                _BUILD.format(image=self._image),
            ),
        ):
            problem = await self._asked(*question)
            checks.append(Check(name, problem is None, problem or "", fix))
            if problem is not None:
                return f"{Path(found).name}: {reason}", fix
        return None

    async def _asked(self, *arguments: str) -> str | None:
        """What is wrong; None where the command did it."""
        try:
            process = await asyncio.create_subprocess_exec(
                self._program or "docker",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=_environment(os.environ),
            )
        except OSError as error:
            return f"it cannot be started ({error.strerror})"
        try:
            async with asyncio.timeout(ASK_S):
                _, said = await process.communicate()
        except TimeoutError:
            return "it does not answer"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == 0:
            return None
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"it ended with status {process.returncode}"

    async def _started(self) -> tuple[Bridge, Hello]:
        """A new container. Raises NoSession."""
        if self._is_closed:
            raise NoSession("the sandbox is closed")
        name = f"vtai-sandbox-{secrets.token_hex(6)}"

        async def remove() -> None:
            await self._asked("rm", "--force", name)

        self._bridges = {known for known in self._bridges if not known.is_over}
        bridge = Bridge(self.command(name), _environment(os.environ), remove)
        self._bridges.add(bridge)
        try:
            return bridge, await bridge.start()
        except BaseException:
            await bridge.close()
            raise

    def _fill(self) -> None:
        """Starts containers ahead, where there are fewer than there should be."""
        missing = self._warm - len(self._ready) - len(self._filling)
        for _ in range(0 if self._is_closed else missing):
            task = asyncio.create_task(self._add())
            self._filling.add(task)
            task.add_done_callback(self._filling.discard)

    async def _add(self) -> None:
        try:
            bridge, _ = await self._started()
        except NoSession as error:
            logger.warning("sandbox: no container could be started ahead: %s", error)
        else:
            self._ready.append(bridge)

    def _refused(self, reason: str, fix: str, checks: Sequence[Check]) -> SandboxReport:
        return SandboxReport(self.name, False, reason=reason, fix=fix, checks=tuple(checks))


def _limits(options: SandboxOptions) -> dict[str, Any]:
    return {
        "cpu_s": options.cpu_s,
        "address_bytes": options.address_bytes,
        "file_bytes": options.file_bytes,
        "descriptors": options.descriptors,
    }


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(_PASSED_ON)}
