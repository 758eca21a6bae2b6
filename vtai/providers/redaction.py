"""Takes keys out of text before anybody reads it: errors, logs, quoted answers of vendors."""

from __future__ import annotations

import logging
import re

_HIDDEN = "[hidden]"

# A key is long, has letters and digits, and no spaces. Vendors echo it whole or with asterisks in the middle.
_KEY_LIKE = re.compile(
    r"(?i:bearer\s+)\S+"
    r"|\b(?:sk|pk|rk|gsk|xai|AIza|ghp|hf|r8|nvapi|tvly|pplx|csk|key)[-_]?[A-Za-z0-9*](?:[\w*\-]|\.(?=\w)){7,}"
    r"|(?=[\w*\-]*\d)(?=[\w*\-]*[A-Za-z])[\w*\-]{28,}"
)
_MAX_QUOTE = 200


def redacted(text: str, *secrets: str) -> str:
    """The text with `secrets`, and anything that looks like a key, replaced."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return _KEY_LIKE.sub(_HIDDEN, text)


def quote(text: str, *secrets: str) -> str:
    """One short line of a vendor's own words, fit to be shown; "" where there is nothing to quote."""
    line = " ".join(redacted(text, *secrets).split())
    if len(line) > _MAX_QUOTE:
        line = line[: _MAX_QUOTE - 1].rstrip() + "…"
    return line


class RedactingFilter(logging.Filter):
    """Redacts a log record's text and drops its traceback, which may hold what a vendor echoed."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redacted(record.getMessage())
        record.args = None
        record.exc_info = None
        record.exc_text = None
        record.stack_info = None
        return True
