"""Reads what vendors answer when they fail: status, code and text to one of our kinds of failure.

The table serves both wires; vendors differ in words more than in status.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from vtai.providers.error_sentences import Kind, explained

if TYPE_CHECKING:
    from vtai.core.errors import ProviderError
    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Answer:
    """A failure as the vendor told it. `code` joins the vendor's code, type and status words."""

    status: int
    text: str = ""
    code: str = ""
    retry_after_s: float | None = None


# Looked for in code and text where the status leaves it open, in this order; the first hit names the kind.
_WORDS: dict[Kind, tuple[str, ...]] = {
    "quota": (
        r"insufficient_quota",
        r"insufficient.(balance|credit|fund)",
        r"credit balance",
        r"out of credit",
    ),
    "rate": (r"rate_limit", r"rate limit", r"too many requests"),
    "too long": (
        r"context_length_exceeded",
        r"exceed_context",
        r"maximum context",
        r"context.(length|window|size)",
        r"(prompt|input) is too long",
        r"too many (input )?tokens",
        r"reduce the length",
        r"token limit",
    ),
    "refused": (
        r"content[_ ]?(policy|filter)",
        r"content management policy",
        r"moderation",
        r"flagged",
        r"safety (system|filter|setting)",
        r"usage polic",
        r"prohibited_content",
    ),
    "gone": (
        r"model_not_(found|available)",
        r"decommissioned",
        r"not a valid model",
        r"no such model",
        r"(unknown|invalid) model",
        r"not_found_error",
        r"\bmodels?\b.{0,120}\b(not found|not exist|retired|no longer)",
    ),
    "bad key": (
        r"invalid_api_key",
        r"api.?key.{0,20}(not valid|invalid|expired)",
        r"invalid.{0,5}(api)?.?key",
    ),
}
_PATTERNS = {kind: re.compile("|".join(words), re.IGNORECASE) for kind, words in _WORDS.items()}
_OPEN = frozenset({400, 403, 404, 409, 422, 429})
_BY_STATUS: dict[int, Kind] = {
    401: "bad key",
    402: "quota",
    403: "forbidden",
    404: "wrong address",
    408: "timed out",
    410: "gone",
    413: "too long",
    429: "rate",
    504: "timed out",
}
# Some vendors say "quota" of a limit that passes in a minute; then they also say how long to wait.
_QUOTA_OF_A_PLAN = re.compile(r"quota|billing", re.IGNORECASE)
_RETRY_IN_TEXT = re.compile(
    r"(?:retryDelay\W+|retry[ -]after\W+|(?:retry|try again) in )(\d+(?:\.\d+)?) ?(ms|s)", re.IGNORECASE
)


def from_answer(answer: Answer, endpoint: Endpoint, model: Model) -> ProviderError:
    """The error that a vendor's answer stands for."""
    retry_after_s = answer.retry_after_s
    if retry_after_s is None and (found := _RETRY_IN_TEXT.search(answer.text)):
        retry_after_s = float(found[1]) / (1000 if found[2].lower() == "ms" else 1)
    return explained(_kind(answer, retry_after_s), endpoint, model, answer.text, retry_after_s)


def _kind(answer: Answer, retry_after_s: float | None) -> Kind:
    words = f"{answer.code} {answer.text}"
    if answer.status == 429 and retry_after_s is None and _QUOTA_OF_A_PLAN.search(words):
        return "quota"
    if answer.status in _OPEN:
        for kind, pattern in _PATTERNS.items():
            if pattern.search(words):
                return kind
    if answer.status in _BY_STATUS:
        return _BY_STATUS[answer.status]
    return "down" if answer.status >= 500 else "bad request"


def read(status: int, body: bytes | str, headers: Mapping[str, str] | None = None) -> Answer:
    """A failed response as an Answer, whatever shape its body has."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        parsed: Any = json.loads(text)
    except ValueError:
        # A proxy's HTML page says nothing that helps.
        return Answer(status, "" if "<html" in text.lower() else text, "", seconds_to_wait(headers))
    return parsed_answer(status, parsed, seconds_to_wait(headers))


def of_event(error: Any) -> Answer:
    """An error that came inside a stream. Its code may be a status or a word."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    answer = parsed_answer(status or 500, {"error": error})
    if status is None:
        named = next((s for word, s in _STATUS_OF_WORD if word in answer.code), 500)
        answer = Answer(named, answer.text, answer.code)
    return answer


_STATUS_OF_WORD = (
    ("rate_limit", 429),
    ("insufficient_quota", 429),
    ("overloaded", 529),
    ("authentication", 401),
    ("invalid_request", 400),
    ("context_length", 400),
    ("content", 400),
)


def parsed_answer(status: int, body: Any, retry_after_s: float | None = None) -> Answer:
    """A failed response whose body was parsed already."""
    error = body[0] if isinstance(body, list) and body else body
    if isinstance(error, dict):
        error = error.get("error", error)
    if not isinstance(error, dict):
        return Answer(status, str(error), "", retry_after_s)
    text = error.get("message") or error.get("detail") or json.dumps(error)
    code = " ".join(str(error[name]) for name in ("code", "type", "status") if error.get(name))
    return Answer(status, str(text), code, retry_after_s)


def seconds_to_wait(headers: Mapping[str, str] | None) -> float | None:
    """The Retry-After header in seconds, which may also be a date. None where it says nothing of use."""
    if headers is None:
        return None
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None
