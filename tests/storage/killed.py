"""A small program that is killed: it keeps messages and files as fast as it can, and says what is kept.

It waits for lines: each one starts a process of its own that works until it is killed. That one writes a line
for whatever is acknowledged: once it is told here, it must never be lost.
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from pathlib import Path

from vtai.core.history import SaveElement, SaveExchange, SaveStep, StoredElement, StoredExchange, StoredStep
from vtai.storage import migrating
from vtai.storage.backup.making import Places, make
from vtai.storage.backup.restoring import restore
from vtai.storage.database import Database
from vtai.storage.files.local import LocalBlobs
from vtai.storage.files.shelf import StoredFiles
from vtai.storage.histories import SqlHistories

TALKS = 6
CONVERSATIONS = 3
PERSON = "ann"


def say(*words: str) -> None:
    """One line, all of it or nothing."""
    os.write(1, (" ".join(words) + "\n").encode())


class Server:
    """What a server does to its store, under load."""

    def __init__(self, data_dir: Path) -> None:
        self.database = Database(None, data_dir)
        self.histories = SqlHistories(self.database)
        self.blobs = LocalBlobs(data_dir / "files")
        self.files = StoredFiles(self.database, self.blobs, 10**12)
        self.places = Places(self.database, data_dir, data_dir / "config", data_dir / "files", ("notes.db",))

    async def work(self, backup: str) -> None:
        await self.database.open()
        say("open")
        talks = [self._talk(number) for number in range(TALKS)]
        await asyncio.gather(*talks, *([self._back_up(Path(backup))] if backup else []))

    async def _talk(self, number: int) -> None:
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{os.getpid()} {number % CONVERSATIONS}"))
        count = 0
        while True:
            count += 1
            message = StoredStep(str(uuid.uuid4()), "user_message", output=f"question {count}", at=1.0)
            self.histories.record(PERSON, name, SaveStep(message))
            if count % 3 == 0:
                await self._attach(name, message.id)
            await self.histories.flush(name)
            say("kept", message.id)
            answer = StoredStep(str(uuid.uuid4()), "assistant_message", parent_id=message.id, is_open=True)
            self.histories.record(PERSON, name, SaveStep(answer))
            await asyncio.sleep(0)
            whole = StoredStep(answer.id, answer.kind, parent_id=message.id, output="words " * 50)
            exchange = StoredExchange(message.id, message.output, 1.0, whole.output)
            self.histories.record(PERSON, name, SaveStep(whole), SaveExchange(exchange))
            await self.histories.flush(name)
            say("kept", answer.id)

    async def _attach(self, conversation: str, step: str) -> None:
        file = await self.files.put(PERSON, conversation, "a.bin", "", os.urandom(2_000))
        element = StoredElement(str(uuid.uuid4()), step, "file", file=file.key)
        self.histories.record(PERSON, conversation, SaveElement(element))
        say("file", file.key)

    async def _back_up(self, path: Path) -> None:
        say("begin", path.name)
        await make(self.places, path)
        say("made", path.name)

    async def restore(self, path: str) -> None:
        say("open")
        await restore(self.places, self.blobs, Path(path))
        say("restored")


def run(data_dir: Path, order: str, argument: str) -> None:
    server = Server(data_dir)
    asyncio.run(server.restore(argument) if order == "restore" else server.work(argument))


def main() -> None:
    """Loads everything once: each process starts with all of it, and before there are threads."""
    migrating.revisions()
    say("ready")
    for line in sys.stdin:
        order, _, argument = line.strip().partition(" ")
        if not (child := os.fork()):
            say("started", str(os.getpid()))
            try:
                run(Path(sys.argv[1]), order, argument)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
