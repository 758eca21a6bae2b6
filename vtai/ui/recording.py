"""Writes down what the page shows of one chat, as it is shown. Knows neither Chainlit nor the database.

What streams is written at most once a second; what begins or ends, at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from vtai.core.errors import VTError
from vtai.core.history import (
    Change,
    DropElement,
    DropExchange,
    DropStep,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
)
from vtai.core.titles import title
from vtai.ui import remembering, written

if TYPE_CHECKING:
    from vtai.core.ports import Histories
    from vtai.core.turn import Preferences
    from vtai.ui.session import Exchange
    from vtai.ui.shelf import Shelf

logger = logging.getLogger(__name__)

# Events that are part of the chat: every tab that shows it gets them, and they are written down.
SHOWN = frozenset(
    {
        "new_message",
        "update_message",
        "delete_message",
        "stream_start",
        "stream_token",
        "element",
        "remove_element",
    }
)
_PAUSE_S = 1.0
# What waits for a store that cannot be opened; then the oldest goes.
_MOST_WAITING = 5_000
# Files that something better takes the place of, while it is still being made.
_TEMPORARY = frozenset({"preview", "sentence"})
_UNFINISHED = frozenset({"working", "making"})


class Keeper:
    """The record of one chat. `parents` are the steps of a stored one that are known already.

    `open` gives the store and may take its time; nothing waits for it but `flush`.
    """

    def __init__(
        self,
        person: str,
        conversation: str,
        shelf: Shelf,
        open_store: Callable[[], Awaitable[Histories]],
        parents: Mapping[str, str | None] | None = None,
    ) -> None:
        self.is_begun = bool(parents)
        self.is_over = False
        self._person = person
        self._conversation = conversation
        self._shelf = shelf
        self._open_store = open_store
        self._parents: dict[str, str | None] = dict(parents or {})
        self._histories: Histories | None = None
        self._opening: asyncio.Task[None] | None = None
        self._waiting: list[Change] = []
        self._open: dict[str, dict[str, Any]] = {}
        self._elements: dict[str, dict[str, Any]] = {}
        self._noted: set[str] = set()
        self._changed: dict[str, Callable[[], Change]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, text: str) -> None:
        """The chat's first message gives it a name."""
        if not self.is_begun:
            self.is_begun = True
            self._record(Rename(title(text), is_suggested=True))

    def see(self, event: str, data: Mapping[str, Any]) -> None:
        """Something is shown, changed or taken away."""
        match event:
            case "new_message" | "stream_start":
                self._step(data)
            case "stream_token" if (step := self._open.get(data["id"])) is not None:
                step["output"] += data["token"]
                self._change(data["id"], partial(_save_step, step))
            case "delete_message":
                self._drop(data["id"])
            case "element":
                self._element(dict(data))
            case "remove_element":
                self._take_out(data["id"])
            case _:
                pass  # what else there is does not last

    def save(self, exchange: Exchange, preferences: Preferences, *, is_hands_free: bool) -> None:
        """Keeps the exchange now, and once more when its files are in the store."""
        change = partial(self._exchange, exchange, preferences, is_hands_free=is_hands_free)
        self.write()
        self._record(change())
        mask = (exchange.turn.mask,) if exchange.turn.mask is not None else ()
        files = (*exchange.turn.attachments, *exchange.files, *mask)
        paths = {file.path for file in files if self._shelf.key_of(file) is None}
        copies = [self._shelf.copy(key) for key, entry in self._shelf.here.items() if entry["path"] in paths]
        if copying := [task for task in copies if task is not None]:
            self.start(self._save_later(copying, change))

    def forget(self, exchanges: Iterable[str]) -> None:
        """Drops exchanges; what is shown of them is taken away by itself."""
        self._record(*(DropExchange(each) for each in exchanges))

    def know(self, parents: Mapping[str, str | None]) -> None:
        """Steps that the history has, also those that came by another door, in their order."""
        self._parents.update(parents)

    def below(self, step_id: str) -> list[str]:
        """The steps right below a step."""
        return [child for child, parent in self._parents.items() if parent == step_id]

    def after(self, message_id: str) -> list[str]:
        """The messages of the person that came after this one."""
        messages = [step for step, parent in self._parents.items() if parent is None]
        return messages[messages.index(message_id) + 1 :] if message_id in messages else []

    def write(self) -> None:
        """Hands all that changed to the store."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        changed, self._changed = self._changed, {}
        self._record(*(change() for change in changed.values()))

    async def flush(self) -> None:
        """Returns once all is written. Raises StorageUnavailable or SettingsError."""
        self.write()
        histories = await self._ready()
        await histories.flush(self._conversation)

    async def settled(self) -> None:
        """Returns once files are copied and written down as well; says nothing where that fails."""
        await self._shelf.copied()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        try:
            await self.flush()
        except VTError as error:
            logger.warning("a chat was not kept: %s", error.message)

    def stop(self) -> None:
        """The chat was deleted: nothing of it is written any more."""
        self.is_over = True
        self._changed.clear()
        self._waiting.clear()

    def _step(self, data: Mapping[str, Any]) -> None:
        key, parent, kind = data["id"], data["parentId"], data["type"]
        if kind != "user_message" and parent not in self._parents:
            return  # lines that come and go by themselves
        is_new = key not in self._parents
        self._parents[key] = None if kind == "user_message" else parent
        step = dict(data)
        if written.is_open(step):
            self._open[key] = step
        else:
            self._open.pop(key, None)
        self._change(key, partial(_save_step, step))
        if kind == "user_message" or (kind == "run" and (is_new or not written.is_open(step))):
            self.write()

    def _drop(self, key: str) -> None:
        if key not in self._parents:
            return
        self.write()
        self._record(DropStep(key))
        gone = {key}
        while below := {child for child, parent in self._parents.items() if parent in gone} - gone:
            gone |= below
        for each in gone:
            self._parents.pop(each, None)
            self._open.pop(each, None)

    def _element(self, data: dict[str, Any]) -> None:
        if data.get("forId") not in self._parents:
            return
        self._elements[data["id"]] = data = written.lasting(data)
        self._change(data["id"], partial(self._save_element, data))
        for key in self._files_in(data):
            note = f"{data['id']}/{key}"
            if note not in self._noted and (copying := self._shelf.copy(key)) is not None:
                self._noted.add(note)
                self.start(self._note_file(data["id"], key, copying))

    async def _note_file(self, element_id: str, key: str, copying: asyncio.Task[str | None]) -> None:
        await asyncio.wait({copying})
        data = self._elements.get(element_id)
        if copying.cancelled() or copying.result() is None or data is None:
            return
        if key == data.get("chainlitKey"):
            self._change(element_id, partial(self._save_element, data))
        else:
            self._change(f"{element_id}/{key}", partial(self._save_part, data, key))
        self.write()

    async def _save_later(self, copies: list[asyncio.Task[str | None]], change: Callable[[], Change]) -> None:
        await asyncio.wait(copies)
        self._record(change())

    def _take_out(self, key: str) -> None:
        """An element goes, with the files that are parts of it."""
        self._elements.pop(key, None)
        gone = [key, *(note for note in self._noted if note.startswith(f"{key}/"))]
        self._noted.difference_update(gone)
        for each in gone:
            self._changed.pop(each, None)
        self._record(*(DropElement(written.id_of(self._conversation, each)) for each in gone))

    def _files_in(self, data: Mapping[str, Any]) -> set[str]:
        props = data.get("props") or {}
        temporary = _TEMPORARY if props.get("state") in _UNFINISHED else frozenset()
        words = {data.get("chainlitKey"), *written.words_in(props)}
        return {
            word
            for word in words
            if word in self._shelf.here and self._shelf.here[word]["name"] not in temporary
        }

    def _save_element(self, data: Mapping[str, Any]) -> Change:
        file = self._stored(data.get("chainlitKey"))
        return SaveElement(written.element_of(self._conversation, data, file))

    def _save_part(self, data: Mapping[str, Any], key: str) -> Change:
        entry = self._shelf.here[key]
        return SaveElement(written.part_of(self._conversation, data, entry, self._stored(key)))

    def _stored(self, key: str | None) -> str | None:
        entry = self._shelf.here.get(key or "")
        return self._shelf.stored.get(entry["path"]) if entry else None

    def _exchange(self, exchange: Exchange, preferences: Preferences, *, is_hands_free: bool) -> Change:
        return SaveExchange(
            remembering.stored(exchange, preferences, self._shelf.key_of, is_hands_free=is_hands_free)
        )

    def _change(self, key: str, change: Callable[[], Change]) -> None:
        self._changed[key] = change
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE_S, self.write)

    def _record(self, *changes: Change) -> None:
        if self.is_over or not changes:
            return
        if self._histories is not None:
            try:
                self._histories.record(self._person, self._conversation, *changes)
            except VTError as error:
                logger.warning("something was not kept: %s", error.message)
            return
        self._waiting += changes
        del self._waiting[:-_MOST_WAITING]
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open_quietly(), name="open the history")

    async def _open_quietly(self) -> None:
        try:
            await self._ready()
        except VTError as error:
            logger.warning("a chat is not kept yet: %s", error.message)

    async def _ready(self) -> Histories:
        histories = await self._open_store()
        if self._histories is None:
            self._histories = histories
            waiting, self._waiting = self._waiting, []
            self._record(*waiting)
        return histories

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Does some work beside everything else; `settled` waits for it."""
        task = asyncio.create_task(work, name="keep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _save_step(step: Mapping[str, Any]) -> Change:
    return SaveStep(written.step_of(step))
