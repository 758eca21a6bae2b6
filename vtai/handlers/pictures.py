"""Pictures for a model that sees: files as data URLs of a size that vendors take, addresses as they are."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment, Message, kind_of
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from PIL import Image

MAX_PICTURES = 8

# Vendors refuse more than five megabytes in base64, or a side of more than 8000 pixels.
_MAX_BYTES = 3_700_000
_MAX_SIDE = 8_000
_REDUCED_SIDE = 2_048
_MAX_PIXELS = 60_000_000
_MAX_FILE_BYTES = 100_000_000
_TAKEN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_READ = (*_TAKEN, "BMP", "TIFF")

_URL = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)


async def of_turn(turn: Turn) -> tuple[str, ...]:
    """The pictures that came with the message, as URLs, at most MAX_PICTURES.

    Raises BadAttachment for a file that is no picture, and for an address that only this machine can reach.
    """
    pictures = [attachment for attachment in turn.attachments if attachment.kind == "image"][:MAX_PICTURES]
    return (*[await data_url(picture) for picture in pictures], *addresses(turn.text))[:MAX_PICTURES]


async def earlier(history: Sequence[Message]) -> tuple[str, ...]:
    """The pictures of the newest message of the person that had any. Raises BadAttachment as `of_turn`."""
    for message in reversed(history):
        if message.role != "user":
            continue
        files = [attachment for attachment in message.attachments if attachment.kind == "image"]
        urls = message.image_urls or picture_addresses(message.text)
        if files or urls:
            return (*[await data_url(file) for file in files[:MAX_PICTURES]], *urls)[:MAX_PICTURES]
    return ()


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of pictures in a text; where none ends like a picture, every address there is."""
    return picture_addresses(text) or tuple(_public(url) for url in _urls(text))


def picture_addresses(text: str) -> tuple[str, ...]:
    """The http(s) addresses in a text that end like a picture. Raises BadAttachment for private ones."""
    return tuple(_public(url) for url in _urls(text) if kind_of(urlsplit(url).path) == "image")


async def data_url(attachment: Attachment) -> str:
    """The picture as a data URL, made smaller or converted where vendors would refuse it."""
    media_type, data = await asyncio.to_thread(_encoded, attachment)
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _encoded(attachment: Attachment) -> tuple[str, bytes]:
    from PIL import Image

    name = attachment.name
    if attachment.size_bytes > _MAX_FILE_BYTES:
        raise BadAttachment(f"{name} is too large.", f"Send at most {_MAX_FILE_BYTES // 1_000_000} MB.")
    try:
        data = attachment.path.read_bytes()
    except OSError as error:
        raise BadAttachment(f"{name} is no longer there.", "Attach it again.") from error
    try:
        with Image.open(BytesIO(data), formats=_READ) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise BadAttachment(
                    f"{name} has more than {_MAX_PIXELS // 1_000_000} million pixels.", "Send a smaller one."
                )
            media_type = _TAKEN.get(picture.format or "")
            if media_type and len(data) <= _MAX_BYTES and max(picture.size) <= _MAX_SIDE:
                return media_type, data
            return _reduced(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadAttachment(
            f"{name} is not a picture that can be read.", "Send it as PNG, JPEG, WebP or GIF."
        ) from error


def _reduced(picture: Image.Image) -> tuple[str, bytes]:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((_REDUCED_SIDE, _REDUCED_SIDE))
    out = BytesIO()
    if upright.has_transparency_data:
        upright.convert("RGBA").save(out, "PNG", optimize=True)
        return "image/png", out.getvalue()
    upright.convert("RGB").save(out, "JPEG", quality=88)
    return "image/jpeg", out.getvalue()


def _urls(text: str) -> list[str]:
    """Addresses in a text, each once, without the punctuation or bracket that follows them."""
    found: list[str] = []
    for match in _URL.finditer(text):
        url = match.group().rstrip(".,;:!?*_")
        while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
            url = url[:-1]
        if url not in found:
            found.append(url)
    return found


def _public(url: str) -> str:
    """The address, if it may be one of the open internet: no model server is sent to look inside."""
    try:
        is_inside = _is_inside(urlsplit(url))
    except ValueError:
        is_inside = True
    if is_inside:
        raise BadAttachment("That address is not one of the open internet.", "Attach the picture itself.")
    return url


def _is_inside(parts: SplitResult) -> bool:
    host = (parts.hostname or "").rstrip(".")
    if host.replace(".", "").isdigit() or ":" in host:
        return not ipaddress.ip_address(host).is_global
    return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan", ".home.arpa"))
