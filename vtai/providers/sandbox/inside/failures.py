"""What an exception of people's code looks like to them: their own lines, in bounded space, whatever it does.

The exception is theirs: its text may be endless, raise, or hang. What raises is left out, what hangs is
interrupted from outside.
"""

from __future__ import annotations

import linecache
import os
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import TypeGuard

SHOWN_FILE = "<code>"
MAX_MESSAGE = 2_000
MAX_TRACEBACK_BYTES = 6_000

_FILE_PREFIX = "<code "
_MAX_LINKS = 5
_FIRST_FRAMES = 6
_LAST_FRAMES = 14
_MAX_LINE = 300
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception, ready to be shown."""

    type: str
    message: str
    traceback: str = ""


def file_name(number: int) -> str:
    """The name that code of the numbered run is compiled under: each run its own, so that lines are found."""
    return f"{_FILE_PREFIX}{number}>"


def describe(error: BaseException, workspace: str = "") -> Failure:
    """The exception in bounded space. Files under `workspace` count as the person's own code too."""
    links = _chain(error)
    blocks = [_block(link, joint, workspace) for link, joint in links]
    text = cut("".join(blocks), MAX_TRACEBACK_BYTES)
    return Failure(_type_name(error), _message(error), text)


def cut(text: str, max_bytes: int) -> str:
    """The text, or its beginning and end where its UTF-8 is longer."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= max_bytes:
        return raw.decode("utf-8")
    mark = "\n[...]\n"
    half = (max_bytes - len(mark)) // 2
    return raw[:half].decode("utf-8", "ignore") + mark + raw[-half:].decode("utf-8", "ignore")


def plain(text: str, length: int) -> str:
    """The beginning as a real `str`: what code hands out may be a subclass with methods of its own."""
    return str.__str__(str.__getitem__(text, slice(0, length)))


def ends(text: str, length: int) -> str:
    """The text, or its beginning and end where it is more than twice as long, as a real `str`."""
    if str.__len__(text) <= 2 * length:
        return plain(text, 2 * length)
    return plain(text, length) + str.__str__(str.__getitem__(text, slice(-length, None)))


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """The exception after those that led to it, each with the words that join it to the one before."""
    links: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(links) < _MAX_LINKS:
        seen.add(id(current))
        earlier, joint = _earlier(current)
        links.append((current, joint if earlier is not None else ""))
        current = earlier
    if current is not None and links:
        links[-1] = (links[-1][0], "[earlier exceptions are left out]\n")
    links.reverse()
    return links


def _earlier(error: BaseException) -> tuple[BaseException | None, str]:
    # Read from the base class: a subclass may answer for itself with anything.
    cause: BaseException | None = BaseException.__cause__.__get__(error)  # type: ignore[union-attr]
    if cause is not None:
        return cause, _CAUSED
    if BaseException.__suppress_context__.__get__(error):  # type: ignore[attr-defined]
        return None, ""
    return BaseException.__context__.__get__(error), _DURING  # type: ignore[union-attr]


def _block(error: BaseException, joint: str, workspace: str) -> str:
    lines = _frames(BaseException.__traceback__.__get__(error), workspace)  # type: ignore[union-attr]
    head = "Traceback (most recent call last):\n" if lines else ""
    return joint + head + "".join(lines) + _last_line(error)


def _frames(trace: TracebackType | None, workspace: str) -> list[str]:
    places: list[tuple[str, int, str]] = []
    left_out = 0
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_own(code.co_filename, workspace):
            places.append((code.co_filename, trace.tb_lineno, code.co_name))
            if len(places) > _FIRST_FRAMES + _LAST_FRAMES:
                del places[_FIRST_FRAMES]
                left_out += 1
        trace = trace.tb_next
    lines = [_frame_line(*place) for place in places]
    if left_out:
        lines.insert(_FIRST_FRAMES, f"  [{left_out} more calls are left out]\n")
    return lines


def _is_own(path: str, workspace: str) -> bool:
    return path.startswith(_FILE_PREFIX) or bool(workspace and path.startswith(workspace + os.sep))


def _frame_line(path: str, number: int, function: str) -> str:
    source = linecache.getline(path, number).strip()[:_MAX_LINE]
    shown = SHOWN_FILE if path.startswith(_FILE_PREFIX) else os.path.basename(path)  # noqa: PTH119 it is only text
    return f'  File "{shown}", line {number}, in {function}\n' + (f"    {source}\n" if source else "")


def _last_line(error: BaseException) -> str:
    if _is_plain_syntax(error):
        return _syntax(error)
    return _name_and_message(error) + "".join(f"  | {_name_and_message(part)}" for part in _parts(error))


def _name_and_message(error: BaseException) -> str:
    message = _message(error)
    return f"{_type_name(error)}: {message}\n" if message else f"{_type_name(error)}\n"


def _parts(error: BaseException) -> tuple[BaseException, ...]:
    if not issubclass(type(error), BaseExceptionGroup):
        return ()
    parts: tuple[BaseException, ...] = BaseExceptionGroup.exceptions.__get__(error)
    return parts[:_MAX_LINKS]


def _is_plain_syntax(error: BaseException) -> TypeGuard[SyntaxError]:
    # By its real type: `isinstance` would ask the object itself for its class.
    return type(error) in {SyntaxError, IndentationError, TabError}


def _syntax(error: SyntaxError) -> str:
    shown = "".join(traceback.TracebackException(type(error), error, None).format_exception_only())
    name = error.filename
    return shown.replace(name, SHOWN_FILE) if name and name.startswith(_FILE_PREFIX) else shown


def _type_name(error: BaseException) -> str:
    try:
        return plain(type.__dict__["__name__"].__get__(type(error)), 200)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 it is the code's own class, which may do anything
        return "Exception"


def _message(error: BaseException) -> str:
    if _is_plain_syntax(error):
        return plain(str(error.msg), MAX_MESSAGE)
    try:
        text = str(error)
        return plain(text, MAX_MESSAGE) + ("[...]" if str.__len__(text) > MAX_MESSAGE else "")
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 it is the code's own method, which may do anything
        return "[its text could not be made]"
