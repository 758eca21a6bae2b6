"""Makes pictures from a description; changes or combines attached ones and those of before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai.core import routes
from vtai.core.errors import BadAttachment, ProviderError, VTError
from vtai.core.events import FileReady, Notice, ToolFinished, ToolStarted
from vtai.core.ports import ImageRequest
from vtai.core.routes import Decision, Route
from vtai.handlers import changes, pictures, requests

if TYPE_CHECKING:
    from vtai.core.documents import Picture
    from vtai.core.messages import Attachment
    from vtai.core.ports import Model, Services, Stream
    from vtai.core.turn import Turn

route = Route(
    routes.IMAGE_GENERATION,
    "Image",
    "Pictures made from a description, or changed as asked.",
    ("Draw a lighthouse in fog", "Make this photo look like a watercolour"),
)

_STEP = "picture"


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The pictures as they are ready. Raises NotConfigured with the keys that would give an image model."""
    model = services.catalogue.choose("image", turn.preferences.models.get("image"))
    prompt = requests.question_of(turn)
    if not prompt:
        raise VTError("There is no description of the picture.", "Say what the picture should show.")
    inputs = pictures.images(turn.attachments)
    if not inputs and changes.is_change(turn, prompt):
        inputs = changes.meant(prompt, turn.history.messages)
        yield Notice("changed", f"Changing {' and '.join(each.name for each in inputs)}.")
    ready, mask = await _ready(inputs, turn.mask, model, services)
    request = ImageRequest(model, prompt, turn.preferences.image, ready, mask, turn.person)
    count = 0
    yield ToolStarted(_STEP, model.name, prompt)
    async with aclosing(services.images.generate(request)) as events:
        async for event in events:
            count += isinstance(event, FileReady)
            yield event
    if count == 0:
        raise ProviderError(
            f"{model.name} sent no picture.",
            "Send the message again, or describe the picture in other words.",
        )
    yield ToolFinished(_STEP, "1 picture" if count == 1 else f"{count} pictures")


async def _ready(
    inputs: Sequence[Attachment], mask: Attachment | None, model: Model, services: Services
) -> tuple[tuple[Picture, ...], Picture | None]:
    """The pictures to change and the mask, checked and fit to be sent. Raises BadAttachment."""
    ready = await pictures.prepared(await pictures.files(inputs), model, services, is_still=True)
    if mask is None or not ready:
        return ready, None
    try:
        raw = await asyncio.to_thread(mask.path.read_bytes)
    except OSError as error:
        raise BadAttachment("The marked part is no longer there.", "Mark it again.") from error
    side = max(ready[0].width, ready[0].height)
    return ready, await services.pictures.prepare(mask.name, raw, side, is_still=True)
