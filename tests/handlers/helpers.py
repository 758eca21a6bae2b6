"""Turns, decisions and files for the handlers' tests."""

from __future__ import annotations

from pathlib import Path

from tests import fakes
from vtai.core.conversation import Conversation
from vtai.core.events import Event, Notice
from vtai.core.messages import Attachment, Message
from vtai.core.ports import Handler, Services
from vtai.core.routes import Decision
from vtai.core.turn import Turn


def said(*texts: str) -> Conversation:
    """A history in which the person and VT.ai take turns."""
    return Conversation(
        tuple(Message("assistant" if index % 2 else "user", text) for index, text in enumerate(texts))
    )


async def reply(
    handler: Handler, turn: Turn, services: Services, *, is_thinking: bool = False
) -> list[Event]:
    decision = Decision(handler.route.name, 1.0, "A test.", "test", is_thinking=is_thinking)
    return await fakes.events_of(handler.reply(turn, decision, services))


def notices(events: list[Event]) -> dict[str, str]:
    return {event.key: event.text for event in events if isinstance(event, Notice)}


def attached(path: Path, content: bytes, media_type: str = "") -> Attachment:
    path.write_bytes(content)
    return Attachment(path.name, media_type, path, len(content))


def picture(path: Path, size: tuple[int, int] = (4, 3), mode: str = "RGB", **more: object) -> Attachment:
    from PIL import Image

    Image.new(mode, size).save(path, **more)  # type: ignore[arg-type]
    return Attachment(path.name, "image/png", path, path.stat().st_size)
