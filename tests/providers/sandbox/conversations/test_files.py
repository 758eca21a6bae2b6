"""Files of conversations: attached ones go in, made ones come out and come back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import (
    Clock,
    FakeEngine,
    attached,
    end_of,
    events_of,
    key,
    printed,
)
from vtai.core.code import CodeResult
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import MIB, SandboxOptions


async def test_after_a_crash_the_next_run_has_a_new_session_with_the_files_and_says_so(
    sandbox: Conversations, engine: FakeEngine, tmp_path: Path
) -> None:
    data = attached(tmp_path, "data.csv")
    await end_of(sandbox, "make plot.txt 3", files=(data,))
    crashed = await end_of(sandbox, "die")
    assert (crashed.status, crashed.state) == ("crashed", "reset")
    events = await events_of(sandbox, "files", files=(data,))
    assert printed(events) == "data.csv plot.txt"
    end = events[-1]
    assert isinstance(end, CodeResult)
    assert end.state == "reset"
    assert end.notes[0] == (
        "The interpreter was restarted: variables are gone; files restored: data.csv, plot.txt."
    )
    assert (await end_of(sandbox, "say 1")).state == "kept"
    assert len(engine.open_sessions) == 1


async def test_files_that_code_makes_come_out_with_names_and_kinds(sandbox: Conversations) -> None:
    end = await end_of(sandbox, "make out/a.csv 4\nmake a.csv 2\nmake fake.png 8")
    assert [(file.name, file.media_type, len(file.data)) for file in end.files] == [
        ("a.csv", "text/csv", 4),
        ("a (2).csv", "text/csv", 2),
        ("fake.png", "application/octet-stream", 8),
    ]


async def test_files_beyond_the_limits_stay_in_and_are_named(
    engine: FakeEngine, options: SandboxOptions
) -> None:
    small = replace(options, made_files=3, made_file_bytes=1 * MIB, kept_bytes=2 * MIB)
    sandbox = Conversations(engine, small)
    code = f"make a {MIB}\nmake big {2 * MIB}\nmake b {MIB}\nmake c 1\nmake d 1"
    end = await end_of(sandbox, code)
    assert [file.name for file in end.files] == ["a", "b"]
    assert end.notes == (
        "big is not offered for download: it is larger than 1 MB.",
        "2 more files were made; at most 3 are taken out.",
    )
    full = await end_of(sandbox, "make e 1")
    assert full.notes == (
        "e is not offered for download: this chat's files would be larger than 2 MB together.",
    )
    await sandbox.aclose()


async def test_an_attachment_is_put_in_once_and_again_when_it_changed(
    sandbox: Conversations, engine: FakeEngine, tmp_path: Path
) -> None:
    first, second = attached(tmp_path, "data.csv", b"1"), attached(tmp_path, "data.csv", b"22")
    await end_of(sandbox, "say 1", files=(first,))
    await end_of(sandbox, "say 2", files=(first,))
    assert engine.sessions[0].puts == ["data.csv"]
    await end_of(sandbox, "say 3", files=(second,))
    assert engine.sessions[0].files["data.csv"] == b"22"


async def test_a_new_upload_is_not_replaced_by_what_code_made_of_the_old_one(
    sandbox: Conversations, engine: FakeEngine, tmp_path: Path
) -> None:
    first, second = attached(tmp_path, "data.csv", b"1"), attached(tmp_path, "data.csv", b"22")
    await end_of(sandbox, "make data.csv 5", files=(first,))
    await end_of(sandbox, "die", files=(second,))
    await end_of(sandbox, "say 1", files=(second,))
    assert engine.sessions[-1].files["data.csv"] == b"22"


async def test_a_name_that_is_not_safe_is_changed_and_told(sandbox: Conversations, tmp_path: Path) -> None:
    end = await end_of(sandbox, "say 1", files=(attached(tmp_path, "../../a<b>.csv"),))
    assert end.notes == ("../../a<b>.csv is there as a_b_.csv.",)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        pytest.param("large", "large.csv is too large to work with: more than 1 MB.", id="too large"),
        pytest.param("gone", "gone.csv is not there any more.", id="gone"),
        pytest.param("refused", "refused.csv cannot be put where code runs: There is no room.", id="no room"),
    ],
)
async def test_a_file_that_cannot_be_put_in_stops_only_code_that_names_it(
    options: SandboxOptions, tmp_path: Path, file: str, said: str
) -> None:
    engine = FakeEngine(refuses=frozenset({"refused.csv"}))
    sandbox = Conversations(engine, replace(options, file_bytes=1 * MIB))
    files = {
        "large": attached(tmp_path, "large.csv", b"x" * (MIB + 1)),
        "gone": Attachment("gone.csv", "text/csv", tmp_path / "nothing", 1),
        "refused": attached(tmp_path, "refused.csv"),
    }
    end = await end_of(sandbox, "say 1", files=(files[file],))
    assert (end.status, end.notes) == ("ok", (said,))
    with pytest.raises(BadAttachment) as raised:
        await end_of(sandbox, f"say {file}.csv", files=(files[file],))
    assert raised.value.message == said
    assert (await end_of(sandbox, "say 1")).status == "ok"
    await sandbox.aclose()


async def test_idle_and_old_sessions_are_closed_and_their_files_come_back(
    sandbox: Conversations, engine: FakeEngine, clock: Clock
) -> None:
    await end_of(sandbox, "make a.txt 1")
    clock.now += 10 * 60
    await sandbox.close_idle()
    assert len(engine.open_sessions) == 1
    clock.now += 6 * 60
    await sandbox.close_idle()
    assert engine.open_sessions == []
    events = await events_of(sandbox, "files")
    assert printed(events) == "a.txt"
    for _ in range(13):
        clock.now += 10 * 60
        await end_of(sandbox, "say 1")
    await sandbox.close_idle()
    assert engine.open_sessions == []


async def test_an_engine_without_sessions_gives_its_memory_back_after_a_while(
    sandbox: Conversations, engine: FakeEngine, clock: Clock
) -> None:
    await end_of(sandbox, "say 1")
    clock.now += 11 * 60
    await sandbox.close_idle()
    assert engine.given_back == 0
    await sandbox.end(key())
    await sandbox.close_idle()
    assert engine.given_back == 1


async def test_files_that_are_old_are_forgotten(
    sandbox: Conversations, engine: FakeEngine, clock: Clock, options: SandboxOptions
) -> None:
    await end_of(sandbox, "make a.txt 1")
    clock.now += options.kept_age_s + 1
    await sandbox.close_idle()
    await sandbox.close_idle()
    events = await events_of(sandbox, "files")
    assert printed(events) == ""
    assert options.folder is not None
    assert not [path for path in options.folder.rglob("*") if path.is_file()]


async def test_ending_a_conversation_forgets_variables_and_files(
    sandbox: Conversations, engine: FakeEngine
) -> None:
    await end_of(sandbox, "make a.txt 1")
    await sandbox.end(key())
    assert engine.open_sessions == []
    events = await events_of(sandbox, "files")
    assert printed(events) == ""
    assert isinstance(events[-1], CodeResult)
    assert events[-1].state == "fresh"


async def test_closing_ends_everything_and_leaves_no_file(
    engine: FakeEngine, options: SandboxOptions
) -> None:
    sandbox = Conversations(engine, options)
    await end_of(sandbox, "make a.txt 1")
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert others
    await sandbox.aclose()
    assert engine.open_sessions == []
    assert engine.is_closed
    assert all(task.done() for task in others)
    assert options.folder is not None
    assert list(options.folder.iterdir()) == []
