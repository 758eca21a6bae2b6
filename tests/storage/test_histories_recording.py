"""The queue behind conversations: nothing is lost where the database cannot be written for a while."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.storage.desk import Clock
from tests.storage.said import ANN, BEN, Faulty, assistant, histories_on, texts, user
from vtai.core.errors import StorageUnavailable
from vtai.core.history import SaveExchange, StoredExchange, StoredStep
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories

_ACKNOWLEDGES = """
import asyncio, sys
from pathlib import Path
from pydantic import SecretStr
from tests.storage.desk import Clock
from tests.storage.said import ANN, assistant, user
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories

async def main(url, folder):
    database = Database(SecretStr(url) if url else None, Path(folder))
    await database.open()
    histories = SqlHistories(database)
    for number in range(100_000):
        histories.record(ANN, f"c{number % 3}", user(f"u{number}", f"message {number}"))
        histories.record(ANN, f"c{number % 3}", assistant(f"a{number}", "half", is_open=True))
        await histories.flush(f"c{number % 3}")
        print(number, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def faulty(tmp_path: Path) -> AsyncIterator[Faulty]:
    database = Faulty(None, tmp_path / "data")
    await database.open()
    yield database
    await database.aclose()


async def test_what_could_not_be_written_is_written_later(
    faulty: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    histories = histories_on(faulty)
    faulty.refuse(10)
    histories.record(ANN, "c", user("1", "secret words"))
    histories.record(BEN, "d", user("1", "hi"))
    with caplog.at_level(logging.DEBUG), pytest.raises(StorageUnavailable) as told:
        await histories.flush()
    assert told.value.hint
    assert "secret words" not in caplog.text
    assert texts(await histories.open(ANN, "c")) == ["secret words"]
    histories.record(ANN, "c", assistant("2", "more"))
    while faulty.left:
        await asyncio.sleep(0.001)
    await histories.flush()
    for each in (histories, SqlHistories(faulty)):
        assert texts(await each.open(ANN, "c")) == ["secret words", "more"]
        assert texts(await each.open(BEN, "d")) == ["hi"]


async def test_one_conversation_that_cannot_be_written_does_not_stop_the_others(faulty: Faulty) -> None:
    histories = histories_on(faulty)
    await faulty.write(lambda connection: connection.exec_driver_sql("DROP TABLE exchanges"))
    histories.record(ANN, "broken", user("1", "hi"), SaveExchange(StoredExchange("1", "hi", 0.0)))
    for number in range(5):
        histories.record(ANN, f"c{number}", user("1", "hi"))
    for number in range(5):
        await histories.flush(f"c{number}")
    with pytest.raises(StorageUnavailable):
        await histories.flush("broken")
    histories.record(ANN, "later", user("1", "hi"))
    await histories.flush("later")
    listed = {kept.id for kept in (await SqlHistories(faulty).page(ANN)).items}
    assert listed == {"c0", "c1", "c2", "c3", "c4", "later"}
    await histories.aclose()


async def test_a_stream_of_pieces_is_written_a_few_times(faulty: Faulty) -> None:
    histories = SqlHistories(faulty)
    for number in range(2000):
        histories.record(ANN, "c", assistant("1", "word " * number, is_open=True))
        if number % 100 == 0:
            await asyncio.sleep(0)
    await histories.flush()
    assert faulty.tries < 200


async def test_conversations_are_written_together(faulty: Faulty) -> None:
    histories = SqlHistories(faulty)
    for number in range(100):
        histories.record(ANN, f"c{number}", user("1", "hi"))
    await histories.flush()
    assert faulty.tries < 20


async def test_too_much_that_waits_is_refused_and_told(faulty: Faulty) -> None:
    histories = histories_on(faulty, most_pending=10_000)
    faulty.refuse(1_000_000)
    histories.record(ANN, "c", user("1", "x" * 20_000))
    with pytest.raises(StorageUnavailable):
        histories.record(ANN, "c", user("2", "hi"))
    faulty.refuse(0)
    while (await SqlHistories(faulty).find(ANN, "c")) is None:
        await asyncio.sleep(0.001)
    await histories.flush()
    histories.record(ANN, "c", user("2", "hi"))
    await histories.flush()
    assert len(texts(await histories.open(ANN, "c"))) == 2


async def test_closing_writes_what_waits(faulty: Faulty) -> None:
    histories = SqlHistories(faulty)
    histories.record(ANN, "c", user("1", "hi"))
    await histories.aclose()
    assert texts(await SqlHistories(faulty).open(ANN, "c")) == ["hi"]


async def test_what_is_read_in_the_middle_of_writing_is_in_order(database: Database) -> None:
    histories = SqlHistories(database)
    said: list[str] = []
    for number in range(60):
        said.append(f"message {number}")
        histories.record(ANN, "c", user(str(number), said[-1]))
        if number % 3 == 0:
            opened, _ = await asyncio.gather(histories.open(ANN, "c"), histories.flush("c"))
            assert texts(opened) == said


async def test_a_crash_leaves_steps_open_until_they_are_marked_as_cut(database: Database) -> None:
    clock = Clock()
    before = SqlHistories(database, clock)
    before.record(ANN, "old", user("1", "hi"), assistant("2", "half an ans", is_open=True, extra={"a": 1}))
    await before.flush()
    clock.turn(1000)
    before.record(ANN, "new", assistant("1", "still writing", is_open=True))
    await before.flush()
    after = SqlHistories(database, clock)
    opened = await after.open(ANN, "old")
    assert opened is not None
    assert [step.is_open for step in opened.steps] == [False, True]
    assert await after.close_open() == 1
    opened = await after.open(ANN, "old")
    assert opened is not None
    assert opened.steps[1] == StoredStep(
        "2", "assistant_message", output="half an ans", extra={"a": 1, "cut": True}
    )
    assert [hit.step_id for hit in (await after.search(ANN, "half")).items] == ["2"]
    assert await after.close_open() == 0
    assert await after.close_open(older_than_s=0) == 1
    # It was alive after all.
    before.record(ANN, "new", assistant("1", "whole"))
    await before.flush()
    opened = await after.open(ANN, "new")
    assert opened is not None
    assert opened.steps == (StoredStep("1", "assistant_message", output="whole"),)


@pytest.mark.slow
async def test_what_was_acknowledged_survives_a_kill(database_url: SecretStr | None, tmp_path: Path) -> None:
    url = database_url.get_secret_value() if database_url else ""
    folder = tmp_path / "data"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", _ACKNOWLEDGES, url, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        for last in process.stdout:
            if int(last) >= 40:
                break
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = [int(last), *map(int, process.stdout)][-1]
        process.stdout.close()
        process.wait()
        database = Database(database_url, folder)
        await database.open()
        histories = SqlHistories(database)
        kept = {text for number in range(3) for text in texts(await histories.open(ANN, f"c{number}"))}
        assert {f"message {number}" for number in range(acknowledged + 1)} <= kept
        assert (await histories.search(ANN, f"message {acknowledged}")).items
        await database.aclose()
