"""What the assistant may call, one module each, and the loop that lets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.tools.attached import read_file
from vtai.tools.calculator import calculate
from vtai.tools.clock import current_time, days_between
from vtai.tools.memory import recall, remember
from vtai.tools.painting import make_picture
from vtai.tools.python import run_python
from vtai.tools.web import read_page, search_web

if TYPE_CHECKING:
    from vtai.tools.tool import FunctionTool

TOOLS: tuple[FunctionTool, ...] = (
    run_python,
    search_web,
    read_page,
    read_file,
    make_picture,
    calculate,
    current_time,
    days_between,
    remember,
    recall,
)
