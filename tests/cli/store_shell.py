"""A command line over a real store with accounts in it, beside a server that has the same one open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO, TypeVar

from tests.cli.conftest import Outcome, Screen, Shell, _input
from tests.storage.desk import CHEAP
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.core.history import Page
from vtai.settings import Loaded
from vtai.storage.database import Database
from vtai.storage.keys import SqlKeys
from vtai.storage.logins import SqlLogins
from vtai.storage.passwords import Passwords
from vtai.storage.people import SqlPeople
from vtai.wiring import App

Result = TypeVar("Result")


@dataclass
class Histories:
    """Remembers whose conversations were deleted."""

    deleted: list[str] = field(default_factory=list)

    async def delete_all(self, person: str) -> int:
        self.deleted.append(person)
        return 3

    async def page(self, person: str, cursor: str | None = None, limit: int = 30) -> Page[Any]:
        return Page(())


@dataclass
class Storing:
    """The parts of the store that know people, opened by who asks first."""

    database: Database
    histories: Histories

    async def ready(self) -> Any:
        await self.database.open()
        return SimpleNamespace(
            histories=self.histories,
            people=SqlPeople(self.database, Passwords(CHEAP)),
            logins=SqlLogins(self.database, days=30, idle_days=14),
            keys=SqlKeys(self.database),
        )

    async def aclose(self) -> None:
        await self.database.aclose()


@dataclass
class StoreShell:
    """Runs commands; `server` works as another process that has the database open."""

    shell: Shell = field(default_factory=Shell)
    histories: Histories = field(default_factory=Histories)
    keeps: bool = True

    def __call__(self, *arguments: str, piped: str | None = None, typed: TextIO | None = None) -> Outcome:
        out, err = Screen(), Screen(is_terminal=typed is not None)
        with _input(piped) as stream:
            code = main(arguments, Parts(self.build, self.shell.serve, Terminal(out, err), typed or stream))
        return Outcome(code, out.text(), err.text())

    def build(self, loaded: Loaded) -> App:
        app = self.shell.build(loaded)
        if self.keeps:
            storing = Storing(Database(None, loaded.data_dir), self.histories)
            app.storing = storing  # type: ignore[assignment]
            app.closers = (*app.closers, storing.aclose)
        return app

    def server(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        async def run() -> Result:
            storing = Storing(Database(None, Path(os.environ["VT_DATA_DIR"])), self.histories)
            try:
                return await work(await storing.ready())
            finally:
                await storing.aclose()

        return asyncio.run(run())
