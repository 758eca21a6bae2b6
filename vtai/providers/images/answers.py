"""Reads the pictures out of a vendor's answer, which holds them itself or says where they are."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vtai.core.errors import (
    BadAddress,
    BadRequest,
    ContentRefused,
    ContextTooLong,
    ProviderError,
    TimedOut,
)
from vtai.core.events import PicturePreview
from vtai.providers.error_sentences import explained
from vtai.providers.fetching import urls
from vtai.providers.images.sizes import Kind, kind_of

if TYPE_CHECKING:
    from vtai.core.ports import Fetcher, ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.fetching.urls import Place
    from vtai.providers.http_client import HttpClient

_MAX_BYTES = 64 * 1024 * 1024
_FETCH_S = 60.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TOLD = ("quality", "background")


@dataclass(frozen=True, slots=True)
class Made:
    """A vendor's answer. Each picture has `b64_json` or `url`, and perhaps `revised_prompt`.

    `image_tokens` are those of the input tokens that stand for pictures. `told` is what the vendor says it
    chose.
    """

    pictures: tuple[dict[str, Any], ...]
    input_tokens: int = 0
    output_tokens: int = 0
    image_tokens: int = 0
    told: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of(answer: dict[str, Any]) -> Made:
        """Raises TypeError, ValueError or AttributeError for an answer of another shape."""
        usage = answer.get("usage") or {}
        return Made(
            tuple(dict(picture) for picture in answer.get("data") or ()),
            int(usage.get("input_tokens") or 0),
            int(usage.get("output_tokens") or 0),
            int((usage.get("input_tokens_details") or {}).get("image_tokens") or 0),
            {name: str(answer[name]) for name in _TOLD if answer.get(name)},
        )

    @staticmethod
    def of_event(event: dict[str, Any]) -> Made:
        """The answer that the last event of a stream holds."""
        return Made.of({**event, "data": [event]})


@dataclass(frozen=True, slots=True)
class Partial:
    """A picture that is still being made, as base64."""

    encoded: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A picture as the vendor made it. `revised` is the prompt that the model took instead, if it says so."""

    data: bytes
    kind: Kind
    revised: str = ""


async def read_picture(
    picture: dict[str, Any], request: ImageRequest, endpoint: Endpoint, http: HttpClient, fetcher: Fetcher
) -> Raw:
    """One of the pictures of an answer. Raises ProviderError."""
    data = await _data(picture, request, endpoint, http, fetcher)
    kind = kind_of(data)
    if kind is None:
        raise _no_picture(endpoint)
    return Raw(data, kind, str(picture.get("revised_prompt") or ""))


def nothing_came(endpoint: Endpoint) -> ContentRefused:
    """What people read when the answer holds no picture and no reason."""
    return ContentRefused(
        f"{endpoint.label} sent no picture; its content policy may be the reason.",
        "Describe the picture in other words, or choose another model for pictures.",
    )


async def preview(partial: Partial, slot: int) -> PicturePreview | None:
    """A picture in the making; None where it cannot be shown, which harms nothing."""
    try:
        data = await asyncio.to_thread(base64.b64decode, partial.encoded)
    except (binascii.Error, ValueError, TypeError):
        return None
    kind = kind_of(data)
    return PicturePreview(slot, f"image/{kind}", data) if kind else None


def for_pictures(error: ProviderError, endpoint: Endpoint) -> ProviderError:
    """The error in words for somebody who asked for a picture."""
    match error:
        case ContentRefused():
            return ContentRefused(
                f"{endpoint.label} refused to make this picture under its content policy.",
                "Describe it in other words, or choose another model for pictures.",
            )
        case ContextTooLong():
            return ContextTooLong(
                f"The request is too large for {endpoint.label}.",
                "Use fewer or smaller pictures, or a shorter description.",
            )
        case _:
            return error


async def _data(
    picture: dict[str, Any], request: ImageRequest, endpoint: Endpoint, http: HttpClient, fetcher: Fetcher
) -> bytes:
    url = str(picture.get("url") or "")
    encoded = picture.get("b64_json")
    if not encoded and url.startswith("data:"):
        encoded = url.partition(",")[2]
    if not encoded:
        return await _fetched(url, request, endpoint, http, fetcher)
    try:
        return await asyncio.to_thread(base64.b64decode, encoded)
    except (binascii.Error, ValueError, TypeError) as error:
        raise _no_picture(endpoint) from error


async def _fetched(
    url: str, request: ImageRequest, endpoint: Endpoint, http: HttpClient, fetcher: Fetcher
) -> bytes:
    """A picture from where the vendor put it: in the open internet over TLS, or on the vendor's own host."""
    try:
        place = urls.read(url)
    except BadAddress as error:
        raise _no_picture(endpoint) from error
    if _is_own(place, endpoint):
        return await _from_own_host(place.url, request, endpoint, http)
    if place.scheme != "https":
        raise _no_picture(endpoint)
    try:
        found = await fetcher.fetch(url, _MAX_BYTES, _FETCH_S)
    except (BadAddress, BadRequest) as error:
        raise _no_picture(endpoint) from error
    except TimedOut as error:
        raise explained("timed out", endpoint, request.model) from error
    except ProviderError as error:
        raise explained("cut", endpoint, request.model) from error
    if found.is_cut:
        raise _no_picture(endpoint)
    return found.data


def _is_own(place: Place, endpoint: Endpoint) -> bool:
    """Whether the place is on the vendor's own host: this machine, or what somebody set as its address."""
    try:
        vendor = urls.read(endpoint.base_url or "")
    except BadAddress:
        return False
    is_same = (place.scheme, place.host, place.port) == (vendor.scheme, vendor.host, vendor.port)
    return (place.host in _LOOPBACK and vendor.host in _LOOPBACK) or (is_same and endpoint.has_own_url)


async def _from_own_host(url: str, request: ImageRequest, endpoint: Endpoint, http: HttpClient) -> bytes:
    import httpx

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
