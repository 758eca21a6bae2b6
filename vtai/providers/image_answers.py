"""Reads the pictures out of a vendor's answer, which holds them itself or says where they are."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vtai.core.errors import BadAttachment, BadRequest
from vtai.core.events import FileReady
from vtai.providers.error_sentences import explained

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.http_client import HttpClient

_MAX_BYTES = 64 * 1024 * 1024
_FETCH_S = 60.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# How a file of each type begins; of WebP the fifth to eighth byte are its length.
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}


@dataclass(frozen=True, slots=True)
class Made:
    """A vendor's answer. Each picture has `b64_json` or `url`, and perhaps `revised_prompt`."""

    pictures: tuple[dict[str, Any], ...]
    input_tokens: int = 0
    output_tokens: int = 0

    @staticmethod
    def of(answer: dict[str, Any]) -> Made:
        usage = answer.get("usage") or {}
        return Made(
            tuple(answer.get("data") or ()),
            int(usage.get("input_tokens") or 0),
            int(usage.get("output_tokens") or 0),
        )


async def pictures(
    made: Made, request: ImageRequest, endpoint: Endpoint, http: HttpClient
) -> AsyncGenerator[FileReady, None]:
    """The pictures as files. Raises ProviderError, also where there is none."""
    if not made.pictures:
        raise explained("refused", endpoint, request.model)
    for number, picture in enumerate(made.pictures, start=1):
        data = await _data(picture, request, endpoint, http)
        kind = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)
        if kind is None:
            raise _no_picture(endpoint)
        caption = str(picture.get("revised_prompt") or request.prompt)
        yield FileReady(f"picture-{number}.{kind}", f"image/{kind}", data, caption)


def read_image(image: Attachment) -> bytes:
    """A picture to change. Raises BadAttachment."""
    try:
        return image.path.read_bytes()
    except OSError as error:
        raise BadAttachment(
            f"The file {image.name!r} cannot be read any more.", "Attach it again and send the message."
        ) from error


async def _data(
    picture: dict[str, Any], request: ImageRequest, endpoint: Endpoint, http: HttpClient
) -> bytes:
    url = str(picture.get("url") or "")
    encoded = picture.get("b64_json")
    if not encoded and url.startswith("data:"):
        encoded = url.partition(",")[2]
    if not encoded:
        return await _fetched(url, request, endpoint, http)
    try:
        return await asyncio.to_thread(base64.b64decode, encoded)
    except (binascii.Error, ValueError, TypeError) as error:
        raise _no_picture(endpoint) from error


async def _fetched(url: str, request: ImageRequest, endpoint: Endpoint, http: HttpClient) -> bytes:
    """A picture from where the vendor put it: over TLS, or on this machine where the vendor is on it."""
    import httpx

    parts = urlsplit(url)
    is_own = parts.hostname in _LOOPBACK and urlsplit(endpoint.base_url or "").hostname in _LOOPBACK
    if parts.scheme != "https" and not is_own:
        raise _no_picture(endpoint)
    client = await http.get()
    data = bytearray()
    try:
        async with asyncio.timeout(_FETCH_S), client.stream("GET", url, follow_redirects=False) as response:
            if response.status_code != 200:
                raise _no_picture(endpoint)
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > _MAX_BYTES:
                    raise _no_picture(endpoint)
    except TimeoutError as error:
        raise explained("timed out", endpoint, request.model) from error
    except httpx.TransportError as error:
        raise explained("cut", endpoint, request.model) from error
    return bytes(data)


def _no_picture(endpoint: Endpoint) -> BadRequest:
    return BadRequest(
        f"{endpoint.label} answered, but not with a picture that can be shown.",
        "Send the message again, or choose another model for pictures.",
    )
