"""What the fast stand-in streams while it makes a picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.standins.script import Script


def asks_for_previews(path: str, body: Any) -> bool:
    """Whether a request for pictures, as JSON or as a form, wants a stream."""
    if "/images/" not in path:
        return False
    return body.get("stream") is True if isinstance(body, dict) else 'name="stream"\r\n\r\ntrue' in body


async def events(script: Script, path: str) -> AsyncIterator[dict[str, Any] | str]:
    """The previews and the picture, as far as the script lets them come."""
    kind = "image_edit" if path.endswith("/edits") else "image_generation"
    stops = [n for n in (script.stall_after, script.cut_after, script.error_after) if n is not None]
    for number, preview in enumerate((script.previews or ())[: min(stops, default=None)]):
        yield {"type": f"{kind}.partial_image", "b64_json": preview, "partial_image_index": number}
    if script.stall_after is not None:
        await asyncio.Event().wait()
    if script.error_after is not None:
        yield {
            "type": "error",
            "error": script.error or {"message": "Made-up failure.", "code": "server_error"},
        }
    if stops or script.finish_reason is None:
        return
    yield {"type": f"{kind}.completed", "b64_json": script.images[0], "usage": script.usage, **script.told}
