"""Pictures through LiteLLM, for vendors with a wire format of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadRequest, ContentRefused
from vtai.providers.error_sentences import explained
from vtai.providers.images.answers import Made, Partial, for_pictures
from vtai.providers.images.rejections import OPTION_OF, Rejected, named
from vtai.providers.litellm_errors import foreign_errors, translated

if TYPE_CHECKING:
    from vtai.core.errors import ProviderError
    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.images.abilities import Abilities
    from vtai.providers.images.planning import Plan
    from vtai.providers.litellm_library import LiteLLMLibrary


class LiteLLMPictures:
    """`making_s` is the longest a vendor may take for one request."""

    def __init__(self, library: LiteLLMLibrary, making_s: float) -> None:
        self._library = library
        self._making_s = making_s

    async def abilities(self, known: Abilities, request: ImageRequest, endpoint: Endpoint) -> Abilities:
        """What LiteLLM knows of a model that our own data does not: it drops what it has no place for."""
        if known.options is not None:
            return known
        await self._library.get()
        return await asyncio.to_thread(_completed, known, endpoint.litellm_model, bool(request.images))

    async def make(
        self, request: ImageRequest, endpoint: Endpoint, plan: Plan
    ) -> AsyncGenerator[Partial | Made, None]:
        """What the vendor answered. Raises Rejected and other ProviderErrors."""
        litellm = await self._library.get()
        fields = {**plan.fields, **endpoint.extra_body}
        arguments: dict[str, Any] = {
            "model": endpoint.litellm_model,
            "prompt": request.prompt,
            "api_key": endpoint.key.get_secret_value() if endpoint.key else None,
            "api_base": endpoint.base_url,
            "timeout": self._making_s,
            "max_retries": 0,
            **fields,
        }
        make = litellm.aimage_generation
        if request.images:
            make = litellm.aimage_edit
            arguments["image"] = [picture.data for picture in request.images]
            if request.mask is not None and plan.has_mask:
                arguments["mask"] = fields["mask"] = request.mask.data
        try:
            async with asyncio.timeout(self._making_s):
                answer = await make(**arguments)
        except TimeoutError as error:
            raise explained("timed out", endpoint, request.model) from error
        except foreign_errors() as error:
            raise _explained(error, request, endpoint, fields) from error
        yield Made.of(answer.model_dump())


def _explained(
    error: Exception, request: ImageRequest, endpoint: Endpoint, sent: dict[str, Any]
) -> ProviderError:
    ours = translated(error, endpoint, request.model, has_output=False)
    if isinstance(ours, BadRequest | ContentRefused) and getattr(error, "status_code", None) in {400, 422}:
        param = getattr(error, "param", None)
        if names := named(str(error), sent, param if isinstance(param, str) else None):
            return Rejected(explained("bad request", endpoint, request.model), names)
    return for_pictures(ours, endpoint)


def _completed(known: Abilities, litellm_model: str, is_edit: bool) -> Abilities:
    """`known` with the options that LiteLLM has a place for."""
    import litellm
    from litellm.utils import ProviderConfigManager, get_llm_provider

    try:
        model, vendor, _, _ = get_llm_provider(model=litellm_model)
        provider = litellm.LlmProviders(vendor)
    except (ValueError, litellm.exceptions.BadRequestError):
        return known
    if is_edit:
        config = ProviderConfigManager.get_provider_image_edit_config(model=model, provider=provider)
        if config is None:
            return replace(known, max_images=0)
    else:
        config = ProviderConfigManager.get_provider_image_generation_config(model=model, provider=provider)
        if config is None:
            return known
    fields = config.get_supported_openai_params(model)
    options = frozenset(OPTION_OF[field] for field in fields if field in OPTION_OF)
    takes_mask = known.takes_mask if known.takes_mask is not None or not is_edit else "mask" in options
    return replace(known, options=options - {"mask", "stream", "data"}, takes_mask=takes_mask)
