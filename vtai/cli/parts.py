"""What the commands work with, handed to them so that tests can hand in others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from vtai.cli.terminal import Terminal

if TYPE_CHECKING:
    from vtai.settings import Loaded
    from vtai.wiring import App


Say = Callable[[str], None]


def _build(loaded: Loaded) -> App:
    from vtai.wiring import build

    return build(loaded)


def _serve(app: App, host: str, port: int, say: Say) -> None:
    from vtai.server.run import serve

    serve(app, host, port, say)


def _standard_input() -> TextIO:
    import sys

    return sys.stdin


@dataclass(frozen=True, slots=True)
class Parts:
    """`build` makes the application from its settings, `serve` runs the server until it is stopped
    and says where the page is."""

    build: Callable[[Loaded], App] = _build
    serve: Callable[[App, str, int, Say], None] = _serve
    terminal: Terminal = field(default_factory=Terminal.standard)
    input: TextIO = field(default_factory=_standard_input)
