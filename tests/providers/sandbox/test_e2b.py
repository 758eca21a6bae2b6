"""The engine of E2B over a stand-in for the few calls of its SDK that are used. No machine is rented."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from tests.providers.sandbox.fakes import end_of
from vtai.core.code import CodeEvent, CodeFigure, CodeOutput, CodeResult
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.e2b import E2BEngine
from vtai.providers.sandbox.e2b_session import NOTICE, E2BSession
from vtai.providers.sandbox.engine import KIB, FileRefused, NoSession, SandboxOptions

sdk = pytest.importorskip("e2b_code_interpreter")

KEY = SecretStr("e2b-key")
OPTIONS = SandboxOptions(most_output_bytes=64 * KIB, model_output_bytes=4 * KIB)


@dataclass
class Files:
    """The folder of a machine: content and a counter of changes by path."""

    content: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)

    async def write(self, path: str, data: bytes, request_timeout: float) -> None:
        self.content[path] = data
        self.changes[path] = self.changes.get(path, 0) + 1

    async def read(self, path: str, **how: object) -> bytearray:
        assert how["format"] == "bytes"
        return bytearray(self.content[path])

    async def list(self, path: str, depth: int, request_timeout: float) -> list[Any]:
        from e2b.sandbox.filesystem.filesystem import FileType

        return [
            Entry(name, len(data), FileType.FILE, self.changes[name]) for name, data in self.content.items()
        ]


@dataclass
class Entry:
    path: str
    size: int
    type: Any
    modified_time: int
    symlink_target: str | None = None


@dataclass
class Commands:
    ran: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, command: str, user: str) -> None:
        self.ran.append((command, user))


@dataclass
class Machine:
    """Speaks with the SDK's own values. `does` is what code does, by its text."""

    does: dict[str, Callable[[Machine, Callable[[str, Any], None]], Any]] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    commands: Commands = field(default_factory=Commands)
    ran: list[str] = field(default_factory=list)
    kills: int = 0

    async def run_code(
        self,
        code: str,
        on_stdout: Any = None,
        on_stderr: Any = None,
        on_result: Any = None,
        timeout: float | None = None,
    ) -> Any:
        self.ran.append(code)
        handlers = {"stdout": on_stdout, "stderr": on_stderr, "result": on_result}

        def say(kind: str, what: Any) -> None:
            handlers[kind](what if kind == "result" else sdk.OutputMessage(what, 0, kind == "stderr"))

        if code == "print(6 * 7)":
            say("stdout", "42\n")
        found = self.does.get(code)
        error = found(self, say) if found else None
        if asyncio.iscoroutine(error):
            error = await error
        if isinstance(error, Exception):
            raise error
        return sdk.Execution(error=error)

    async def kill(self) -> bool:
        self.kills += 1
        return True


async def opened(machine: Machine) -> E2BSession:
    return await engine(machine).open()


def engine(*machines: Machine | Exception) -> E2BEngine:
    left = list(machines)

    async def rent(_: SandboxOptions, key: SecretStr) -> Any:
        assert key is KEY
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return E2BEngine(OPTIONS, KEY, rent)


async def run(session: E2BSession, code: str) -> tuple[list[CodeEvent], CodeResult]:
    async with aclosing(session.run(code, 10.0)) as events:
        *before, end = [event async for event in events]
    assert isinstance(end, CodeResult)
    return before, end


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


def png() -> str:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (2, 2)).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


async def test_the_report_says_that_code_leaves_the_server() -> None:
    machine = Machine()
    found = engine(machine)
    report = await found.report()
    assert (report.is_usable, report.strength) == (True, "vm")
    assert report.checks[0].name == "Code runs at E2B, a third party"
    assert machine.commands.ran == [("mkdir -p /mnt/data && chmod 777 /mnt/data", "root")]
    assert machine.kills == 1
    assert (await found.report()) is report
    await found.close()


@pytest.mark.parametrize(
    ("error", "reason", "fix"),
    [
        pytest.param(
            sdk.AuthenticationException("key e2b_x"), "E2B refused the key", "E2B_API_KEY", id="key"
        ),
        pytest.param(sdk.RateLimitException("x"), "its limit is reached", "limits", id="limit"),
        pytest.param(sdk.TimeoutException("x"), "does not answer in time", "status page", id="slow"),
        pytest.param(ConnectionError("x"), "E2B cannot be used now", "status page", id="no connection"),
    ],
)
async def test_what_keeps_e2b_from_being_used_is_told(error: Exception, reason: str, fix: str) -> None:
    report = await engine(error).report()
    assert not report.is_usable
    assert reason in report.reason
    assert fix in report.fix
    with pytest.raises(NoSession):
        await engine(error).open()


async def test_code_streams_and_its_value_and_figures_come() -> None:
    def does(_: Machine, say: Callable[[str, Any], None]) -> None:
        say("stdout", "out\n")
        say("stderr", "err\n")
        say("result", sdk.Result(png=png(), text="<Figure>"))
        say("result", sdk.Result(text="42", is_main_result=True))

    session = await opened(Machine({"code": does}))
    events, end = await run(session, "code")
    assert [event.text for event in events if isinstance(event, CodeOutput)] == ["out\n", "err\n"]
    assert [event.data[:4] for event in events if isinstance(event, CodeFigure)] == [b"\x89PNG"]
    assert (end.status, end.stdout, end.stderr, end.result, end.state) == (
        "ok",
        "out\n",
        "err\n",
        "42",
        "kept",
    )
    assert end.notes == (NOTICE,)
    assert (await run(session, "again"))[1].notes == ()


async def test_an_exception_is_told_without_colours() -> None:
    error = sdk.ExecutionError("ValueError", "bad", "\x1b[31mline 2\x1b[0m ValueError: bad")
    session = await opened(Machine({"code": lambda *_: error}))
    _, end = await run(session, "code")
    assert end.error is not None
    assert (end.status, end.error.type, end.error.traceback) == (
        "error",
        "ValueError",
        "line 2 ValueError: bad",
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(sdk.TimeoutException("Execution timed out"), "timeout", id="too long"),
        pytest.param(sdk.SandboxException("x"), "crashed", id="broken"),
    ],
)
async def test_a_run_that_breaks_off_costs_the_machine(error: Exception, status: str) -> None:
    machine = Machine({"code": lambda *_: error})
    session = await opened(machine)
    _, end = await run(session, "code")
    assert (end.status, end.state, session.is_alive) == (status, "reset", False)
    await session.rest()
    assert machine.kills == 1
    assert (await run(session, "more"))[1].status == "unavailable"


async def test_code_that_prints_too_much_is_ended() -> None:
    async def flood(_: Machine, say: Callable[[str, Any], None]) -> None:
        while True:
            say("stdout", "x" * 10_000)
            await asyncio.sleep(0)

    machine = Machine({"code": flood})
    session = await opened(machine)
    _, end = await run(session, "code")
    assert (end.status, end.state) == ("output_limit", "reset")
    await session.close()
    await session.close()
    assert machine.kills == 1


async def test_stopped_code_costs_the_machine() -> None:
    async def forever(_: Machine, say: Callable[[str, Any], None]) -> None:
        say("stdout", "first\n")
        await asyncio.Event().wait()

    machine = Machine({"code": forever})
    session = await opened(machine)
    async with aclosing(session.run("code", 10.0)) as events:
        assert isinstance(await anext(events), CodeOutput)
    await session.rest()
    assert (machine.kills, session.is_alive) == (1, False)


async def test_files_go_in_and_only_what_code_made_comes_out() -> None:
    async def makes(machine: Machine, _: object) -> None:
        await machine.files.write("/mnt/data/out/b.txt", b"made", 1.0)
        await machine.files.write("/mnt/data/.hidden", b"x", 1.0)

    session = await opened(Machine({"code": makes}))
    await session.put("a.txt", pieces(b"a", b"b"))
    await run(session, "code")
    assert [(one.name, one.size_bytes) for one in session.made] == [("out/b.txt", 4)]
    assert await session.get("a.txt", 10) == b"ab"
    await run(session, "nothing")
    assert session.made == ()


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", ""])
async def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    session = await opened(Machine())
    with pytest.raises(FileRefused):
        await session.put(name, pieces(b"x"))
    with pytest.raises(FileRefused):
        await session.get(name, 10)


async def test_a_file_that_is_too_large_is_refused() -> None:
    machine = Machine()
    session = E2BSession(machine, replace(OPTIONS, file_bytes=3))
    with pytest.raises(FileRefused):
        await session.put("a.txt", pieces(b"ab", b"cd"))
    await machine.files.write("/mnt/data/b.txt", b"abcd", 1.0)
    with pytest.raises(FileRefused):
        await session.get("b.txt", 3)


async def test_conversations_run_on_it() -> None:
    sandbox = Conversations(engine(Machine()), OPTIONS)
    assert (await end_of(sandbox, "print(6 * 7)")).stdout == "42\n"
    await sandbox.aclose()
