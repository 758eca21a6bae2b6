"""A command line with fakes behind it, run in this process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeRouter, services
from vtai.chat import Chat
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta
from vtai.core.ports import Services, Stream
from vtai.core.routes import Decision, Route
from vtai.core.turn import Preferences, Turn
from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.keys import KeyRing
from vtai.settings import Loaded
from vtai.wiring import App


class Screen(io.TextIOWrapper):
    """A stream that may claim to be a terminal."""

    def __init__(self, is_terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="replace", newline="")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def text(self) -> str:
        self.flush()
        content = self.buffer
        assert isinstance(content, io.BytesIO)
        return content.getvalue().decode(self.encoding)


@dataclass
class FakeHandler:
    """Answers with the scripted events and remembers the turns."""

    name: str = "text"
    script: list[Event | VTError | Exception | type[KeyboardInterrupt]] = field(
        default_factory=lambda: [TextDelta("Hello"), TextDelta(" there.")]
    )
    turns: list[Turn] = field(default_factory=list)
    ended: int = 0

    @property
    def route(self) -> Route:
        return Route(self.name, self.name.title(), f"Answers {self.name}.")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        self.turns.append(turn)
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if step is KeyboardInterrupt:
                    os.kill(os.getpid(), signal.SIGINT)
                    await asyncio.sleep(60)
                yield step  # type: ignore[misc]
        finally:
            self.ended += 1


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs commands; `handlers`, `catalogue` and `served` are what they meet."""

    handlers: Sequence[FakeHandler] = field(default_factory=lambda: (FakeHandler(), FakeHandler("vision")))
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    served: list[tuple[str, int, App]] = field(default_factory=list)
    built: list[Loaded] = field(default_factory=list)
    closed: int = 0
    routers: Sequence[FakeRouter] = ()
    routing_fails: VTError | None = None
    uses_model_file: bool = False
    has_packaged_model: bool = True

    def __call__(
        self,
        *arguments: str,
        piped: str | None = None,
        is_terminal: bool = False,
        encoding: str = "utf-8",
    ) -> Outcome:
        out, err = Screen(is_terminal, encoding), Screen(is_terminal)
        with _input(piped) as stream:
            parts = Parts(self.build, self.serve, Terminal(out, err), stream)
            code = main(arguments, parts)
        return Outcome(code, out.text(), err.text())

    def build(self, loaded: Loaded) -> App:
        self.built.append(loaded)
        file = model_file.read(loaded.config_dir)
        keys = KeyRing.load(loaded.config_dir, os.environ, file.vendors)
        catalogue: Any = self.catalogue
        if self.uses_model_file:
            catalogue = TomlCatalogue(file, keys, lambda: self.has_packaged_model)
        bag = services(models=FakeModels(), catalogue=catalogue)
        chat = Chat(self.routers, self.handlers, bag)
        return App(
            loaded=loaded,
            keys=keys,
            catalogue=catalogue,
            services=bag,
            chat=chat,  # type: ignore[arg-type]
            metrics=None,  # type: ignore[arg-type]
            preferences=Preferences(),
            warm_ups={"routing": self._warm_up},
            closers=(self._close,),
        )

    def serve(self, app: App, host: str, port: int, say: Callable[[str], None]) -> None:
        say("http://127.0.0.1/")
        self.served.append((host, port, app))

    async def _warm_up(self) -> None:
        if self.routing_fails is not None:
            raise self.routing_fails

    async def _close(self) -> None:
        self.closed += 1


def _input(piped: str | None) -> TextIO:
    """A pipe with the text in it, or /dev/null."""
    if piped is None:
        return Path(os.devnull).open(encoding="utf-8")
    reading, writing = os.pipe()
    os.write(writing, piped.encode())
    os.close(writing)
    return os.fdopen(reading, encoding="utf-8")


@contextlib.contextmanager
def keyboard(typed: str) -> Iterator[TextIO]:
    """A terminal at which somebody typed a line."""
    person, terminal = os.openpty()
    try:
        with os.fdopen(terminal, encoding="utf-8") as stream:
            os.write(person, f"{typed}\n".encode())
            yield stream
    finally:
        os.close(person)


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Commands send the log to a file of their own; other tests get back what they had."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def config_file() -> Callable[[str], Path]:
    """Writes config.toml."""

    def write(text: str) -> Path:
        path = Path(os.environ["VT_CONFIG_DIR"]) / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write
