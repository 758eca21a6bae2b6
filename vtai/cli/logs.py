"""The log of commands that run in a terminal: a file in the data folder, so that the terminal stays clean."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from vtai.providers.redaction import redacted

logger = logging.getLogger(__name__)

# These log every request that goes out, and every step of starting and stopping.
_CHATTY = ("httpx", "httpcore", "LiteLLM", "uvicorn.error")
_MAX_BYTES = 1_000_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Redacting(logging.Formatter):
    """Keys that an error's text holds do not get into the file."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def path() -> Path:
    """Where commands log."""
    from vtai.settings import data_dir

    return data_dir() / "vtai.log"


def to_stderr(level: str) -> None:
    """Sends every logger's lines to standard error, where a server's log is looked for."""
    _use(logging.StreamHandler(), level)


def to_file(level: str = "INFO") -> bool:
    """Sends every logger's lines to the file, keeping its predecessor. False where it cannot."""
    from logging.handlers import RotatingFileHandler

    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path(), maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
        path().touch(mode=0o600)
    except OSError:
        _use(logging.NullHandler(), level)
        return False
    _use(handler, level)
    return True


def record(error: Exception) -> str:
    """Logs an unexpected error and returns the sentence that says where, with its reference."""
    reference = secrets.token_hex(4)
    if not to_file():
        return f"Report it with the reference {reference} and the name {type(error).__name__}."
    logger.error("command failed unexpectedly [%s]", reference, exc_info=error)
    return f"Look for the reference {reference} in {path()} and report it."


def _use(handler: logging.Handler, level: str) -> None:
    handler.setFormatter(_Redacting(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
