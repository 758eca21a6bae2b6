"""What the person wants kept: notes that outlive the conversation, theirs alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from vtai.core.ports import ToolContext
from vtai.tools.tool import tool


@tool
async def remember(
    note: Annotated[str, Field(description="One fact, as a full sentence.", min_length=3, max_length=1_000)],
    context: ToolContext,
) -> str:
    """Keeps a note for later conversations. Only when the person asks to remember something."""
    kept = await context.services.notes.add(context.turn.person, note)
    return f"Kept: {kept.text}"


@tool
async def recall(
    context: ToolContext,
    about: Annotated[str, Field(description="What the notes should be about; empty lists the newest.")] = "",
) -> str:
    """Looks up notes that were kept in earlier conversations."""
    notes = await context.services.notes.find(context.turn.person, about)
    lines = [f"- {note.text} (kept on {datetime.fromtimestamp(note.at, UTC):%Y-%m-%d})" for note in notes]
    return "\n".join(lines) or "There are no such notes."
