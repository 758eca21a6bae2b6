"""All chats that a page shows, or that are still being answered though no page shows them any more.

A chat belongs to a person and may be open in several tabs: each of them sees all of it, and may stop it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chainlit.session import WebsocketSession

from vtai.core.code import SessionKey
from vtai.ui.recording import Keeper
from vtai.ui.session import Visit
from vtai.ui.shelf import Shelf
from vtai.wiring import deleting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtai.core.errors import VTError
    from vtai.core.people import Caller
    from vtai.core.ports import Files, Histories
    from vtai.ui.session import Tab
    from vtai.wiring import App
    from vtai.wiring.storing import Store

logger = logging.getLogger(__name__)

_PATIENCE_S = 10.0


class Chats:
    """One a process. `folder` is where the files of chats lie while they are open."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._visits: dict[tuple[str, str], Visit] = {}
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def are_kept(self) -> bool:
        """Whether there is a history."""
        return self._app.storing is not None and self._app.loaded.settings.history

    async def store(self) -> Store:
        """What is kept. Raises StorageUnavailable or SettingsError."""
        if self._app.storing is None:
            raise LookupError("there is no history")
        return await self._app.storing.ready()

    def find(self, person: str, conversation: str) -> Visit | None:
        return self._visits.get((person, conversation))

    def new(
        self, caller: Caller, conversation: str, parents: Mapping[str, str | None] | None = None
    ) -> Visit:
        """A chat that is not open yet. `parents` are the steps that the history has of it."""
        person = caller.person
        visit = Visit(
            self._app.preferences,
            person=person.id,
            conversation=conversation,
            person_name=person.name,
            group=person.group,
            key=caller.key_id,
            idle=self.sweep,
        )
        # Two visits of one chat, one after the other, must not share what the first one clears away.
        folder = self._folder / str(uuid.uuid4())
        visit.shelf = Shelf(folder, person.id, conversation)
        if self.are_kept:
            visit.shelf.open = self._files
            visit.shelf.tell = lambda error: self._tell(visit, error)
            visit.keeper = Keeper(person.id, conversation, visit.shelf, self._histories, parents)
        self._visits[person.id, conversation] = visit
        return visit

    def attach(self, visit: Visit, tab: Tab) -> None:
        """The tab shows the chat from here on, beside those that do already."""
        visit.tabs[tab.id] = tab
        if visit.shelf is not None:
            tab.files.update(visit.shelf.here)

    async def settle(self, person: str, conversation: str) -> None:
        """Returns once all that the chat shows is in the store, its files included; or after a while."""
        visit = self.find(person, conversation)
        if visit is not None and visit.keeper is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await visit.keeper.settled()

    async def leave(self, visit: Visit, tab: Tab) -> None:
        """The tab turned to another chat. Without a history, this one ends with it."""
        visit.tabs.pop(tab.id, None)
        if not self.are_kept:
            await visit.close()
        self.sweep()
        if self._retiring and not self.are_kept:
            await asyncio.wait(tuple(self._retiring))

    async def delete(self, person: str, conversation: str) -> bool:
        """Deletes the chat with its files, wherever it is open or being answered; whether it was theirs."""
        return await deleting.one(self._app, await self.store(), person, conversation)

    async def forget(self, person: str, conversation: str | None) -> None:
        """The chat, or all of a person's, is deleted: its answers end, its tabs turn away, and nothing of it
        is written any more.
        """
        gone = [key for key in self._visits if key[0] == person and conversation in {None, key[1]}]
        await asyncio.gather(*(self._forget(self._visits.pop(key)) for key in gone))

    async def _forget(self, visit: Visit) -> None:
        if visit.keeper is not None:
            visit.keeper.stop()
        tabs = tuple(visit.tabs.values())
        visit.tabs.clear()
        await self._end(visit)
        for tab in tabs:
            await tab.emit("reload", {})

    def sweep(self) -> None:
        """Lets go of chats that no tab shows and nobody waits for."""
        for key, visit in tuple(self._visits.items()):
            visit.tabs = {each: tab for each, tab in visit.tabs.items() if _is_alive(tab)}
            if not visit.tabs and not visit.is_busy and visit.speaking is None:
                del self._visits[key]
                self._retire(visit)

    async def aclose(self) -> None:
        """Ends all answers; what they said until now is kept."""
        visits = tuple(self._visits.values())
        await asyncio.gather(*(visit.close() for visit in visits))
        await asyncio.gather(*(visit.keeper.settled() for visit in visits if visit.keeper is not None))
        if self._retiring:
            await asyncio.wait(tuple(self._retiring))

    def _retire(self, visit: Visit) -> None:
        task = asyncio.create_task(self._end(visit), name="leave a chat")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end(self, visit: Visit) -> None:
        try:
            await visit.close()
            if visit.keeper is not None and not visit.keeper.is_over:
                await visit.keeper.settled()
            if visit.shelf is not None:
                await visit.shelf.clear()
            await self._app.services.sandbox.end(SessionKey(visit.person, visit.conversation))
        except Exception:
            logger.exception("a chat was not left in good order")

    async def _histories(self) -> Histories:
        return (await self.store()).histories

    async def _files(self) -> Files:
        return (await self.store()).files

    def _tell(self, visit: Visit, error: VTError) -> None:
        toast = {"message": f"{error.message} {error.hint}", "type": "error"}
        for tab in visit.tabs.values():
            task = asyncio.ensure_future(tab.emit("toast", toast))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)


def _is_alive(tab: Tab) -> bool:
    """Whether the page's library still knows the tab: for a while also one whose connection is lost."""
    return WebsocketSession.get_by_id(tab.id) is tab
