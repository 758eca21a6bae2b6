"""Jobs that behave, and jobs that do not, for the tests of the workshop."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from vtai.core.errors import BadAttachment


def echo(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    print("said by a library")
    return {"options": options, "pid": os.getpid(), "variables": sorted(os.environ)}, payload[::-1]


def refuse(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    raise BadAttachment("It is locked.", "Send it without a password.")


def fail(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    raise RuntimeError(str(Path(__file__)))


def swell(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"size": len(bytearray(8_000_000_000))}, b""


def crash(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    os.abort()


def hang(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    time.sleep(600)
    return {}, b""


def recurse(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return recurse(payload, options)
