"""Parts from other installed packages, found by entry point.

Groups: `vtai.handlers`, `vtai.tools`, `vtai.routers`, `vtai.providers`. A part that cannot be used stops the
start: whoever installed it is there then, and nobody waits for an answer yet.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from vtai.core.errors import SettingsError, VTError
from vtai.core.ports import Handler, ModelClient
from vtai.core.routes import Route
from vtai.tools.tool import FunctionTool

# What a language model that gives a second opinion can write, and people can type.
_ROUTE_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_PLACE = re.compile(r" \([^()]*[/\\][^()]*\)")
_OURS = "VT.ai"


def handlers(shipped: Sequence[Handler]) -> tuple[Handler, ...]:
    """The handlers of other packages. Raises SettingsError naming the package that is to blame."""
    found = [(_handler(part), part) for part in _parts("vtai.handlers")]
    _refuse_same([(handler.route.name, part) for handler, part in found], (h.route.name for h in shipped))
    return tuple(handler for handler, _ in found)


def tools(shipped: Sequence[FunctionTool]) -> tuple[FunctionTool, ...]:
    """The tools of other packages. Raises SettingsError as `handlers` does."""
    found = [(_tool(part), part) for part in _parts("vtai.tools")]
    _refuse_same([(tool.spec.name, part) for tool, part in found], (tool.spec.name for tool in shipped))
    return tuple(tool for tool, _ in found)


def routers(shipped: Iterable[str]) -> dict[str, Any]:
    """By name the routers of other packages, or what makes one. Raises SettingsError as `handlers` does."""
    parts = tuple(_parts("vtai.routers"))
    _refuse_same([(part.point.name, part) for part in parts], shipped)
    return {part.point.name: _router(part) for part in parts}


def wires(shipped: Iterable[str]) -> dict[str, Callable[..., ModelClient]]:
    """By name what makes the model clients of other packages, of `endpoint_for` and `timeouts`.

    Raises SettingsError as `handlers` does.
    """
    parts = tuple(_parts("vtai.providers"))
    _refuse_same([(part.point.name, part) for part in parts], shipped)
    return {part.point.name: _maker(part, "stream", takes=2) for part in parts}


@dataclass(frozen=True, slots=True)
class _Part:
    """What a package offers, not looked at yet."""

    point: EntryPoint

    @property
    def package(self) -> str:
        return self.point.dist.name if self.point.dist else self.point.value.partition(".")[0]

    def load(self) -> Any:
        try:
            return self.point.load()
        except Exception as error:  # importing runs the package's own code, which may do anything
            raise self.broken(f"cannot be loaded: {_said(error)}") from error

    def broken(self, why: str) -> SettingsError:
        return SettingsError(
            f"The plug-in {self.point.name!r} of the package {self.package!r} ({self.point.group}) {why}.",
            f"Repair it or remove it: pip uninstall {self.package}",
        )


@dataclass(frozen=True, slots=True)
class _Maker:
    """A callable of a package; what goes wrong in it, or with what it makes, is that package's."""

    part: _Part
    make: Callable[..., Any]
    method: str

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.make)

    def __call__(self, *given: Any) -> Any:
        try:
            made = self.make(*given)
        except VTError:
            raise
        except Exception as error:  # the package's own code, which may do anything
            raise self.part.broken(f"cannot be made: {_said(error)}") from error
        _check_method(self.part, made, self.method)
        return made


def _parts(group: str) -> Iterator[_Part]:
    return (_Part(point) for point in sorted(entry_points(group=group), key=lambda point: point.name))


def _handler(part: _Part) -> Handler:
    found = part.load()
    route, reply = getattr(found, "route", None), getattr(found, "reply", None)
    if not isinstance(route, Route):
        raise part.broken("has no route: a module with a `route` and a `reply` is wanted")
    if not _ROUTE_NAME.fullmatch(route.name):
        raise part.broken(f"calls its route {route.name!r}: small letters, digits, - and _ are wanted")
    if not callable(reply) or inspect.iscoroutinefunction(reply):
        raise part.broken("has no reply that yields: `async def reply` with `yield` in it is wanted")
    handler: Handler = found
    return handler


def _tool(part: _Part) -> FunctionTool:
    found = part.load()
    if not isinstance(found, FunctionTool):
        raise part.broken("is no tool: an async function under @tool is wanted")
    return found


def _router(part: _Part) -> Any:
    """A router as it is, else what makes one."""
    found = part.load()
    if isinstance(found, type):
        _check_method(part, found, "choose")
    elif hasattr(found, "choose"):
        _check_method(part, found, "choose")
        return found
    return _maker(part, "choose", takes=1)


def _maker(part: _Part, method: str, takes: int) -> _Maker:
    """The part as something to call, with `takes` arguments; routers may take none."""
    make = part.load()
    if not callable(make):
        raise part.broken(f"is neither a class nor a function that makes something with `{method}`")
    counts = (0, takes) if method == "choose" else (takes,)
    if not any(_can_take(make, count) for count in counts):
        wanted = " or ".join(map(str, counts))
        raise part.broken(f"cannot be made: it is called with {wanted} arguments")
    return _Maker(part, make, method)


def _can_take(make: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(make).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True  # nothing is known of how it is called
    return True


def _check_method(part: _Part, found: Any, name: str) -> None:
    method = getattr(found, name, None)
    if not callable(method):
        raise part.broken(f"has no method `{name}`")
    # `choose` is awaited, `stream` is iterated: the one mixed up with the other fails at every message.
    if inspect.iscoroutinefunction(method) is not (name == "choose"):
        form = "async def choose" if name == "choose" else "async def stream, with `yield` in it"
        raise part.broken(f"has a method `{name}` of another kind: {form} is wanted")


def _refuse_same(named: Sequence[tuple[str, _Part]], shipped: Iterable[str]) -> None:
    """A name belongs to one part; a package cannot quietly take the place of another, or of ours."""
    owners = dict.fromkeys(shipped, _OURS)
    for name, part in named:
        if (owner := owners.get(name)) is not None:
            whose = _OURS if owner == _OURS else f"the package {owner!r}"
            raise part.broken(f"clashes with {whose}: both bring {name!r}")
        owners[name] = part.package


def _said(error: Exception) -> str:
    """The first line of an error, without the file it tells of."""
    said = _PLACE.sub("", str(error).partition("\n")[0]).strip().rstrip(".")
    return said if isinstance(error, ImportError) and said else f"{type(error).__name__} {said}".strip()
