"""What the page remembers of one visitor's chat while the session lives."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from vtai.core.conversation import Conversation
from vtai.core.errors import Busy
from vtai.core.messages import Attachment, Message
from vtai.core.routes import Decision
from vtai.core.turn import Preferences, Turn
from vtai.ui.approvals import Desk
from vtai.ui.paper import Kept, Paper, Step

if TYPE_CHECKING:
    from vtai.ui.dictation import Dictation
    from vtai.ui.recording import Keeper
    from vtai.ui.shelf import Shelf
    from vtai.ui.talking import Conversing

# Older exchanges leave the memory of the chat; no model reads that far back.
_MOST_EXCHANGES = 400
# A chat that makes more than this has its oldest files taken from it.
_MOST_MADE_BYTES = 500_000_000
_CLEANING_UP_S = 5.0
# Nobody waits for more; each holds its text and files until its turn comes.
_MOST_WAITING = 20


@dataclass
class Exchange:
    """A message and what was answered. `turn` is without history; `answer`, `route`, `model` are the newest.

    `files` is what was made for the newest answer, `work` what tools did for it; `is_cut`: it is not whole.
    `decision` is what the routing last made of the message by itself, `correction` what the person taught it
    since. `order` is the route of the button that wrote the message: it goes there also when its words are
    changed. `picked` is what stood in the pickers, `at` when it came, in seconds since the epoch.
    """

    id: str
    turn: Turn
    answer: str = ""
    files: tuple[Attachment, ...] = ()
    work: str = ""
    route: str | None = None
    order: str | None = None
    decision: Decision | None = None
    correction: str | None = None
    model: str | None = None
    is_cut: bool = False
    picked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    at: float = field(default_factory=time.time)


class Tab(Protocol):
    """A browser tab that shows the chat."""

    id: str
    files: dict[str, Any]
    emit: Any


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a reply, in Markdown, where they stand, and what they answer."""

    text: str
    step: Step
    asked: str = ""


@dataclass
class Visit:
    """One chat, in one browser tab or several. `conversation` tells it from all others.

    `person_name` is what they signed in with, `group` theirs, `key` the id of the key that they came with.
    `keeper` writes down what is shown, where that is wanted; `shelf` has the chat's files; `restoring` brings
    back those of a stored chat. `idle` is called when nothing is being answered any more. `picked` is what
    stood in the pickers last.

    `made` are the files of its answers, the oldest first; `outdated` the keys of files that it does not show
    any more. `desk` is where questions wait for answers. `dictation` is the last recording of the microphone,
    `talk` the conversation by voice that goes on; `is_hands_free`: the microphone begins one. `said` are the
    newest replies by their keys; `speaking` is the one of them that is being spoken on request.
    """

    preferences: Preferences
    person: str = "local"
    conversation: str = field(default_factory=lambda: str(uuid.uuid4()))
    person_name: str = ""
    group: str = ""
    key: str | None = None
    tabs: dict[str, Tab] = field(default_factory=dict)
    keeper: Keeper | None = None
    shelf: Shelf | None = None
    restoring: asyncio.Task[None] | None = None
    idle: Callable[[], None] | None = None
    picked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    exchanges: list[Exchange] = field(default_factory=list)
    paper: Paper | None = None
    dictation: Dictation | None = None
    talk: Conversing | None = None
    is_hands_free: bool = False
    said: dict[str, Said] = field(default_factory=dict)
    speaking: asyncio.Task[None] | None = None
    told: set[str] = field(default_factory=set)
    made: list[Kept] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)
    _tasks: dict[asyncio.Task[None], Exchange | None] = field(default_factory=dict)
    _turnstile: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    @property
    def at_work(self) -> int:
        """How many answers run or wait."""
        return len(self._tasks)

    def admit(self) -> None:
        """Raises Busy when too much waits already."""
        if len(self._tasks) >= _MOST_WAITING:
            raise Busy(
                "Too many messages of this chat wait for their answers.",
                "Send it again when they are there, or press Stop.",
            )

    def start(
        self, work: Coroutine[Any, Any, None], exchange: Exchange | None = None, *, waits: bool = True
    ) -> asyncio.Task[None]:
        """Runs the work in a task that `stop` ends: after what is running already, or beside it.

        With `exchange`, forgetting that ends it as well.
        """
        task = asyncio.create_task(self._in_turn(work) if waits else work, name="answer")
        self._tasks[task] = exchange

        def ended(task: asyncio.Task[None]) -> None:
            del self._tasks[task]
            work.close()  # where it was stopped before it began
            if self.idle is not None and not self._tasks:
                self.idle()

        task.add_done_callback(ended)
        return task

    def stop(self) -> None:
        """Ends all that is running or waiting. Each cleans up after itself."""
        for task in tuple(self._tasks):
            _cancel(task)
        self.hush()
        if self.talk is not None:
            self.talk.interrupt()

    def hush(self) -> None:
        """Ends what is being spoken on request."""
        if self.speaking is not None:
            _cancel(self.speaking)

    def remember(self, key: str, said: Said) -> None:
        """Words that can be spoken later."""
        self.said[key] = said
        if len(self.said) > _MOST_EXCHANGES:
            del self.said[next(iter(self.said))]

    def add(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        del self.exchanges[:-_MOST_EXCHANGES]
        self.save(exchange)

    def save(self, exchange: Exchange) -> None:
        """Keeps the exchange as it is now."""
        if self.keeper is not None:
            self.keeper.save(exchange, self.preferences, is_hands_free=self.is_hands_free)

    async def whole(self) -> None:
        """Returns once the files of a stored chat are back."""
        if self.restoring is not None:
            await asyncio.shield(self.restoring)

    def find(self, message_id: str) -> Exchange | None:
        return next((exchange for exchange in self.exchanges if exchange.id == message_id), None)

    def cut(self, message_id: str) -> Exchange | None:
        """Forgets the exchange and all after it, and ends their answers. Gives the one forgotten first."""
        for index, exchange in enumerate(self.exchanges):
            if exchange.id == message_id:
                forgotten = [each.id for each in self.exchanges[index:]]
                del self.exchanges[index:]
                if self.keeper is not None:
                    self.keeper.forget(forgotten)
                for task, answered in tuple(self._tasks.items()):
                    if answered is not None and answered.id in forgotten:
                        _cancel(task)
                return exchange
        return None

    def forget_correction(self, correction_id: str) -> None:
        """A correction was taken back: its message is as if none had been made."""
        for exchange in self.exchanges:
            if exchange.correction == correction_id:
                exchange.correction = None

    def turn_for(self, exchange: Exchange, route: str | None = None) -> Turn:
        """The turn as it is to be answered now: with the history before it, and a forced route if given."""
        before = list(takewhile(lambda each: each is not exchange, self.exchanges))
        return replace(
            exchange.turn,
            history=_history(before),
            previous_route=next((each.route for each in reversed(before) if each.route), None),
            route=route or exchange.turn.route,
            command=exchange.turn.command if route is None else None,
            person=self.person,
            conversation=self.conversation,
            group=self.group,
            key=self.key,
            person_name=self.person_name,
            is_again=bool(exchange.answer),
            allowed_tools=frozenset(self.desk.allowed),
        )

    def keep(self, made: Sequence[Kept]) -> None:
        """Remembers the files of an answer. Where all together are too large, the oldest go."""
        self.made += made
        size = sum(kept.file.size_bytes for kept in self.made)
        while size > _MOST_MADE_BYTES and len(self.made) > 1:
            oldest = self.made.pop(0)
            size -= oldest.file.size_bytes
            self.outdated.append(oldest.key)
            for exchange in self.exchanges:
                exchange.files = tuple(file for file in exchange.files if file.path != oldest.file.path)

    async def close(self) -> None:
        """Ends all that is running, and waits until it has cleaned up; not for long."""
        self.stop()
        if self.dictation is not None:
            self.dictation.drop()
        tasks = set(self._tasks)
        if self.speaking is not None:
            tasks.add(self.speaking)
        if self.talk is not None:
            tasks.add(self.talk.end())
        if tasks:
            await asyncio.wait(tasks, timeout=_CLEANING_UP_S)

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._turnstile:
            await work


def _cancel(task: asyncio.Task[None]) -> None:
    """A second press must not cut short the cleaning up after the first."""
    if not task.cancelling():
        task.cancel()


def _history(exchanges: list[Exchange]) -> Conversation:
    """What was said, each message once. A message that got no answer is not part of it."""
    messages: list[Message] = []
    for exchange in exchanges:
        if exchange.answer or exchange.files or exchange.work:
            turn = exchange.turn
            messages += (
                Message("user", turn.text, attachments=turn.attachments),
                Message("assistant", exchange.answer, attachments=exchange.files, work=exchange.work),
            )
    return Conversation(tuple(messages))
