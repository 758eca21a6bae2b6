"""What is shown of a chat becomes changes to its record: in order, no more than needed, with its files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from vtai.core.errors import QuotaReached, StorageUnavailable, VTError
from vtai.core.history import (
    Change,
    DropElement,
    DropExchange,
    DropStep,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredFile,
)
from vtai.core.messages import Attachment
from vtai.core.ports import Files, Histories
from vtai.core.titles import title
from vtai.core.turn import Preferences, Turn
from vtai.ui import written
from vtai.ui.paper import Paper, Step, new_id, now
from vtai.ui.recording import Keeper
from vtai.ui.session import Exchange
from vtai.ui.shelf import Shelf

CHAT = "00000000-0000-4000-8000-000000000001"


@dataclass
class FakeHistories:
    """Remembers what was recorded."""

    changes: list[Change] = field(default_factory=list)
    failure: VTError | None = None

    def record(self, person: str, conversation: str, *changes: Change) -> None:
        assert (person, conversation) == ("ada", CHAT)
        self.changes += changes

    async def flush(self, conversation: str | None = None) -> None:
        if self.failure is not None:
            raise self.failure

    def of(self, kind: type[Change]) -> list[Any]:
        return [change for change in self.changes if isinstance(change, kind)]


@dataclass
class FakeFiles:
    """Keeps names; `failure` is raised instead."""

    kept: list[str] = field(default_factory=list)
    failure: VTError | None = None

    async def put(
        self, person: str, conversation: str, name: str, media_type: str, source: Path
    ) -> StoredFile:
        if self.failure is not None:
            raise self.failure
        self.kept.append(name)
        return StoredFile(f"stored-{name}", person, conversation, name, media_type, 1, 0.0)


@dataclass
class Desk:
    """A keeper with a canvas that shows to it alone."""

    folder: Path
    histories: FakeHistories = field(default_factory=FakeHistories)
    files: FakeFiles = field(default_factory=FakeFiles)
    thread_id: str = CHAT

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.folder, "ada", CHAT, self._open_files)
        self.keeper = Keeper("ada", CHAT, self.shelf, self._open)
        self.paper = Paper(self)

    async def emit(self, event: str, data: Any) -> None:
        self.keeper.see(event, data)

    async def keep(self, name: str, media_type: str, data: bytes) -> Any:
        return await self.shelf.put(name, media_type, data)

    async def forget(self, key: str) -> None:
        await self.shelf.remove(key)

    async def ask(self, text: str = "hello") -> Step:
        """A message, and the run that answers it."""
        said, run = Step("user_message", "User", output=text), Step("run", "on_message")
        self.keeper.begin(text)
        await self.paper.show(said)
        run.parent_id = said.id
        await self.paper.show(run)
        return run

    async def _open(self) -> Histories:
        return cast("Histories", self.histories)

    async def _open_files(self) -> Files:
        return cast("Files", self.files)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "chat")


async def test_the_first_message_names_the_chat_and_comes_before_its_answer(desk: Desk) -> None:
    await desk.ask("tell me of herons")
    await desk.keeper.flush()
    rename, said, run = desk.histories.changes
    assert rename == Rename("tell me of herons", is_suggested=True)
    assert isinstance(said, SaveStep)
    assert isinstance(run, SaveStep)
    assert (said.step.kind, said.step.is_open) == ("user_message", False)
    assert (run.step.kind, run.step.is_open, run.step.parent_id) == ("run", True, said.step.id)


async def test_many_pieces_of_a_stream_are_written_as_one_state(desk: Desk) -> None:
    run = await desk.ask()
    bubble = Step("assistant_message", "VT.ai", run.id)
    await desk.paper.show(bubble)
    for number in range(100):
        await desk.paper.stream(bubble, f"{number} ")
    await desk.keeper.flush()
    states = [change.step for change in desk.histories.of(SaveStep) if change.step.id == bubble.id]
    assert [(state.output[:6], state.output[-3:], state.is_open) for state in states] == [
        ("0 1 2 ", "99 ", True)
    ]


async def test_an_ended_step_is_closed(desk: Desk) -> None:
    run = await desk.ask()
    run.end = now()
    await desk.paper.show(run)
    await desk.keeper.flush()
    assert [change.step.is_open for change in desk.histories.of(SaveStep) if change.step.kind == "run"] == [
        True,
        False,
    ]


async def test_lines_that_come_and_go_by_themselves_are_not_kept(desk: Desk) -> None:
    line = Step("undefined", "Listening")
    await desk.paper.show(line)
    await desk.emit("delete_message", {"id": line.id})
    await desk.keeper.flush()
    assert desk.histories.changes == []


async def test_what_is_taken_away_is_dropped_with_what_is_below_it(desk: Desk) -> None:
    run = await desk.ask()
    bubble = Step("assistant_message", "VT.ai", run.id)
    await desk.paper.show(bubble)
    await desk.emit("delete_message", {"id": run.id})
    await desk.paper.stream(bubble, "too late")
    await desk.keeper.flush()
    assert desk.histories.changes[-1] == DropStep(run.id)


async def test_a_file_is_written_down_with_its_element_once_it_is_stored(desk: Desk) -> None:
    run = await desk.ask()
    await desk.paper.place_file(run, "file", "a.csv", "text/csv", b"a,b")
    await desk.keeper.settled()
    states = [change.element.file for change in desk.histories.of(SaveElement)]
    assert states[-1] == "stored-a.csv"
    assert desk.files.kept == ["a.csv"]


async def test_files_inside_an_element_are_parts_of_it(desk: Desk) -> None:
    run = await desk.ask()
    kept = await desk.keep("picture.png", "image/png", b"png")
    props = {"state": "done", "pictures": [{"key": kept.key}]}
    await desk.paper.place_custom(run, "Pictures", props, new_id())
    await desk.keeper.settled()
    (part,) = [c.element for c in desk.histories.of(SaveElement) if c.element.kind == written.PART]
    assert (part.file, part.extra["key"], part.step_id) == ("stored-picture.png", kept.key, run.id)


async def test_previews_are_not_stored_while_their_picture_is_being_made(desk: Desk) -> None:
    run, key = await desk.ask(), new_id()
    preview = await desk.keep("preview", "image/png", b"half")
    props = {"state": "working", "pictures": [{"key": preview.key}]}
    await desk.paper.place_custom(run, "Pictures", props, key)
    await desk.keeper.settled()
    assert desk.files.kept == []
    await desk.paper.place_custom(run, "Pictures", props | {"state": "stopped"}, key)
    await desk.keeper.settled()
    assert desk.files.kept == ["preview"]


async def test_a_spoken_reply_is_kept_whole_and_not_in_sentences(desk: Desk) -> None:
    run = await desk.ask()
    sentence = await desk.keep("sentence", "audio/wav", b"one")
    whole = await desk.keep("speech.wav", "audio/wav", b"one two")
    props = {"state": "done", "first": 0, "pieces": [{"key": sentence.key}], "files": [{"key": whole.key}]}
    await desk.paper.place_custom(run, "Speech", props, "speech-abc")
    await desk.keeper.settled()
    assert desk.files.kept == ["speech.wav"]
    (element,) = [c.element for c in desk.histories.of(SaveElement) if c.element.name == "Speech"]
    assert element.extra["props"]["pieces"] == []
    assert (element.extra["page_id"], element.id != "speech-abc") == ("speech-abc", True)


async def test_an_element_that_goes_is_dropped_under_the_id_that_it_was_kept_with(desk: Desk) -> None:
    run = await desk.ask()
    await desk.paper.place_custom(run, "Speech", {"state": "making"}, "speech-abc")
    await desk.keeper.flush()
    await desk.paper.take_out("speech-abc")
    await desk.keeper.flush()
    (element,) = desk.histories.of(SaveElement)
    assert desk.histories.changes[-1] == DropElement(element.element.id)


async def test_an_exchange_is_kept_at_once_and_again_with_its_files(desk: Desk, tmp_path: Path) -> None:
    key = new_id()
    (tmp_path / "a.txt").write_text("text")
    sent = {key: {"id": key, "path": tmp_path / "a.txt", "name": "a.txt", "type": "text/plain", "size": 4}}
    await desk.shelf.adopt(sent, [key])
    file = Attachment("a.txt", "text/plain", sent[key]["path"], 4)
    desk.keeper.save(Exchange(new_id(), Turn("read", (file,))), Preferences(), is_hands_free=False)
    await desk.keeper.settled()
    assert [change.exchange.attachments for change in desk.histories.of(SaveExchange)] == [
        (),
        ("stored-a.txt",),
    ]


async def test_what_is_changed_is_dropped_from_what_can_be_referred_to(desk: Desk) -> None:
    first = new_id()
    desk.keeper.forget([first])
    await desk.keeper.flush()
    assert desk.histories.changes == [DropExchange(first)]


async def test_without_room_the_chat_goes_on_and_says_so_once(desk: Desk) -> None:
    told: list[VTError] = []
    desk.shelf.tell = told.append
    desk.files.failure = QuotaReached("You keep too much.", "Delete something.")
    run = await desk.ask()
    for name in ("a.csv", "b.csv"):
        await desk.paper.place_file(run, "file", name, "text/csv", b"a,b")
    await desk.keeper.settled()
    assert [error.message for error in told] == ["You keep too much."]
    assert [change.element.file for change in desk.histories.of(SaveElement)] == [None, None]


async def test_a_store_that_cannot_be_read_just_now_gets_everything_later(desk: Desk) -> None:
    failures = [StorageUnavailable("No store.", "Wait.")]
    opened = desk._open

    async def open_late() -> Histories:
        if failures:
            raise failures.pop()
        return await opened()

    desk.keeper = Keeper("ada", CHAT, desk.shelf, open_late)
    await desk.ask()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert desk.histories.changes == []
    await desk.keeper.flush()
    assert [type(change) for change in desk.histories.changes] == [Rename, SaveStep, SaveStep]


async def test_a_deleted_chat_is_not_written_any_more(desk: Desk) -> None:
    run = await desk.ask()
    await desk.keeper.flush()
    before = len(desk.histories.changes)
    desk.keeper.stop()
    await desk.paper.show(replace(run, end=now()))
    await desk.keeper.flush()
    assert len(desk.histories.changes) == before


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("What is a heron?", "What is a heron?", id="short"),
        pytest.param("<think> why\n\n  is it so?", "why is it so?", id="marks and lines"),
        pytest.param("", "Files", id="nothing said"),
        pytest.param(
            "Tell me, as well as you can, all about the grey heron, and what it eats",
            "Tell me, as well as you can, all about the grey heron, and…",
            id="long",
        ),
        pytest.param("x" * 100, "x" * 59 + "…", id="one word"),
    ],
)
def test_a_chat_is_named_by_its_first_words(text: str, name: str) -> None:
    assert title(text) == name
