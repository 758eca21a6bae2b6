"""The pictures of a turn: attached, linked, or the last ones that were talked about.

Finds them and has them made ready for a model; decoding is the business of the `Pictures` port.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from vtai.core import links
from vtai.core.documents import Picture
from vtai.core.errors import BadAddress, BadAttachment, ProviderError, VTError
from vtai.core.messages import Attachment, Message
from vtai.core.ports import Model, Services
from vtai.core.turn import Turn

MAX_PICTURES = 8

_MAX_FILE_BYTES = 100_000_000
_MAX_FETCHED_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class Raw:
    """A picture as it came; it may be anything at all."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """The pictures of a turn, and what went wrong with others."""

    pictures: tuple[Raw, ...] = ()
    failures: tuple[VTError, ...] = ()


async def of_turn(turn: Turn, services: Services) -> Found:
    """The pictures that came with the message, at most MAX_PICTURES.

    Raises BadAttachment for a file that is gone, and what fetching raises where no picture is left.
    """
    attached = await files(turn.attachments)
    return await _with_linked(attached, turn.text, services)


async def earlier(history: Sequence[Message], services: Services) -> Found:
    """The pictures of the newest message that had any, made ones included. Raises as `of_turn`."""
    for message in reversed(history):
        if attached := images(message.attachments):
            text = message.text if message.role == "user" else ""
            return await _with_linked(await files(attached), text, services)
        if message.role == "user" and links.picture_links(message.text):
            return await _with_linked((), message.text, services)
    return Found()


def images(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    return tuple(attachment for attachment in attachments if attachment.kind == "image")


async def files(attachments: Sequence[Attachment]) -> tuple[Raw, ...]:
    """The pictures among the attachments, at most MAX_PICTURES. Raises BadAttachment."""
    return tuple([await asyncio.to_thread(_read, picture) for picture in images(attachments)[:MAX_PICTURES]])


async def prepared(
    found: Sequence[Raw], model: Model, services: Services, *, is_still: bool = False
) -> tuple[Picture, ...]:
    """The pictures in a form and size that the model takes. Raises BadAttachment."""
    side = model.image_side
    preparing = (services.pictures.prepare(raw.name, raw.data, side, is_still=is_still) for raw in found)
    return tuple(await asyncio.gather(*preparing))


async def data_urls(found: Sequence[Raw], model: Model, services: Services) -> tuple[str, ...]:
    """The pictures as data URLs that the model takes. Raises BadAttachment."""
    ready = await prepared(found, model, services)
    return tuple([await asyncio.to_thread(_data_url, picture) for picture in ready])


async def _with_linked(attached: tuple[Raw, ...], text: str, services: Services) -> Found:
    """The attached pictures and those whose addresses stand in the text."""
    urls = links.picture_links(text)
    if not attached:
        urls = urls or links.links(text)
    failures: list[VTError] = []
    fetched: list[Raw] = []
    for got in await asyncio.gather(
        *(_fetched(url, services) for url in urls[: MAX_PICTURES - len(attached)])
    ):
        if isinstance(got, Raw):
            fetched.append(got)
        else:
            failures.append(got)
    if failures and not attached and not fetched:
        raise failures[0]
    return Found((*attached, *fetched), tuple(failures))


async def _fetched(url: str, services: Services) -> Raw | VTError:
    try:
        found = await services.fetcher.fetch(url, _MAX_FETCHED_BYTES)
    except (BadAddress, ProviderError) as error:
        return error
    name = urlsplit(found.url).path.rpartition("/")[2][:100] or "The linked picture"
    if found.is_cut:
        megabytes = _MAX_FETCHED_BYTES // 1_000_000
        return BadAttachment(f"{name} has more than {megabytes} MB.", "Link a smaller picture.")
    if not found.media_type.startswith("image/"):
        return BadAttachment(
            f"At {urlsplit(url).hostname} there is no picture, but {found.media_type}.",
            "Link the picture itself, or attach it.",
        )
    return Raw(name, found.data)


def _read(attachment: Attachment) -> Raw:
    if attachment.size_bytes > _MAX_FILE_BYTES:
        raise BadAttachment(
            f"{attachment.name} is too large.", f"Send at most {_MAX_FILE_BYTES // 1_000_000} MB."
        )
    try:
        return Raw(attachment.name, attachment.path.read_bytes())
    except OSError as error:
        raise BadAttachment(f"{attachment.name} is no longer there.", "Attach it again.") from error


def _data_url(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"
