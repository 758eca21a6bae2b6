"""What the buttons under a picture do: they write the person's next message, with the picture in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from vtai.core import routes
from vtai.core.messages import Attachment
from vtai.core.turn import Turn
from vtai.ui import sockets
from vtai.ui.paper import new_id
from vtai.ui.session import Exchange
from vtai.ui.uploads import element_kind, mask_of, picture_of
from vtai.ui.visits import SessionCanvas, visit_of

if TYPE_CHECKING:
    from chainlit.session import WebsocketSession

    from vtai.ui.receive import Order

VARIATION = "Make a variation of this picture: the same subject and style, composed in another way."


async def place(session: WebsocketSession, order: Order) -> None:
    """Says it in the person's name and has it answered. Raises Busy or BadAttachment."""
    visit, canvas = visit_of(session), SessionCanvas(session)
    visit.admit()
    await visit.whole()
    key, mask_key = order.keys
    await canvas.adopt([mask_key] if mask_key else [])
    picture = picture_of(key, session.files)
    mask = await asyncio.to_thread(mask_of, mask_key, session.files) if mask_key else None
    turn = Turn(
        order.text, (picture,), route=routes.IMAGE_GENERATION, mask=mask, preferences=visit.preferences
    )
    exchange = Exchange(new_id(), turn, order=turn.route)
    await sockets.show_said(session, exchange)
    await canvas.emit("element", _thumbnail(exchange.id, canvas.thread_id, picture, key, mask_key))
    visit.add(exchange)
    sockets.answer(session, exchange)


def _thumbnail(
    message_id: str, thread_id: str, picture: Attachment, key: str, mask_key: str | None
) -> dict[str, Any]:
    """The picture beside the message; where parts of it are marked, with the marks."""
    element = {
        "id": new_id(),
        "threadId": thread_id,
        "type": element_kind(picture.media_type),
        "name": picture.name,
        "display": "inline",
        "forId": message_id,
    }
    if mask_key is None:
        return element | {"size": "small", "chainlitKey": key, "mime": picture.media_type}
    props = {"picture": key, "mask": mask_key, "name": picture.name}
    return element | {"type": "custom", "name": "MarkedPicture", "props": props}
