"""Pictures over an OpenAI-shaped URL: `/images/generations`, and `/images/edits` for pictures to change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vtai.providers.error_answers import from_answer, read
from vtai.providers.error_sentences import explained
from vtai.providers.image_answers import Made, read_image

if TYPE_CHECKING:
    import httpx

    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.http_client import HttpClient


class WirePictures:
    """`making_s` is the longest a vendor may take for one request."""

    def __init__(self, http: HttpClient, making_s: float) -> None:
        self._http = http
        self._making_s = making_s

    async def make(self, request: ImageRequest, endpoint: Endpoint, fields: Mapping[str, Any]) -> Made:
        """What the vendor answered. Raises ProviderError."""
        import httpx

        client = await self._http.get()
        outgoing = await _outgoing(client, request, endpoint, fields)
        try:
            async with asyncio.timeout(self._making_s):
                response = await client.send(outgoing)
        except TimeoutError as error:
            raise explained("timed out", endpoint, request.model) from error
        except httpx.TransportError as error:
            raise explained("unreachable", endpoint, request.model) from error
        if response.status_code != 200:
            answer = read(response.status_code, response.content, response.headers)
            raise from_answer(answer, endpoint, request.model)
        try:
            return Made.of(response.json())
        except (ValueError, AttributeError) as error:
            raise explained("cut", endpoint, request.model) from error


async def _outgoing(
    client: httpx.AsyncClient, request: ImageRequest, endpoint: Endpoint, fields: Mapping[str, Any]
) -> httpx.Request:
    base = (endpoint.base_url or "").rstrip("/")
    headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"} if endpoint.key else {}
    body = {"model": request.model.id, "prompt": request.prompt, **fields}
    if not request.images:
        return client.build_request("POST", f"{base}/images/generations", json=body, headers=headers)
    files = [
        ("image[]", (image.name, await asyncio.to_thread(read_image, image), image.media_type))
        for image in request.images
    ]
    form = {name: str(value) for name, value in body.items()}
    return client.build_request("POST", f"{base}/images/edits", data=form, files=files, headers=headers)
