"""Asks each vendor that is set up whether it answers and takes the key, with its cheapest question."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import httpx

    from vtai.providers.endpoint import Endpoint

TIMEOUT_S = 10.0

# Where a vendor with a wire of its own lists its models, and the header that takes the key.
_LISTS = {
    "anthropic": ("https://api.anthropic.com", "/v1/models?limit=1", "x-api-key"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta", "/models?pageSize=1", "x-goog-api-key"),
    "cohere": ("https://api.cohere.com", "/v1/models?page_size=1", "Authorization"),
}
_FURTHER_HEADERS = {"anthropic": {"anthropic-version": "2023-06-01"}}


@dataclass(frozen=True, slots=True)
class Question:
    """A GET that costs nothing. `headers` hold the key: never shown."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """ "yes", "no", or "unasked" where no question is known; what happened, and what to do about a no."""

    verdict: Literal["yes", "no", "unasked"]
    text: str
    fix: str = ""


def question_for(endpoint: Endpoint) -> Question | None:
    """The cheapest question a vendor answers, or None."""
    key = endpoint.key.get_secret_value() if endpoint.key else ""
    if endpoint.vendor in _LISTS:
        base_url, path, header = _LISTS[endpoint.vendor]
        value = f"Bearer {key}" if header == "Authorization" else key
        headers = {header: value} | _FURTHER_HEADERS.get(endpoint.vendor, {})
        return Question((endpoint.base_url or base_url).rstrip("/") + path, headers)
    if endpoint.base_url is None:
        return None
    return Question(
        endpoint.base_url.rstrip("/") + "/models", {"Authorization": f"Bearer {key}"} if key else {}
    )


async def ask(client: httpx.AsyncClient, question: Question | None, key_variable: str | None) -> Answer:
    """What came of the question, within a few seconds. Never raises but for cancellation."""
    import httpx

    if question is None:
        return Answer("unasked", "there is no question to it that costs nothing")
    began = time.perf_counter()
    try:
        response = await client.get(question.url, headers=question.headers, timeout=TIMEOUT_S)
    except httpx.TimeoutException:
        return Answer("no", f"no answer within {TIMEOUT_S:.0f} s", "Check the network and the proxy.")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Answer("no", "no connection", "Check its address, the network and the proxy.")
    return _judged(response.status_code, time.perf_counter() - began, key_variable)


def _judged(status: int, seconds: float, key_variable: str | None) -> Answer:
    match status:
        case 401 | 403:
            return Answer(
                "no", "it refuses the key", f"Put a valid key into {key_variable or 'models.toml'}."
            )
        case 400 if key_variable is not None:
            # Google's way of saying that a key is not valid.
            return Answer("no", "it refuses the request", f"Check the key in {key_variable}.")
        case 429:
            return Answer("yes", f"answers in {seconds:.1f} s, but takes no more requests just now")
        case 404 | 405:
            return Answer("yes", f"answers in {seconds:.1f} s, without a list of models")
        case _ if status < 400:
            return Answer("yes", f"answers in {seconds:.1f} s")
        case _:
            return Answer("no", f"it fails with status {status}", "Try again later; check its address.")
