"""What one person has: one of each object, all of them marked with a word that nobody else may read."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vtai.core import exporting
from vtai.core.events import ApprovalAsked, TextDelta
from vtai.core.history import (
    Conversation,
    Feedback,
    Record,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.core.ports import Correction, Services, Stream
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from pathlib import Path

    from vtai.core.people import Person
    from vtai.wiring.storing import Store

# Stands in every text, name and file of the owner, and in nothing of anybody else's.
MARK = "heliotrope"
# What comes of being let in, of asking, and of spending is no object; it may change by a request.
_RESTLESS = {"keys": {"used_at"}, "logins": {"seen_at"}}
_UNCOUNTED = frozenset({"counters", "spent"})


class Patient:
    """Answers at once, but where it is told to wait: then it asks for an approval and waits to be stopped."""

    route = Route("text", "Text", "Answers.")

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        self.turns.append(turn)
        yield TextDelta("Yes ")
        if turn.text.startswith("wait"):
            yield ApprovalAsked("call-1", "python", f"print('{MARK}')", lambda _: None, "python")
            await asyncio.Event().wait()


@dataclass
class Belongings:
    """The ids of one of each, by which addresses and bodies name them."""

    owner: str
    conversation: str = field(default_factory=lambda: str(uuid.uuid4()))
    message: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: str = field(default_factory=lambda: str(uuid.uuid4()))
    element: str = field(default_factory=lambda: str(uuid.uuid4()))
    thumb: str = field(default_factory=lambda: str(uuid.uuid4()))
    correction: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    new: str = field(default_factory=lambda: f"new-{uuid.uuid4().hex[:8]}")
    file: str = ""
    share: str = ""
    key: str = ""
    login: str = ""
    run: str = ""

    @property
    def names(self) -> Mapping[str, str]:
        """For the braces in addresses and bodies."""
        told = Conversation(self.new, "nobody", "Brought", 1.0, 1.0)
        step = StoredStep(str(uuid.uuid4()), "user_message", output="Hello", at=1.0)
        return {**vars(self), "export": exporting.to_json(Record(told, (step,)))}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not stand in an answer to anybody else."""
        ids = (self.conversation, self.message, self.answer, self.element, self.thumb, self.correction)
        return tuple(
            each for each in (MARK, *ids, self.file, self.share, self.key, self.login, self.run) if each
        )


async def make(store: Store, learning: Any, person: Person) -> Belongings:
    """New ones of this person; all of it is in the store. Answers that run are made by the server."""
    made = Belongings(person.id)
    histories = store.histories
    kept = await store.files.put(
        person.id, made.conversation, f"{MARK}.txt", "text/plain", f"The {MARK}.".encode()
    )
    made.file = kept.key
    asked = StoredStep(made.message, "user_message", person.name, output=f"Of the {MARK}?", at=10.0)
    answer = StoredStep(
        made.answer, "assistant_message", "VT.ai", made.message, output=f"A {MARK} turns.", at=11.0
    )
    histories.record(
        person.id,
        made.conversation,
        Rename(f"A {MARK}"),
        SaveStep(asked),
        SaveStep(answer),
        SaveElement(StoredElement(made.element, made.answer, "file", f"{MARK}.txt", "text/plain", made.file)),
        SaveExchange(StoredExchange(made.message, asked.output, 10.0, answer.output, (made.file,))),
    )
    await histories.flush(made.conversation)
    share = await histories.share(person.id, made.conversation)
    assert share is not None
    made.share = share.token
    assert await histories.rate(person.id, made.conversation, Feedback(made.thumb, made.answer, 1, MARK))
    _, key = await store.keys.make(person.id, MARK, frozenset({"read"}))
    _, login = await store.logins.open(person.id, MARK)
    made.key, made.login = key.id, login.id
    learning.kept.append(Correction(made.correction, person.id, MARK, "", "", "text", "vision", 1.0))
    return made


class Contents:
    """Every row of every table, less what a request may change by being made."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)
        self._version: object = None
        self._read: Mapping[str, list[tuple[Any, ...]]] = {}

    def read(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """As it is now; what nobody has written to is not read again."""
        (version,) = self._connection.execute("pragma data_version").fetchone()
        if version != self._version:
            self._version = version
            self._read = {name: self._rows(name) for name in self._tables()}
        return self._read

    def close(self) -> None:
        self._connection.close()

    def _tables(self) -> list[str]:
        found = self._connection.execute("select name, sql from sqlite_master where type = 'table'")
        # The index of words is made of the other tables.
        return [name for name, sql in found if "VIRTUAL" not in sql and name not in _UNCOUNTED]

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        columns = [line[1] for line in self._connection.execute(f"pragma table_info({table})")]
        wanted = ", ".join(f'"{name}"' for name in columns if name not in _RESTLESS.get(table, ()))
        return self._connection.execute(f"select {wanted} from {table}").fetchall()
