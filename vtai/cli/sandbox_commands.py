"""`vtai sandbox`: its commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="The sandbox that code of the assistant runs in.", rich_markup_mode=None, no_args_is_help=True
)

Level = Annotated[
    Literal["A", "B", "C"] | None,
    typer.Option(help="Means that the local sandbox is to use; the strongest that work when absent."),
]


@app.command("run")
def sandbox_run(
    context: typer.Context,
    file: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Python files.", show_default=False)],
    files: Annotated[Path | None, typer.Option(help="Folder whose files the code finds.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files that the code makes.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, max=86_400, help="Seconds that each file may take.")
    ] = None,
    level: Level = None,
) -> None:
    """Run Python files one after another in one session and print a JSON line for each."""
    from vtai.cli import sandbox

    if not sandbox.run(context.obj, sandbox.Job(tuple(file), files, out, timeout, level)):
        raise typer.Exit(1)


@app.command("check")
def sandbox_check(
    context: typer.Context,
    level: Level = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try out what the sandbox keeps in, with the fix for what is wrong."""
    from vtai.cli import sandbox

    if not sandbox.check(context.obj, level, as_json):
        raise typer.Exit(1)


@app.command("serve")
def sandbox_serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8765,
) -> None:
    """Offer the sandbox of this machine to a VT.ai server elsewhere; needs VT_CODE_SANDBOX_TOKEN."""
    from vtai.cli import sandbox_serve as serving

    serving.serve(context.obj, host, port)
