"""Writes a turn of this interface into its conversation, in the form in which the page writes its own.

Three steps and an exchange: the message, the run under it, the answer under that.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from vtai.core.errors import VTError
from vtai.core.events import Choices, Event, Failed, FileReady, RouteChosen, TextDelta, Usage
from vtai.core.history import (
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.core.routes import Decision
from vtai.core.titles import title

if TYPE_CHECKING:
    from vtai.core.history import StoredFile
    from vtai.core.turn import Turn
    from vtai.wiring.storing import Store

_AUTHOR, _RUN = "VT.ai", "on_message"
_PAUSE_S = 1.0
# What browsers show in place; all else is offered to be saved.
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp"})


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Writing:
    """The record of one turn. Without a store nothing is kept."""

    turn: Turn
    files: Sequence[StoredFile] = ()
    store: Store | None = None
    is_new: bool = True
    message: str = field(default_factory=new_id)
    reply: str = field(default_factory=new_id)
    at: float = field(default_factory=time.time)
    _run: str = field(default_factory=new_id)
    _text: str = ""
    _failed: Failed | None = None
    _decision: Decision | None = None
    _model: str | None = None
    _made: list[str] = field(default_factory=list)
    _is_shown: bool = False
    _saved_at: float = 0.0

    @property
    def conversation(self) -> str | None:
        """Where it is kept, if it is."""
        return self.turn.conversation if self.store is not None else None

    def begin(self) -> None:
        """The message is kept before it is answered."""
        if self.is_new:
            self._record(Rename(title(self.turn.text), is_suggested=True))
        command = {"command": self.turn.command} if self.turn.command else {}
        asked = StoredStep(
            self.message,
            "user_message",
            self.turn.person_name or "User",
            output=self.turn.text,
            at=self.at,
            ended_at=self.at,
            extra=command,
        )
        self._record(SaveStep(asked), SaveStep(self._run_step(is_over=False)), self._exchange(is_cut=True))
        for file in self.files:
            self._record(_element(self.message, file))

    def note(self, event: Event) -> None:
        """What happens, as it happens; text is written at most once a second."""
        match event:
            case RouteChosen():
                self._decision = event.decision
            case TextDelta():
                self._text += event.text
                if time.monotonic() - self._saved_at >= _PAUSE_S:
                    self._save_reply(is_over=False)
            case Choices():
                self._text += event.question
            case Usage():
                self._model = event.model
            case Failed():
                self._failed = event
            case _:
                pass

    async def keep(self, event: FileReady) -> str | None:
        """The key of a file that was made; None where it is not kept."""
        if self.store is None:
            return None
        try:
            file = await self.store.files.put(
                self.turn.person, self.turn.conversation, event.name, event.media_type, event.data
            )
        except VTError:
            return None
        self._made.append(file.key)
        self._save_reply(is_over=False)
        self._record(_element(self.reply, file))
        return file.key

    async def finish(self, *, is_cut: bool) -> None:
        """All is written once this returns. Raises StorageUnavailable."""
        self._save_reply(is_over=True)
        if self._failed is not None:
            words = f"**{self._failed.message}**\n\n{self._failed.hint}"
            at = time.time()
            failure = StoredStep(
                new_id(),
                "assistant_message",
                _AUTHOR,
                self._run,
                output=words,
                at=at,
                ended_at=at,
                is_error=True,
            )
            self._record(SaveStep(failure))
        self._record(SaveStep(self._run_step(is_over=True)), self._exchange(is_cut=is_cut))
        await self.flush()

    async def flush(self) -> None:
        if self.store is not None:
            await self.store.histories.flush(self.turn.conversation)

    def _save_reply(self, *, is_over: bool) -> None:
        if is_over and not (self._text or self._made or self._is_shown) and self._failed is not None:
            return
        self._is_shown = True
        self._saved_at = time.monotonic()
        step = StoredStep(
            self.reply,
            "assistant_message",
            _AUTHOR,
            self._run,
            output=self._text,
            at=self.at,
            ended_at=time.time() if is_over else None,
            is_open=not is_over,
        )
        self._record(SaveStep(step))

    def _run_step(self, *, is_over: bool) -> StoredStep:
        return StoredStep(
            self._run,
            "run",
            _RUN,
            self.message,
            at=self.at,
            ended_at=time.time() if is_over else None,
            is_open=not is_over,
        )

    def _exchange(self, *, is_cut: bool) -> SaveExchange:
        turn, decision = self.turn, self._decision
        is_asked = decision is not None and bool(decision.options)
        extra: dict[str, Any] = {"command": turn.command, "forced": turn.route}
        if decision is not None and not is_asked:
            extra["decision"] = TypeAdapter(Decision).dump_python(decision, mode="json")
        return SaveExchange(
            StoredExchange(
                self.message,
                turn.text,
                self.at,
                answer="" if is_asked else self._text,
                attachments=tuple(file.key for file in self.files),
                files=tuple(self._made),
                route=decision.route if decision is not None and not is_asked else None,
                model=self._model,
                is_cut=is_cut,
                extra={name: value for name, value in extra.items() if value is not None},
            )
        )

    def _record(self, *changes: Any) -> None:
        if self.store is not None:
            self.store.histories.record(self.turn.person, self.turn.conversation, *changes)


def _element(step: str, file: StoredFile) -> SaveElement:
    """The file as the page shows it."""
    family = file.media_type.partition("/")[0]
    if file.media_type == "application/pdf":
        kind = "pdf"
    elif file.media_type in _PICTURES:
        kind = "image"
    else:
        kind = family if family in {"audio", "video"} else "file"
    element = StoredElement(new_id(), step, kind, file.name, file.media_type, file.key)
    return SaveElement(replace(element, extra={"display": "inline"}))
