"""Loads LiteLLM once, in a thread, when it is first needed: it takes seconds and 200 MB."""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from typing import Any

from vtai.providers.redaction import RedactingFilter

# LiteLLM reads these while it is imported. They hold no secrets; nothing else ever goes into os.environ.
_FLAGS = {
    "LITELLM_MODE": "PRODUCTION",  # no .env file of the working directory
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # no download of its price list
    "LITELLM_OFFLINE_MODE": "true",
    "LITELLM_LOG": "ERROR",
}
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


class LiteLLMLibrary:
    """The module, for whoever asks. Shared by the wires to chat and to pictures."""

    def __init__(self) -> None:
        self._module: Any = None
        self._loading = asyncio.Lock()

    async def get(self) -> Any:
        """The `litellm` module, ready for its first call."""
        async with self._loading:
            if self._module is None:
                self._module = await asyncio.to_thread(_loaded)
        return self._module

    async def aclose(self) -> None:
        """Ends the connections that LiteLLM keeps, where it was loaded at all."""
        if self._module is not None:
            await self._module.close_litellm_async_clients()
            # Closed sockets are gone one turn of the event loop later.
            await asyncio.sleep(0)


def _loaded() -> Any:
    os.environ.update(_FLAGS)
    import litellm

    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.telemetry = False
    # Failures reach people through our own errors. Its log lines and warnings may quote what people wrote.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        if not any(isinstance(known, RedactingFilter) for known in logger.filters):
            logger.addFilter(RedactingFilter())
    # Much is imported by the first call only.
    hello = [{"role": "user", "content": "hello"}]
    for _ in litellm.completion(model="openai/warm-up", messages=hello, mock_response="hello", stream=True):
        pass
    return litellm
