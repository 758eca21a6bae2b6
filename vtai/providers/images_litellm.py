"""Pictures through LiteLLM, for vendors with a wire format of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vtai.providers.error_sentences import explained
from vtai.providers.image_answers import Made, read_image
from vtai.providers.litellm_errors import foreign_errors, translated

if TYPE_CHECKING:
    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.litellm_library import LiteLLMLibrary


class LiteLLMPictures:
    """`making_s` is the longest a vendor may take for one request."""

    def __init__(self, library: LiteLLMLibrary, making_s: float, connect_s: float) -> None:
        self._library = library
        self._making_s = making_s
        self._connect_s = connect_s

    async def make(self, request: ImageRequest, endpoint: Endpoint, fields: Mapping[str, Any]) -> Made:
        """What the vendor answered. Raises ProviderError."""
        litellm = await self._library.get()
        arguments: dict[str, Any] = {
            "model": endpoint.litellm_model,
            "prompt": request.prompt,
            "api_key": endpoint.key.get_secret_value() if endpoint.key else None,
            "api_base": endpoint.base_url,
            "timeout": self._making_s,
            "max_retries": 0,
            **fields,
        }
        if request.images:
            arguments["image"] = [await asyncio.to_thread(read_image, image) for image in request.images]
        make = litellm.aimage_edit if request.images else litellm.aimage_generation
        try:
            async with asyncio.timeout(self._making_s):
                answer = await make(**arguments)
        except TimeoutError as error:
            raise explained("timed out", endpoint, request.model) from error
        except foreign_errors() as error:
            raise translated(error, endpoint, request.model, has_output=False) from error
        return Made.of(answer.model_dump())
