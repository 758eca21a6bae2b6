"""What the browser shows of one reply: steps, elements and buttons, in the words of Chainlit's socket events.

Chainlit's own `Message` and `Step` block the event loop for a millisecond each and lose what a browser missed
while its connection was gone. Here each step is a value that can be shown again. Knows nothing of events.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from vtai.core.messages import Attachment

Kind = Literal["run", "tool", "undefined", "assistant_message", "user_message"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the session's own folder. The browser fetches it under `key`, which tells nothing of it."""

    key: str
    file: Attachment


class Screen(Protocol):
    """A browser."""

    async def emit(self, event: str, data: Any) -> None:
        """Sends one event."""
        ...


class Canvas(Screen, Protocol):
    """The browser at the other end, whatever connection it has just now."""

    @property
    def thread_id(self) -> str: ...

    async def keep(self, name: str, media_type: str, data: bytes) -> Kept:
        """Keeps a file for as long as the session lives."""
        ...

    async def forget(self, key: str) -> None:
        """Deletes a file that was kept. An unknown key is none."""
        ...


def new_id() -> str:
    return str(uuid.uuid4())


def now() -> str:
    """The time as Chainlit writes it."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"


@dataclass
class Step:
    """A message or a collapsible step. `icon` is the name of a Lucide icon; `facts` are not shown.

    `input` and `output` are Markdown. A step without either does not open; with an input that is not shown it
    does.
    """

    kind: Kind
    name: str
    parent_id: str | None = None
    output: str = ""
    input: str = ""
    shows_input: bool = True
    icon: str | None = None
    is_open: bool = False
    is_error: bool = False
    is_streaming: bool = False
    command: str | None = None
    id: str = field(default_factory=new_id)
    start: str = field(default_factory=now)
    end: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self, thread_id: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "threadId": thread_id,
            "parentId": self.parent_id,
            "type": self.kind,
            "name": self.name,
            "output": self.output,
            "input": self.input,
            # With the name of a language here, the page would make a block of code that its text can leave.
            "showInput": bool(self.input and self.shows_input),
            "command": self.command,
            "createdAt": self.start,
            "start": self.start,
            "end": self.end,
            "isError": self.is_error,
            "streaming": self.is_streaming,
            "defaultOpen": self.is_open,
            "autoCollapse": self.is_open,
            "metadata": ({"icon": self.icon} if self.icon else {}) | self.facts,
        }


class Paper:
    """The steps and elements of one reply. Remembers them, so that `repaint` can show them again."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._steps: dict[str, Step] = {}
        self._elements: dict[str, dict[str, Any]] = {}

    @property
    def thread_id(self) -> str:
        return self._canvas.thread_id

    async def show(self, step: Step) -> None:
        """Shows the step as it is now, new or again."""
        self._steps[step.id] = step
        # The browser takes "new_message" for a known id as an update; "update_message" for an unknown one
        # would be dropped, and with it whatever was said while the connection was gone.
        await self._canvas.emit("new_message", step.as_dict(self._canvas.thread_id))

    async def stream(self, step: Step, piece: str) -> None:
        """Appends to what the step shows."""
        step.output += piece
        if step.is_streaming:
            await self._canvas.emit(
                "stream_token", {"id": step.id, "token": piece, "isSequence": False, "isInput": False}
            )
            return
        step.is_streaming = True
        self._steps[step.id] = step
        await self._canvas.emit("stream_start", step.as_dict(self._canvas.thread_id))

    async def place(self, element: dict[str, Any]) -> None:
        """Shows an element, new or again under the same id."""
        self._elements[element["id"]] = element
        await self._canvas.emit("element", element)

    async def drop_if_empty(self, step: Step) -> None:
        """Removes a step from the page that shows neither text nor elements."""
        if not step.output and all(element["forId"] != step.id for element in self._elements.values()):
            self._steps.pop(step.id, None)
            await self._canvas.emit("delete_message", {"id": step.id})

    async def take_out(self, element_id: str) -> None:
        """Removes an element from the page."""
        if self._elements.pop(element_id, None) is not None:
            await self._canvas.emit("remove_element", {"id": element_id})

    async def keep(self, name: str, media_type: str, data: bytes) -> Kept:
        return await self._canvas.keep(name, media_type, data)

    async def place_file(self, step: Step, kind: str, name: str, media_type: str, data: bytes) -> Kept:
        """Keeps a file and shows it in the step. `kind` is Chainlit's: audio, video, pdf or file."""
        kept = await self.keep(name, media_type, data)
        await self.place(self.element(step, kind, name) | {"chainlitKey": kept.key, "mime": media_type})
        return kept

    async def place_custom(self, step: Step, name: str, props: dict[str, Any], key: str) -> None:
        """Shows one of our own elements, `site/public/elements/<name>.jsx`."""
        await self.place(self.element(step, "custom", name) | {"id": key, "props": props})

    async def repaint(self, screen: Screen | None = None) -> None:
        """Shows everything once more, for a browser that missed some of it; on `screen` alone where given."""
        screen = screen or self._canvas
        for step in tuple(self._steps.values()):
            await screen.emit("new_message", step.as_dict(self._canvas.thread_id))
        for element in tuple(self._elements.values()):
            await screen.emit("element", element)

    def element(self, step: Step, kind: str, name: str) -> dict[str, Any]:
        return {
            "id": new_id(),
            "threadId": self._canvas.thread_id,
            "type": kind,
            "name": name,
            "display": "inline",
            "forId": step.id,
            "url": None,
            "chainlitKey": None,
        }
