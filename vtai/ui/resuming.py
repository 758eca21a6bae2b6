"""Going on with a stored chat, or with one that another tab shows or that is being answered just now.

A tab asks for a chat by its id when it connects. Only one of the person's own is ever opened.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from chainlit.session import WebsocketSession

from vtai.core.errors import Forbidden, UnknownName
from vtai.core.history import Record
from vtai.ui import history, mending, remembering, sockets
from vtai.ui.respond import failure
from vtai.ui.visits import OneTab, caller_of, show, the_app, the_chats

if TYPE_CHECKING:
    from vtai.core.history import Feedback
    from vtai.core.people import Caller
    from vtai.ui.session import Visit
    from vtai.wiring.storing import Store

logger = logging.getLogger(__name__)

_AT_WORK = "resume"


async def resume(session: WebsocketSession, conversation: str) -> bool:
    """Opens the chat in the session's tab; whether there is one of the person's. Otherwise says so."""
    try:
        caller = caller_of(session)
        live = the_chats().find(caller.person.id, conversation)
        was_busy = live is not None and live.is_busy
        visit, record, feedback = await _opened(caller, conversation)
    except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
        failed = failure(error)
        await OneTab(session).emit("resume_thread_error", f"{failed.message} {failed.hint}")
        return False
    session.has_first_interaction = True
    tab = OneTab(session)
    first = {"interaction": _AT_WORK, "thread_id": conversation}
    await tab.emit("first_interaction", first)
    await tab.emit("resume_thread", history.thread(record, _url, feedback))
    show(session, visit)
    if was_busy or visit.is_busy:
        # What was said since the record was read, and what is being said.
        await sockets.come_back(session)
    return True


async def catch_up(person: str, conversation: str) -> None:
    """Another door added to the chat: tabs that show it show that too, unless it is answering itself."""
    visit = the_chats().find(person, conversation)
    if visit is None or visit.is_busy:
        return
    for tab in tuple(visit.tabs.values()):
        if (session := WebsocketSession.get_by_id(tab.id)) is not None:
            await resume(session, conversation)


async def _opened(caller: Caller, conversation: str) -> tuple[Visit, Record, tuple[Feedback, ...]]:
    """The chat, what it shows, and what was thought of it. Raises VTError."""
    if not caller.may("read"):
        raise Forbidden("You may ask here, and not read what was said before.", "Start a new chat.")
    chats, person = the_chats(), caller.person.id
    store = await chats.store()
    if (live := chats.find(person, conversation)) is not None and live.keeper is not None:
        live.keeper.write()
    record = await store.histories.open(person, conversation)
    if record is None:
        raise UnknownName("This conversation is not here.", "It may have been deleted; choose another one.")
    feedback = tuple(await store.histories.feedback(person, conversation))
    visit = chats.find(person, conversation)
    if visit is None:
        mended = mending.mended(record, the_app().chat.routes)
        record = mended.record
        if mended.changes:
            store.histories.record(person, conversation, *mended.changes)
        visit = chats.new(caller, conversation, _parents(record))
        visit.restoring = asyncio.create_task(_bring_files(visit, record, store), name="bring files back")
    if not visit.is_busy:
        _remember(visit, record)
    return visit, record, feedback


def _remember(visit: Visit, record: Record) -> None:
    """What the next message can refer to, and what was chosen last. Answers by other doors count as well."""
    app = the_app()
    known = {exchange.id: exchange for exchange in visit.exchanges}
    default, catalogue = app.preferences, app.services.catalogue
    visit.exchanges[:] = [
        known.get(each.id) or remembering.restored(each, default, catalogue) for each in record.exchanges
    ]
    if not known:
        newest = record.exchanges[-1] if record.exchanges else None
        chosen = remembering.chosen_of(newest, app.preferences)
        visit.preferences, visit.picked = chosen.preferences, chosen.picked
        visit.is_hands_free = chosen.is_hands_free
    if visit.keeper is not None:
        visit.keeper.know(_parents(record))
    visit.said = history.spoken(record) | visit.said


async def _bring_files(visit: Visit, record: Record, store: Store) -> None:
    """Makes the files of the chat ready for models, and for the page's buttons."""
    shelf = visit.shelf
    if shelf is None:
        return
    try:
        await shelf.fetch(await history.files_of(record, store.files))
        for kept in record.exchanges:
            if (exchange := visit.find(kept.id)) is not None:
                remembering.with_files(exchange, kept, shelf.attachment)
    except Exception:
        logger.exception("the files of a stored chat were not brought back")
    for tab in visit.tabs.values():
        tab.files.update(shelf.here)


def _parents(record: Record) -> dict[str, str | None]:
    return {step.id: step.parent_id for step in record.steps}


def _url(key: str) -> str:
    return f"/files/{key}"
