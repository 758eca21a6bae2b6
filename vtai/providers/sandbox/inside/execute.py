"""Runs code like a notebook cell: variables stay, the value of the last expression is shown."""

from __future__ import annotations

import ast
import builtins
import gc
import linecache
import sys
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import CodeType, ModuleType
from typing import Literal

from vtai.providers.sandbox.inside import failures, figures
from vtai.providers.sandbox.inside.display import Screen
from vtai.providers.sandbox.inside.failures import Failure

# Source of earlier runs, kept so that an error in a function defined there shows its line.
_MAX_SOURCE_CHARACTERS = 4_000_000

STOPPED = Failure("KeyboardInterrupt", "The code was stopped.")
_NO_MEMORY = "The code needed more memory than it may have."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How code ended. `result` is the text of its last value."""

    status: Literal["ok", "error", "memory"]
    result: str | None = None
    failure: Failure | None = None


class Interpreter:
    """Runs code in one namespace, the module `__main__`. The person's own modules are in `workspace`."""

    def __init__(self, workspace: str = "") -> None:
        self._workspace = workspace
        self._module = ModuleType("__main__")
        self._module.__dict__["__builtins__"] = builtins
        self._runs = 0
        self._sources: deque[tuple[str, int]] = deque()

    def run(self, code: str, screen: Screen) -> Outcome:
        """Runs the code and shows what it draws. Raises only a KeyboardInterrupt that came very late."""
        # Pickles and dataclasses look their module up by its name.
        sys.modules["__main__"] = self._module
        self._module.__dict__["display"] = screen.display
        outcome = self._outcome(code, screen)
        if outcome.status == "memory":
            figures.close_all()
            gc.collect()
            return outcome
        shown = self._guarded(screen.open_figures)
        return shown if shown is not None and outcome.status == "ok" else outcome

    def _outcome(self, code: str, screen: Screen) -> Outcome:
        results: list[str | None] = []
        failed = self._guarded(lambda: results.append(self._executed(code, screen)))
        return failed or Outcome("ok", result=results[0])

    def _guarded(self, work: Callable[[], None]) -> Outcome | None:
        """None where the work was done, else how it failed."""
        try:
            work()
        except SystemExit as error:
            return _ended(error)
        except MemoryError as error:
            failure = self._described(error)
            _let_go(error)
            return Outcome("memory", failure=replace(failure, message=failure.message or _NO_MEMORY))
        except BaseException as error:  # noqa: BLE001 people's code may raise anything, and must not end the worker
            failure = self._described(error)
            _let_go(error)
            return Outcome("error", failure=failure)
        return None

    def _described(self, error: BaseException) -> Failure:
        try:
            return failures.describe(error, self._workspace)
        except KeyboardInterrupt:
            return STOPPED
        except BaseException:  # noqa: BLE001 the exception is the code's own object, which may do anything
            return Failure("Exception", "The code failed with an error that cannot be shown.")

    def _executed(self, code: str, screen: Screen) -> str | None:
        """The text of the last value, if the code ends with an expression."""
        self._runs += 1
        file_name = failures.file_name(self._runs)
        self._keep_source(file_name, code)
        statements, last, title = _split(code, file_name)
        namespace = self._module.__dict__
        exec(statements, namespace)  # noqa: S102 running people's code is what this process is for
        if last is None:
            return None
        value = eval(last, namespace)  # noqa: S307 the same
        if value is not None:
            namespace["_"] = value
        return screen.value(value, title)

    def _keep_source(self, file_name: str, code: str) -> None:
        linecache.cache[file_name] = (len(code), None, code.splitlines(keepends=True), file_name)
        self._sources.append((file_name, len(code)))
        while sum(length for _, length in self._sources) > _MAX_SOURCE_CHARACTERS and len(self._sources) > 1:
            linecache.cache.pop(self._sources.popleft()[0], None)


def _split(code: str, file_name: str) -> tuple[CodeType, CodeType | None, str]:
    """All but the last expression, the last expression where its value is to be shown, and its name."""
    tree = ast.parse(code, file_name)
    last: CodeType | None = None
    title = ""
    if tree.body and isinstance(final := tree.body[-1], ast.Expr) and not code.rstrip().endswith(";"):
        tree.body.pop()
        last = compile(ast.Expression(final.value), file_name, "eval", dont_inherit=True)
        title = final.value.id if isinstance(final.value, ast.Name) else ""
    return compile(tree, file_name, "exec", dont_inherit=True), last, title


def _ended(error: SystemExit) -> Outcome:
    """`sys.exit()` ends the run only; with a message or a number it is a failure, as at a terminal."""
    code = error.code
    if code is None or code == 0:
        return Outcome("ok")
    text = failures.plain(str(code), failures.MAX_MESSAGE) if type(code) in {int, str} else ""
    return Outcome("error", failure=Failure("SystemExit", text))


def _let_go(error: BaseException) -> None:
    """Frees what the frames of the failed code held."""
    trace = BaseException.__traceback__.__get__(error)  # type: ignore[union-attr]
    traceback.clear_frames(trace)
    BaseException.with_traceback(error, None)
