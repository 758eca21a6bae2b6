"""The lists beside the chat: what the person taught the routing, and what VT.ai was asked to remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vtai.ui import learning
from vtai.ui.paper import new_id
from vtai.ui.visits import SessionCanvas, the_app, visit_of

if TYPE_CHECKING:
    from chainlit.session import WebsocketSession

    from vtai.core.ports import Remembered

MOST_NOTES = 500


async def show_corrections(session: WebsocketSession) -> None:
    """The list of the person's corrections."""
    app = the_app()
    if app.learning is None:
        return
    person = visit_of(session).person
    props = learning.listed(await app.learning.corrections(person), person, app.chat.routes)
    await _show(session, "Your corrections", "Corrections", props)


async def show_notes(session: WebsocketSession) -> None:
    """The list of the notes that the person had kept, the newest first."""
    found = await the_app().services.notes.find(visit_of(session).person, limit=MOST_NOTES)
    await _show(session, "What VT.ai remembers", "Notes", noted(found))


def noted(notes: Sequence[Remembered]) -> dict[str, Any]:
    """The properties of `site/public/elements/Notes.jsx`."""
    return {"notes": [{"id": each.id, "text": each.text, "at": each.at} for each in notes]}


async def _show(session: WebsocketSession, title: str, name: str, props: Mapping[str, Any]) -> None:
    """A list at the side; over the chat on a narrow screen."""
    canvas = SessionCanvas(session)
    # Shown again, it is the same element changed.
    element = {
        "id": f"vtai-{name.lower()}",
        "type": "custom",
        "name": name,
        "display": "side",
        "props": props,
    }
    await canvas.emit("set_sidebar_title", title)
    # A key that the browser knows would leave the old list where it is.
    await canvas.emit("set_sidebar_elements", {"elements": [element], "key": new_id()})
