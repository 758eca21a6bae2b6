"""The table from LiteLLM's exceptions to ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtai.providers.error_answers import from_answer, parsed_answer, read, seconds_to_wait
from vtai.providers.error_sentences import Kind, explained

if TYPE_CHECKING:
    from vtai.core.errors import ProviderError
    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint

# By class name, the most special first: before anything was shown, and after.
_BY_CLASS: tuple[tuple[str, Kind, Kind], ...] = (
    ("ContextWindowExceededError", "too long", "too long"),
    ("ContentPolicyViolationError", "refused", "refused"),
    ("MidStreamFallbackError", "cut", "cut"),
    ("Timeout", "timed out", "stalled"),
    ("APITimeoutError", "timed out", "stalled"),
    ("TimeoutException", "timed out", "stalled"),
    ("APIConnectionError", "unreachable", "cut"),
    ("TransportError", "unreachable", "cut"),
    ("ClientError", "unreachable", "cut"),
)
_NO_CONNECTION = re.compile(
    r"connection error|cannot connect|connect call failed|server disconnected", re.IGNORECASE
)
_PREFIX = re.compile(r"^((litellm\.)?\w+(Error|Exception)(:| -)\s*)+(Error code: \d+ - )?")


def foreign_errors() -> tuple[type[Exception], ...]:
    """What a call of LiteLLM may raise. Cheap once LiteLLM is loaded."""
    import aiohttp
    import httpx
    import openai

    return (openai.OpenAIError, httpx.HTTPError, aiohttp.ClientError)


def translated(error: Exception, endpoint: Endpoint, model: Model, has_output: bool) -> ProviderError:
    """Our error for one of LiteLLM's. `has_output` says that a part of the answer was shown already."""
    if getattr(error, "is_pre_first_chunk", False) and isinstance(
        original := getattr(error, "original_exception", None), Exception
    ):
        # A failure before anything came is wrapped as one in the middle.
        return translated(original, endpoint, model, has_output)
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    text = str(error)
    for name, before, after in _BY_CLASS:
        if name in names and not _has_answer(error, name):
            return explained(after if has_output else before, endpoint, model, _own_words(text))
    if _NO_CONNECTION.search(text):
        return explained("cut" if has_output else "unreachable", endpoint, model)
    headers = getattr(error, "litellm_response_headers", None)
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        answer = parsed_answer(_status(error), {"error": body}, seconds_to_wait(headers))
    else:
        answer = read(_status(error), _own_words(text), headers)
    return from_answer(answer, endpoint, model)


def _has_answer(error: Exception, name: str) -> bool:
    """Some failures that a vendor told us about are raised as a lost connection."""
    return name == "APIConnectionError" and "{" in str(error)


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else 500


def _own_words(text: str) -> str:
    """What the vendor said, out of LiteLLM's wrapping: its JSON, or else the text behind the class names."""
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        return text[start : end + 1].replace("\\'", "'")
    return _PREFIX.sub("", text)
