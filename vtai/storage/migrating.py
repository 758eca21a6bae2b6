"""Bringing the tables up to date at start, with Alembic. Several processes may do it at once.

Alembic takes a tenth of a second to load, so where nothing is to be done it is left out.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

_SCRIPTS = Path(__file__).parent / "migrations"
_KEPT_IN = "alembic_version"
# Any number that nobody else locks.
_LOCK = 7_208_143


def upgrade(engine: Engine) -> None:
    """Runs what has not been run yet, in one transaction. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        connection.info["is_writing"] = False
        with connection.begin():
            is_current = standing(connection) == revisions()[-1]
    if is_current:
        return
    with engine.connect() as connection:
        connection.info["is_writing"] = True
        with connection.begin():
            run(connection)


def run(connection: Connection, revision: str = "head") -> None:
    """The same up to a revision, within a transaction of the caller's. Raises SQLAlchemyError."""
    # It tells of its own parts as soon as it is loaded, which nobody could use.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revisions() -> tuple[str, ...]:
    """All that there are, the newest last: each file is called by its own."""
    return tuple(sorted(path.name[1:5] for path in (_SCRIPTS / "versions").glob("v*.py")))


def standing(connection: Connection) -> str | None:
    """The revision that the tables have, None without any."""
    if not inspect(connection).has_table(_KEPT_IN):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {_KEPT_IN}"))  # noqa: S608 - a constant
    return None if found is None else str(found)
