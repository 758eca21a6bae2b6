"""What vendors really say when they fail, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes import model
from tests.providers.wires import KEY, endpoint
from vtai.core import errors
from vtai.providers.error_answers import from_answer, of_event, read


def body(**error: Any) -> str:
    return json.dumps({"error": error})


ANSWERS: dict[str, tuple[int, str, type[errors.ProviderError]]] = {
    "openai quota": (
        429,
        body(code="insufficient_quota", message="You exceeded your current quota"),
        errors.QuotaExhausted,
    ),
    "openai rate": (
        429,
        body(code="rate_limit_exceeded", message="Rate limit reached for x"),
        errors.RateLimited,
    ),
    "gemini rate": (
        429,
        body(status="RESOURCE_EXHAUSTED", message="You exceeded your current quota. Please retry in 12.5s."),
        errors.RateLimited,
    ),
    "gemini key": (
        400,
        body(status="INVALID_ARGUMENT", message="API key not valid. Please pass a valid API key."),
        errors.BadKey,
    ),
    "deepseek balance": (402, body(message="Insufficient Balance"), errors.QuotaExhausted),
    "anthropic credit": (
        400,
        body(type="invalid_request_error", message="Your credit balance is too low"),
        errors.QuotaExhausted,
    ),
    "anthropic long": (
        400,
        body(type="invalid_request_error", message="prompt is too long: 9 tokens > 5 maximum"),
        errors.ContextTooLong,
    ),
    "anthropic overload": (529, body(type="overloaded_error", message="Overloaded"), errors.VendorDown),
    "groq too large": (
        413,
        body(code="rate_limit_exceeded", message="Request too large for model"),
        errors.ContextTooLong,
    ),
    "groq gone": (
        400,
        body(code="model_decommissioned", message="The model x has been decommissioned"),
        errors.ModelGone,
    ),
    "openrouter unknown": (400, body(code=400, message="x/y is not a valid model ID"), errors.ModelGone),
    "openrouter flagged": (403, body(code=403, message="Your input was flagged"), errors.ContentRefused),
    "forbidden": (403, body(message="Project does not have access"), errors.BadKey),
    "llama.cpp long": (
        400,
        body(type="exceed_context_size_error", message="request exceeds the available context size"),
        errors.ContextTooLong,
    ),
    "ollama unknown": (404, body(message="model 'qwen9' not found"), errors.ModelGone),
    "lm studio text": (400, '{"error": "Invalid model identifier"}', errors.ModelGone),
    "image refused": (
        400,
        body(code="moderation_blocked", message="Your request was rejected by the safety system."),
        errors.ContentRefused,
    ),
    "wrong path": (404, '{"detail": "Not Found"}', errors.BadRequest),
    "proxy page": (502, "<html><body>Bad gateway</body></html>", errors.VendorDown),
    "empty": (500, "", errors.VendorDown),
    "gateway timeout": (504, "", errors.TimedOut),
    "odd parameter": (400, body(message="Unsupported parameter: 'top_k'"), errors.BadRequest),
    "list": (400, json.dumps([{"error": {"message": "odd"}}]), errors.BadRequest),
}


@pytest.mark.parametrize(("status", "text", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_has_its_error(status: int, text: str, expected: type[errors.ProviderError]) -> None:
    error = from_answer(read(status, text), endpoint("http://127.0.0.1:9/v1"), model())
    assert type(error) is expected
    assert error.hint
    assert "<html" not in error.message


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"retry-after": "30"}, "", 30),
        ({"retry-after-ms": "1500", "retry-after": "2"}, "", 1.5),
        ({"retry-after": "Sun, 22 Nov 2020 00:00:00 GMT"}, "", 0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "Sun, 22 Nov 2020 00:00:00 -0000"}, "", 0),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after-ms": "soon", "retry-after": "2"}, "", 2),
        ({}, body(message="Please try again in 7.66s."), 7.66),
        ({}, body(message="Please try again in 350ms."), 0.35),
        ({}, body(message="Slow down.", details=[{"retryDelay": "12s"}]), None),
        ({}, "", None),
    ],
    ids=[
        "seconds",
        "milliseconds",
        "date",
        "words",
        "no-zone",
        "endless",
        "odd-ms",
        "text",
        "text in ms",
        "elsewhere",
        "none",
    ],
)
def test_the_hint_to_wait_is_found(headers: dict[str, str], text: str, seconds: float | None) -> None:
    error = from_answer(read(429, text, headers), endpoint("http://127.0.0.1:9/v1"), model())
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == seconds


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 502, "message": "Upstream failed"}, errors.VendorDown),
        ({"code": 429, "message": "Slow down"}, errors.RateLimited),
        ({"code": "rate_limit_exceeded", "message": "Slow down"}, errors.RateLimited),
        ({"type": "overloaded_error", "message": "Overloaded"}, errors.VendorDown),
        ("odd", errors.VendorDown),
    ],
)
def test_errors_inside_a_stream_have_theirs(error: Any, expected: type[errors.ProviderError]) -> None:
    assert type(from_answer(of_event(error), endpoint("http://127.0.0.1:9/v1"), model())) is expected


def test_the_sentence_names_vendor_cause_and_remedy_and_quotes_without_the_key() -> None:
    answer = read(400, body(message=f"Unsupported value for {KEY}: temperature " + "x" * 500))
    error = from_answer(answer, endpoint("http://127.0.0.1:9/v1"), model())
    assert error.message.startswith(
        "OpenAI did not accept the request. It says: “Unsupported value for [hidden]"
    )
    assert len(error.message) < 280
