"""The server is killed at random moments under load: nothing acknowledged is lost, the database is sound."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.storage import killed
from vtai.storage.backup.making import make
from vtai.storage.backup.restoring import restore

pytestmark = pytest.mark.slow

KILLS = 100
RESTORE_KILLS = 20
_ROOT = Path(__file__).parents[2]


@dataclass
class Nursery:
    """The program, and what its processes told so far."""

    program: subprocess.Popen[str]
    kept: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    # What was kept when each backup began.
    before: dict[str, set[str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)

    def start(self, order: str) -> int:
        assert self.program.stdin is not None
        self.program.stdin.write(order + "\n")
        self.program.stdin.flush()
        return int(self.until("started"))

    def until(self, word: str) -> str:
        """Listens until this word is told; gives what comes with it."""
        assert self.program.stdout is not None
        for line in self.program.stdout:
            told, _, what = line.strip().partition(" ")
            self._hear(told, what)
            if told == word:
                return what
        raise AssertionError(f"the program ended without {word!r}")

    def _hear(self, told: str, what: str) -> None:
        match told:
            case "kept":
                self.kept.add(what)
            case "file":
                self.files.add(what)
            case "begin":
                self.before[what] = set(self.kept)
            case "made":
                self.whole.add(what)

    def kill_later(self, child: int, seconds: float) -> None:
        """Ends the process, and hears all that it told."""
        killing = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
        killing.start()
        self.until("gone")
        killing.cancel()
        killing.join()


@contextmanager
def nursery(data_dir: Path) -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.storage.killed", str(data_dir)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            running = Nursery(program)
            running.until("ready")
            yield running
        finally:
            assert program.stdin is not None
            program.stdin.close()
            program.wait()


@pytest.fixture
def chance() -> random.Random:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # shown where the test fails
    return random.Random(seed)


def check(file: Path) -> set[str]:
    """The ids of all messages in a database that is sound."""
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO sayings_index(sayings_index) VALUES ('integrity-check')")
        return {row[0] for row in connection.execute("SELECT id FROM steps")}


async def restored(data_dir: Path, backup: Path, folder: Path) -> set[str]:
    """The ids of all messages that a backup brings back into an empty place."""
    server = killed.Server(folder)
    await restore(server.places, server.blobs, backup)
    await server.database.aclose()
    return check(folder / "vtai.db")


async def test_nothing_that_was_acknowledged_is_ever_lost(tmp_path: Path, chance: random.Random) -> None:
    data_dir = tmp_path / "data"
    outside, whole, began = killed.Server(data_dir), 0, time.monotonic()
    with nursery(data_dir) as running:
        for kill in range(KILLS):
            name = f"backup{kill}" if kill % 2 else ""
            # By the server itself, or by another process as the command does it.
            is_own = kill % 4 == 1
            child = running.start(f"work {tmp_path / name if is_own else ''}")
            running.until("kept" if kill % 3 else "open")
            killing = asyncio.to_thread(running.kill_later, child, chance.uniform(0.0, 0.4))
            if name and not is_own:
                running.before[name] = set(running.kept)
                await asyncio.gather(make(outside.places, tmp_path / name), killing)
            else:
                await killing
            assert running.kept <= check(data_dir / "vtai.db"), f"lost by kill {kill}"
            assert all((data_dir / "files" / key[:2] / key[2:]).is_file() for key in running.files)
            if (backup := tmp_path / name).is_file():
                found = await restored(data_dir, backup, tmp_path / f"of-{name}")
                assert running.before[name] <= found, f"not in {name}"
                backup.unlink()
                whole += 1
                running.whole.discard(name)
            assert running.whole == set(), "said to be made, and not there"
    print(
        f"{KILLS} kills in {time.monotonic() - began:.0f} s: {len(running.kept)} messages and"
        f" {len(running.files)} files acknowledged, {len(running.before)} backups begun, {whole} whole"
    )
    assert whole >= KILLS // 4
    assert len(running.kept) >= KILLS // 2
    await outside.database.aclose()


async def test_a_restore_that_is_killed_has_happened_or_not(tmp_path: Path, chance: random.Random) -> None:
    data_dir, backup = tmp_path / "data", tmp_path / "backup"
    with nursery(data_dir) as running:
        child = running.start(f"work {backup}")
        running.until("made")
        running.kill_later(child, 0.2)
        old = await restored(data_dir, backup, tmp_path / "first")
        outcomes = set()
        for kill in range(RESTORE_KILLS):
            child = running.start("work ")
            running.until("kept")
            running.kill_later(child, 0.05)
            now = check(data_dir / "vtai.db")
            child = running.start(f"restore {backup}")
            running.until("open")
            running.kill_later(child, chance.uniform(0.0, 0.4))
            found = check(data_dir / "vtai.db")
            assert found in (old, now), f"half done by kill {kill}"
            outcomes.add(found == old)
        print("happened, or not:", outcomes)
