"""What the assistant may call, one module each, and the loop that lets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.tools.calculator import calculate
from vtai.tools.clock import current_time, days_between

if TYPE_CHECKING:
    from vtai.core.ports import Tool

TOOLS: tuple[Tool, ...] = (calculate, current_time, days_between)
