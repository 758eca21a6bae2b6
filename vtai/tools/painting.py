"""Pictures for the assistant: made from a description, shown to the person."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, assert_never

from pydantic import Field

from vtai.core.events import FileReady, Notice, PicturePreview, Usage
from vtai.core.ports import ImageRequest, ToolContext, ToolEvent, ToolResult
from vtai.tools.tool import tool


@tool
async def make_picture(
    description: Annotated[str, Field(description="What the picture shows, in detail.", min_length=3)],
    context: ToolContext,
) -> AsyncGenerator[ToolEvent, None]:
    """Makes a picture from a description and shows it to the person. For charts of data run code instead."""
    turn, services = context.turn, context.services
    model = services.catalogue.choose("image", turn.preferences.models.get("image"))
    options = replace(turn.preferences.image, count=1)
    count = 0
    yield f"{model.name} is at work.\n"
    request = ImageRequest(model, description, options, person=turn.person)
    async with aclosing(services.images.generate(request)) as events:
        async for event in events:
            match event:
                case FileReady():
                    count += 1
                    yield event
                case Notice() | Usage():
                    yield event
                case PicturePreview():
                    pass
                case _:
                    assert_never(event)
    if count:
        yield ToolResult("The picture was made and is shown to the person.")
    else:
        yield ToolResult(f"{model.name} sent no picture. Describe it in other words.", is_error=True)
