"""The Speak button: a reply that is there already, aloud. One at a time in a chat."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai.core.errors import VTError
from vtai.core.events import FileReady, Notice, SpeechPiece
from vtai.core.turn import Turn
from vtai.handlers import speaking
from vtai.ui.paper import Canvas, Paper
from vtai.ui.player import Player, State
from vtai.ui.respond import failure

if TYPE_CHECKING:
    from vtai.ui.session import Said, Visit
    from vtai.wiring import App


async def speak(app: App, visit: Visit, canvas: Canvas, reply: str) -> None:
    """Begins to speak the reply of that key; what was being spoken ends. Raises VTError."""
    if (said := visit.said.get(reply)) is None:
        raise VTError("This reply is not remembered any more.", "Press Again to have it anew.")
    before = visit.speaking
    visit.hush()
    if before is not None:
        await asyncio.wait({before})
    task = asyncio.create_task(_speak(app, visit, canvas, reply, said), name="speak")
    visit.speaking = task

    def ended(task: asyncio.Task[None]) -> None:
        if visit.speaking is task:
            visit.speaking = None

    task.add_done_callback(ended)


async def _speak(app: App, visit: Visit, canvas: Canvas, reply: str, said: Said) -> None:
    player = Player(Paper(canvas), reply)
    state: State = "stopped"
    turn = Turn(said.asked, preferences=visit.preferences, person=visit.person)
    try:
        await player.show(said.step)
        async with aclosing(speaking.aloud(said.text, turn, app.services)) as events:
            async for event in events:
                match event:
                    case SpeechPiece() | FileReady():
                        await player.take(said.step, event)
                    case Notice():
                        await _tell(canvas, event.text)
                    case _:
                        pass  # there is nothing else in it to show
        state = "done"
    except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
        state = "failed"
        failed = failure(error)
        await _tell(canvas, f"{failed.message} {failed.hint}", "error")
    finally:
        visit.keep(player.kept)
        await player.finish(state)


async def _tell(canvas: Canvas, message: str, kind: str = "info") -> None:
    await canvas.emit("toast", {"message": message, "type": kind})
