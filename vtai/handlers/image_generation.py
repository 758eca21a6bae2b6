"""Makes pictures from a description; with pictures attached, changes or combines them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai.core import routes
from vtai.core.errors import ProviderError, VTError
from vtai.core.events import FileReady, ToolFinished, ToolStarted
from vtai.core.ports import ImageRequest
from vtai.core.routes import Decision, Route
from vtai.handlers import requests

if TYPE_CHECKING:
    from vtai.core.ports import Services, Stream
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
    images = tuple(attachment for attachment in turn.attachments if attachment.kind == "image")
    request = ImageRequest(model, prompt, turn.preferences.image, images, turn.person)
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
