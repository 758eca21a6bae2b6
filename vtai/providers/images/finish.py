"""Turns a vendor's picture into the file that people get: in their format, with how it was made."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtai.core.errors import BadAttachment
from vtai.core.events import FileReady, Notice
from vtai.providers.images.sizes import size_of

if TYPE_CHECKING:
    from vtai.core.ports import ImageRequest, Pictures
    from vtai.providers.images.answers import Made, Raw
    from vtai.providers.images.planning import Plan

_ENDINGS = {"jpeg": "jpg"}


async def finished(
    raw: Raw, made: Made, request: ImageRequest, plan: Plan, converter: Pictures
) -> list[Notice | FileReady]:
    """The file, converted where the model did not do it; a notice first where that failed."""
    events: list[Notice | FileReady] = []
    data, kind = raw.data, str(raw.kind)
    name = f"picture-{secrets.token_hex(6)}"
    compresses = plan.compression is not None and "compression" not in plan.sent
    if plan.format is not None and (kind != plan.format or compresses):
        try:
            picture = await converter.convert(f"{name}.{kind}", data, plan.format, plan.compression)
        except BadAttachment as error:
            events.append(Notice("image-format", f"The picture stays a {kind.upper()}. {error.message}"))
        else:
            data, kind = picture.data, picture.media_type.partition("/")[2]
    details = tuple(await asyncio.to_thread(lambda: list(_details(data, kind, raw, made, request, plan))))
    file = f"{name}.{_ENDINGS.get(kind, kind)}"
    return [*events, FileReady(file, f"image/{kind}", data, request.prompt, details)]


def _details(
    data: bytes, kind: str, raw: Raw, made: Made, request: ImageRequest, plan: Plan
) -> Iterator[tuple[str, str]]:
    yield "Model", request.model.name
    if size := size_of(data):
        yield "Size", f"{size[0]}x{size[1]}"
    for name in ("quality", "background"):
        # What the vendor says it chose tells more than what it was asked for.
        value = made.told.get(name) or str(plan.sent.get(name) or "")
        if value and value != "auto":
            yield name.capitalize(), value
    yield "Format", kind.upper() if kind != "webp" else "WebP"
    if plan.compression is not None and kind == plan.format:
        yield "Compression", f"{plan.compression} %"
    if raw.revised and raw.revised != request.prompt:
        yield "Prompt as the model took it", raw.revised
