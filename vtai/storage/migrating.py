"""Bringing the tables up to date at start, with Alembic. Several processes may do it at once."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number that nobody else locks.
_LOCK = 7_208_143


def upgrade(engine: Engine) -> None:
    """Runs what has not been run yet, in one transaction. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        connection.info["is_writing"] = True
        with connection.begin():
            run(connection)


def run(connection: Connection, revision: str = "head") -> None:
    """The same up to a revision, within a transaction of the caller's. Raises SQLAlchemyError."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    # Eight lines of its own at each start say nothing that anybody could use.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revisions() -> frozenset[str]:
    """All that can be brought up to date."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def standing(connection: Connection) -> tuple[str | None, str | None]:
    """The revision that the tables have, None without any, and the newest that there is."""
    current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
