"""What is typed in: a password that is not shown, and a yes before something is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from pydantic import SecretStr

from vtai.core.errors import BadAccount, NotConfigured

if TYPE_CHECKING:
    from vtai.cli.parts import Parts

_MOST_CHARACTERS = 4_096


def password(parts: Parts, *, is_piped: bool) -> SecretStr:
    """Typed twice on a terminal, or the first line of what is piped in. Raises BadAccount, NotConfigured."""
    if is_piped:
        return SecretStr(_without_end(parts.input.readline(_MOST_CHARACTERS)))
    if not parts.input.isatty():
        raise NotConfigured(
            "The password is asked for on a terminal, and there is none.",
            "Give --password-stdin and pipe it in.",
        )
    first, second = _hidden(parts, "Password: "), _hidden(parts, "The same again: ")
    if first != second:
        raise BadAccount("The two were not the same.", "Try again.")
    return SecretStr(first)


def confirm(parts: Parts, question: str) -> bool:
    """Whether the person in the terminal says yes. Raises NotConfigured where nobody can be asked."""
    if not parts.input.isatty():
        raise NotConfigured("This asks first, and nobody can be asked here.", "Give --yes.")
    parts.terminal.aside(f"{question} y: yes, anything else: no ", end="")
    return parts.input.readline(_MOST_CHARACTERS).strip().lower() in {"y", "yes"}


def _hidden(parts: Parts, prompt: str) -> str:
    parts.terminal.aside(prompt, end="")
    with _without_echo(parts.input):
        typed = parts.input.readline(_MOST_CHARACTERS)
    parts.terminal.aside("")
    return _without_end(typed)


@contextlib.contextmanager
def _without_echo(stream: TextIO) -> Iterator[None]:
    """The terminal does not show what is typed, and does so again however this ends."""
    try:
        import termios
    except ImportError:
        # Windows: its console has no such switch for a stream. What is typed is seen.
        yield
        return
    before = termios.tcgetattr(stream.fileno())
    silent = [*before]
    silent[3] = int(before[3]) & ~termios.ECHO
    termios.tcsetattr(stream.fileno(), termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(stream.fileno(), termios.TCSADRAIN, before)


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")
