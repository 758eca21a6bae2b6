"""What `vtai route --jsonl` reads and writes: one message a line in, one decision a line out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vtai.core.conversation import Conversation
from vtai.core.errors import VTError
from vtai.core.messages import Attachment, Message
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import Preferences, Turn

_FILE_OF_KIND = {
    "image": "image.png",
    "audio": "audio.mp3",
    "video": "video.mp4",
    "data": "data.csv",
    "document": "document.pdf",
    "text": "text.txt",
    "other": "file.bin",
}


class BadLine(VTError):
    """A line that is not a message."""


def turn_of(line: str, preferences: Preferences = Preferences()) -> Turn:
    """The turn that a JSON line describes.

    Keys: `text`; optional `attachments` (kinds such as "image" or "csv", or file names), `has_image`,
    `context` (the previous message) and `prev_route`; others are passed over. Raises BadLine.
    """
    fields = _fields(line)
    files = [_attachment(one) for one in _texts(fields, "attachments")]
    if fields.get("has_image") is True and not any(file.kind == "image" for file in files):
        files.append(_attachment("image"))
    context = _text(fields, "context")
    return Turn(
        text=_text(fields, "text"),
        attachments=tuple(files),
        history=Conversation((Message("user", context),)) if context else Conversation(),
        previous_route=_text(fields, "prev_route") or None,
        preferences=preferences,
    )


def output_of(decision: Decision) -> dict[str, Any]:
    """The decision as it is written on a line."""
    line: dict[str, Any] = {
        "route": decision.route,
        "confidence": round(decision.confidence, 4),
        "reason": decision.reason,
        "alternatives": [_scored(other) for other in decision.alternatives],
        "ms": round(decision.elapsed_ms, 3),
    }
    return line | {"asks": list(decision.options)} if decision.options else line


def _scored(other: Alternative) -> dict[str, Any]:
    return {"route": other.route, "confidence": round(other.confidence, 4)}


def error_of(error: VTError) -> dict[str, str]:
    """A failed line as it is written: what was wrong and what to do."""
    return {"error": error.message, "hint": error.hint}


def _fields(line: str) -> dict[str, Any]:
    works = 'A line looks like: {"text": "draw a cat"}'
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLine("The line is not valid JSON.", works) from error
    if not isinstance(fields, dict):
        raise BadLine("The line is not a JSON object.", works)
    if not isinstance(fields.get("text"), str):
        raise BadLine("The line has no text.", works)
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"The key {name} is not a text.", f'It looks like: "{name}": "..."')
    return value or ""


def _texts(fields: dict[str, Any], name: str) -> list[str]:
    value = fields.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise BadLine(f"The key {name} is not a list of texts.", f'It looks like: "{name}": ["csv"]')
    return value


def _attachment(given: str) -> Attachment:
    """From a kind ("image"), a suffix ("csv") or a file name ("sales.csv"); the file is never opened."""
    kind = given.lower().lstrip(".")
    name = _FILE_OF_KIND.get(kind) or (given if "." in given.strip(".") else f"file.{kind}")
    return Attachment(name, "", Path(name), 0)
