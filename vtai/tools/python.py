"""Python for the assistant: code runs in the sandbox, what it shows goes to the page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, assert_never

from pydantic import Field

from vtai.core.code import (
    CodeFigure,
    CodeOutput,
    CodeRequest,
    CodeResult,
    CodeWaiting,
    RunStatus,
    SessionKey,
)
from vtai.core.events import FileReady, TableReady
from vtai.core.ports import ToolContext, ToolEvent, ToolResult
from vtai.tools.tool import tool

_WHY: dict[RunStatus, str] = {
    "error": "The code failed.",
    "timeout": "The code took too long and was stopped.",
    "memory": "The code needed more memory than it may have.",
    "output_limit": "The code printed more than it may and was stopped.",
    "disk_limit": "The code wrote more than it may and was stopped.",
    "crashed": "The interpreter crashed.",
    "blocked_syscall": "The code tried something that is not allowed here and was stopped.",
    "unavailable": "Code cannot run now.",
}


@tool(code="code")
async def run_python(
    code: Annotated[
        str,
        Field(
            description="Python code. Variables of earlier calls are still there. The files of this chat are "
            "in the current folder, /mnt/data, by their names. Save what the person is to download there."
        ),
    ],
    context: ToolContext,
) -> AsyncGenerator[ToolEvent, None]:
    """Runs Python code with numpy, pandas and matplotlib in a sandbox without network. Use it for data,
    files, tables, plots and calculations that take more than one line. Print what you want to know; plots and
    the value of the last line are shown to the person by themselves.
    """
    turn = context.turn
    request = CodeRequest(SessionKey(turn.person, turn.conversation), code, context.files)
    figures = tables = 0
    async with aclosing(context.services.sandbox.run(request)) as events:
        async for event in events:
            match event:
                case CodeWaiting(ahead):
                    yield f"Waiting: {ahead} before this one.\n"
                case CodeOutput(_, text):
                    yield text
                case CodeFigure(data):
                    figures += 1
                    yield FileReady(f"figure-{figures}.png", "image/png", data)
                case TableReady():
                    tables += 1
                    yield event
                case CodeResult():
                    for file in event.files:
                        yield FileReady(file.name, file.media_type, file.data)
                    yield _result(event, figures, tables)
                case _:
                    assert_never(event)


def _result(ended: CodeResult, figures: int, tables: int) -> ToolResult:
    printed = ended.stdout + (f"\n[errors]\n{ended.stderr}" if ended.stderr.strip() else "")
    parts = [] if ended.status == "ok" else [_WHY[ended.status]]
    if ended.error:
        parts.append(ended.error.traceback or f"{ended.error.type}: {ended.error.message}")
    if ended.result is not None:
        parts.append(f"Value of the last line:\n{ended.result}")
    parts += ended.notes
    said = [part for part in (printed.strip(), *parts) if part]
    facts = [*_shown(figures, tables, ended)]
    text = "\n".join((*said, *facts)) or "(It ran and printed nothing.)"
    shown = "\n".join(said) or "(Nothing was printed.)"
    return ToolResult(text, shown, is_error=ended.status != "ok")


def _shown(figures: int, tables: int, ended: CodeResult) -> list[str]:
    """What the person sees already, so that the model does not repeat it."""
    lines = []
    if figures:
        lines.append(f"({figures} figure{'s' * (figures > 1)} shown to the person.)")
    if tables:
        lines.append("(The table is shown to the person.)")
    if ended.files:
        lines.append(f"(Offered to the person for download: {', '.join(file.name for file in ended.files)}.)")
    return lines
