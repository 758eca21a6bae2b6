"""`vtai backup` and `vtai restore`: what is typed, said and refused."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, keyboard
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.core.history import SaveStep, StoredStep
from vtai.storage.database import Database
from vtai.storage.files.blobs import blobs_at
from vtai.storage.files.shelf import StoredFiles
from vtai.storage.histories import SqlHistories

SAID = StoredStep("0b0f7a4a-58c3-4c0e-8f8e-2f4d5a1b9c22", "user_message", output="hello", at=1.0)


def data_dir() -> Path:
    return Path(os.environ["VT_DATA_DIR"])


def keep(conversation: str, *, with_file: bool = False) -> None:
    """What a server would."""

    async def work() -> None:
        database = Database(None, data_dir())
        await database.open()
        histories = SqlHistories(database)
        histories.record("local", conversation, SaveStep(SAID))
        await histories.flush()
        if with_file:
            files = StoredFiles(database, blobs_at(None, None, data_dir()), 1_000)
            await files.put("local", conversation, "a.txt", "text/plain", b"hello")
        await histories.aclose()
        await database.aclose()

    asyncio.run(work())


def kept() -> set[str]:
    async def work() -> set[str]:
        database = Database(None, data_dir())
        await database.open()
        found = await SqlHistories(database).page("local")
        await database.aclose()
        return {conversation.id for conversation in found.items}

    return asyncio.run(work())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vtai.tar.gz"


def test_a_backup_says_what_is_in_it_and_comes_back(shell: Shell, path: Path) -> None:
    keep("one", with_file=True)
    made = shell("backup", str(path))
    assert made.code == 0
    assert made.out.startswith("vtai.tar.gz: 1 conversation, 0 accounts, 1 file, ")
    assert "--with-config" in made.err
    keep("two")
    restored = shell("restore", str(path), "--yes")
    assert restored.code == 0
    assert "1 conversation," in restored.out
    assert "end again what was ended" in restored.err
    assert kept() == {"one"}


def test_the_configuration_comes_along_where_that_is_wanted(shell: Shell, path: Path) -> None:
    keep("one")
    config = Path(os.environ["VT_CONFIG_DIR"])
    config.mkdir()
    (config / ".env").write_text("OPENAI_API_KEY=secret\n")
    assert "as safe as" in shell("backup", str(path), "--with-config").err
    (config / ".env").unlink()
    assert "next start" in shell("restore", str(path), "--with-config", "--yes").err
    assert (config / ".env").read_text() == "OPENAI_API_KEY=secret\n"


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, {"one"}), ("n", 1, {"one", "two"})])
def test_a_restore_asks_first(shell: Shell, path: Path, answer: str, code: int, left: set[str]) -> None:
    keep("one")
    shell("backup", str(path))
    keep("two")
    with keyboard(answer) as typed:
        parts = Parts(shell.build, shell.serve, Terminal.standard(), typed)
        assert main(("restore", str(path)), parts) == code
    assert kept() == left


@pytest.mark.parametrize(
    ("command", "said", "hint"),
    [
        pytest.param(("backup",), "already", "another name", id="backup to a file that is there"),
        pytest.param(("restore",), "nobody can be asked", "--yes", id="restore without a terminal"),
        pytest.param(("restore", "--yes"), "no backup", "another one", id="restore of another file"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_lines(
    shell: Shell, path: Path, command: tuple[str, ...], said: str, hint: str
) -> None:
    keep("one")
    path.write_text("something else")
    outcome = shell(*command, str(path))
    assert outcome.code == 1
    message, next_ = outcome.err.strip().splitlines()
    assert said in message
    assert hint in next_
    assert path.read_text() == "something else"
    assert kept() == {"one"}


def test_a_folder_is_no_backup_and_no_place_for_one(shell: Shell, tmp_path: Path) -> None:
    keep("one")
    for arguments in (("backup", str(tmp_path)), ("restore", str(tmp_path), "--yes")):
        outcome = shell(*arguments)
        assert (outcome.code, len(outcome.err.strip().splitlines())) == (1, 2)
    outcome = shell("backup", str(tmp_path / "none" / "file"))
    assert (outcome.code, len(outcome.err.strip().splitlines())) == (1, 2)
