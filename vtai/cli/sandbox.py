"""`vtai sandbox run` and `vtai sandbox check`."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from vtai.cli import files, running
from vtai.core.code import CodeFigure, CodeRequest, CodeResult, SessionKey
from vtai.core.errors import NotConfigured, SettingsError, VTError
from vtai.core.messages import Attachment

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.code import Check, CodeFile, SandboxReport
    from vtai.core.ports import Sandbox

Level = Literal["A", "B", "C"]
Result = TypeVar("Result")

# Who uses the command line, as the page knows a person without an account.
_PERSON = "local"
_MOST_FILES = 1000
_MOST_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """What `vtai sandbox run` was given."""

    scripts: tuple[Path, ...]
    files: Path | None = None
    out: Path | None = None
    timeout_s: float | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class _Ran:
    result: CodeResult
    figures: tuple[bytes, ...]


def run(parts: Parts, job: Job) -> bool:
    """Runs the files in one session and prints a JSON line for each; False where there is no sandbox.

    Raises SettingsError for files and folders that cannot be used, VTError where the sandbox refuses.
    """
    sources = [(path, _source(path)) for path in job.scripts]
    attached = _attached(job.files) if job.files is not None else ()
    folder = Folder(job.out) if job.out is not None else None
    session = SessionKey(_PERSON, f"command-{secrets.token_hex(8)}")

    async def work(sandbox: Sandbox) -> bool:
        try:
            for path, code in sources:
                request = CodeRequest(session, code, attached, job.timeout_s)
                ran = await _ran(sandbox, request)
                parts.terminal.line(json.dumps(_fields(ran, folder)))
                for note in ran.result.notes:
                    parts.terminal.aside(f"{path}: {note}")
        except NotConfigured as error:
            message = f"{error.message} {error.hint}".strip()
            parts.terminal.line(json.dumps({"status": "unavailable", "message": message}))
            return False
        finally:
            await sandbox.end(session)
        return True

    return _with_sandbox(parts, job.level, work)


def check(parts: Parts, level: Level | None = None, as_json: bool = False) -> bool:
    """Prints what was tried of the sandbox, each with its fix; False where code cannot be run safely."""
    report: SandboxReport = _with_sandbox(parts, level, lambda sandbox: sandbox.report())
    if as_json:
        parts.terminal.line(json.dumps(asdict(report), indent=2))
        return report.is_usable
    for one in report.checks:
        parts.terminal.line(_line(one))
    level_name = f", level {report.level}" if report.level else ""
    if report.is_usable:
        parts.terminal.line(f"Code runs in the {report.engine} sandbox: {report.strength}{level_name}.")
        parts.terminal.line("Loaded: " + (", ".join(report.libraries) or "the standard library only") + ".")
    else:
        parts.terminal.line(
            f"No code is run ({report.engine}): {report.reason or 'no safe sandbox was found.'}"
        )
        if report.fix:
            parts.terminal.line(f"fix: {report.fix}")
    return report.is_usable


class Folder:
    """Where made files go. What others put there stays as it is, and links there are never followed."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError where it is not a folder and cannot be made."""
        self._path = path
        self._own: dict[str, Path] = {}
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"{str(path)!r} is not a folder that can be written to: {error.strerror}.",
                "Name another folder with --out.",
            ) from error

    def save(self, name: str, data: bytes) -> Path:
        """Writes the file under a safe name: a free one, or the one that it had before. Raises VTError."""
        path = self._own.get(name)
        if path is None:
            path = self._own[name] = self.add(name, data)
        else:
            self._written(name, path, data)
        return path

    def add(self, name: str, data: bytes) -> Path:
        """Writes one more file under a safe name that nothing has yet. Raises VTError."""
        return self._written(name, None, data)

    def _written(self, name: str, path: Path | None, data: bytes) -> Path:
        try:
            path = path or self._reserved(files.safe_name(name))
            self._replace(path, data)
        except OSError as error:
            raise VTError(
                f"{name!r} cannot be written to {self._path}: {error.strerror}.",
                "Name another folder with --out.",
            ) from error
        return path

    def _reserved(self, name: str) -> Path:
        """An empty file that was not there before; one that is there, link or not, is passed over."""
        stem, suffix = Path(name).stem, Path(name).suffix
        for number in range(1, 10_000):
            path = self._path / (name if number == 1 else f"{stem}-{number}{suffix}")
            try:
                path.open("xb").close()
            except FileExistsError:
                continue
            return path
        raise VTError(f"{self._path} has too many files called {name!r}.", "Name another folder with --out.")

    def _replace(self, path: Path, data: bytes) -> None:
        """Puts a new file in its place: were it a link by now, the link goes and its target stays."""
        descriptor, beside = tempfile.mkstemp(prefix=".", dir=self._path)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(data)
            Path(beside).chmod(0o644)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise


async def _ran(sandbox: Sandbox, request: CodeRequest) -> _Ran:
    figures: list[bytes] = []
    result: CodeResult | None = None
    async with aclosing(sandbox.run(request)) as events:
        async for event in events:
            if isinstance(event, CodeFigure):
                figures.append(event.data)
            elif isinstance(event, CodeResult):
                result = event
    if result is None:
        raise VTError("The sandbox did not say what came of it.", "Run it again.")
    if result.status == "unavailable":
        raise NotConfigured(*_said(result))
    return _Ran(result, tuple(figures))


def _fields(ran: _Ran, folder: Folder | None) -> dict[str, Any]:
    """The line of one run; what it made is written to the folder first."""
    result = ran.result
    if folder is not None:
        for data in ran.figures:
            folder.add("figure.png", data)
    return {
        "status": result.status,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "result": result.result,
        "error": result.error and asdict(result.error),
        "files": [_file(made, folder) for made in result.files],
        "duration_ms": round(result.duration_ms, 1),
        "state": result.state,
    }


def _file(made: CodeFile, folder: Folder | None) -> Mapping[str, Any]:
    name = folder.save(made.name, made.data).name if folder is not None else made.name
    return {"name": name, "size": len(made.data), "media_type": made.media_type}


def _said(result: CodeResult) -> tuple[str, str]:
    said = result.error.message if result.error else " ".join(result.notes)
    return said or "Code execution is switched off.", "`vtai sandbox check` says why."


def _line(one: Check) -> str:
    detail = f": {one.detail}" if one.detail else ""
    fix = f"\n       fix: {one.fix}" if one.fix and not one.passed else ""
    return f"[{'ok' if one.passed else 'no'}] {one.name}{detail}{fix}"


def _source(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"{str(path)!r} cannot be read: {why}.", "Give the path of a Python file."
        ) from error


def _attached(folder: Path) -> tuple[Attachment, ...]:
    """The plain files of the folder; links and folders in it are left out."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    except OSError as error:
        raise SettingsError(
            f"{str(folder)!r} cannot be read: {error.strerror}.", "Give a folder with --files."
        ) from error
    return files.attach(paths, _MOST_BYTES, _MOST_FILES)


def _with_sandbox(parts: Parts, level: Level | None, work: Callable[[Sandbox], Awaitable[Result]]) -> Result:
    """The result of the work with the sandbox of the settings; nothing else is started."""
    # A level is one of the local sandbox.
    loaded = running.load({"code_sandbox": "local", "code_sandbox_level": level} if level else None)

    async def inside() -> Result:
        app = parts.build(loaded)
        try:
            return await work(app.services.sandbox)
        finally:
            await app.close()

    return running.finish(inside())
