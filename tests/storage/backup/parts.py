"""An installation to take backups of, and another one to bring them to."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select  # noqa: TID253 - a test of the store: it is loaded anyway

from vtai.core.history import SaveElement, SaveStep, StoredElement, StoredStep
from vtai.core.spending import Spent
from vtai.storage.backup.making import Places, make
from vtai.storage.backup.restoring import Restored, restore
from vtai.storage.database import Database
from vtai.storage.files.local import LocalBlobs
from vtai.storage.files.shelf import StoredFiles
from vtai.storage.histories import SqlHistories
from vtai.storage.ledger import SqlLedger
from vtai.storage.tables import metadata


@dataclass
class Place:
    """One installation: a data folder, a configuration, a database that is open."""

    folder: Path
    database: Database

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.config = self.folder / "config"
        self.blobs = LocalBlobs(self.data / "files")
        self.files = StoredFiles(self.database, self.blobs, 1_000_000)
        self.histories = SqlHistories(self.database)
        self.ledger = SqlLedger(self.database)
        self.places = Places(
            self.database, self.data, self.config, self.data / "files", ("notes.db", "corrections.db"), "1.2"
        )

    async def say(self, text: str, conversation: str = "c", file: str | None = None) -> None:
        step = StoredStep(str(uuid.uuid4()), "user_message", output=text, at=1.0)
        self.histories.record("ann", conversation, SaveStep(step))
        if file is not None:
            self.histories.record(
                "ann", conversation, SaveElement(StoredElement("e", step.id, "file", file=file))
            )
        await self.histories.flush()

    async def said(self, conversation: str = "c") -> list[str]:
        record = await self.histories.open("ann", conversation)
        return [step.output for step in record.steps] if record else []

    async def found(self, words: str) -> int:
        return len((await self.histories.search("ann", words)).items)

    async def make(self, name: str = "backup", *, with_config: bool = False) -> Path:
        path = self.folder / name
        await make(self.places, path, with_config=with_config)
        return path

    async def restore(self, path: Path, *, with_config: bool = False) -> Restored:
        return await restore(self.places, self.blobs, path, with_config=with_config)

    async def rows(self) -> dict[str, list[tuple[object, ...]]]:
        return await self.database.read(
            lambda connection: {
                table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
                for table in metadata.sorted_tables
            }
        )


def note(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text)")
        connection.execute("INSERT INTO notes VALUES (?)", (text,))


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes")]


async def fill(place: Place) -> str:
    """Something of everything; the key of a file."""
    stored = await place.files.put("ann", "c", "a.txt", "text/plain", b"hello")
    await place.say("tab\tand \\ and line\nand 猫", file=stored.key)
    await place.say("second")
    assert await place.histories.share("ann", "c")
    place.ledger.record(Spent(5.0, "ann", cost_usd=0.1))
    await place.ledger.flush()
    note(place.data / "notes.db", "remember")
    place.config.mkdir(exist_ok=True)
    (place.config / ".env").write_text("OPENAI_API_KEY=secret\n")
    (place.config / "config.toml").write_text("port = 8001\n")
    return stored.key
