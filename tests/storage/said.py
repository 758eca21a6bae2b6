"""Conversations for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from vtai.core.errors import StorageUnavailable
from vtai.core.history import Record, SaveStep, StoredStep
from vtai.storage.database import Database, Result, Work
from vtai.storage.histories import SqlHistories
from vtai.storage.recording import Recorder

ANN, BEN = "ann", "ben"


def user(name: str, text: str, **more: Any) -> SaveStep:
    return SaveStep(StoredStep(name, "user_message", output=text, **more))


def assistant(name: str, text: str, **more: Any) -> SaveStep:
    return SaveStep(StoredStep(name, "assistant_message", output=text, **more))


def texts(record: Record | None) -> list[str]:
    """What was said, in its order."""
    assert record is not None
    return [step.output for step in record.steps]


class Faulty(Database):
    """A database that refuses to write while it is told to, and counts the tries."""

    def refuse(self, times: int) -> None:
        self.left = times

    async def write(self, work: Work[Result]) -> Result:
        self.tries = getattr(self, "tries", 0) + 1
        if getattr(self, "left", 0) > 0:
            self.left -= 1
            await asyncio.sleep(0)
            raise StorageUnavailable("The store is busy just now.", "Try again.")
        return await super().write(work)


def histories_on(database: Database, **more: Any) -> SqlHistories:
    """Without long waits after a failure."""
    return SqlHistories(database, recorder=Recorder(database, first_wait_s=0.001, **more))
