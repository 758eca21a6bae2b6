"""What looks like a key is taken out of text before anybody reads it."""

from __future__ import annotations

import logging

import pytest

from vtai.providers.redaction import RedactingFilter, quote, redacted


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdef0123456789",
        "sk-ant-api03-abc_def-0123456789",
        "sk-or-v1-0123456789abcdef",
        "sk-abcd************wxyz",
        "gsk_0123456789abcdefghij",
        "AIzaSyA0123456789abcdefghij",
        "xai-0123456789abcdefghij",
        "tvly-dev-0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_what_looks_like_a_key_is_hidden(key: str) -> None:
    assert redacted(f"Incorrect API key provided: {key}.") == "Incorrect API key provided: [hidden]."


def test_a_known_key_of_any_shape_is_hidden() -> None:
    assert redacted("Wrong password: hunter2!", "hunter2") == "Wrong password: [hidden]!"
    assert redacted("Authorization: Bearer abc") == "Authorization: [hidden]"


@pytest.mark.parametrize(
    "text",
    [
        "The model gpt-6.1-sol does not exist.",
        "claude-sonnet-5-5 is overloaded",
        "Unsupported parameter: max_completion_tokens",
        "maximum context length is 128000 tokens",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redacted(text) == text


def test_a_quote_is_one_short_line() -> None:
    assert quote("one\n two   three") == "one two three"
    assert len(quote("word " * 200)) <= 200


def test_a_filtered_log_record_holds_no_key_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("tests.redaction")
    logger.addFilter(RedactingFilter())
    try:
        float("sk-proj-abcdef0123456789")
    except ValueError:
        logger.exception("failed with %s", "sk-proj-abcdef0123456789")
    assert "sk-proj" not in caplog.text
    assert "failed with [hidden]" in caplog.text
