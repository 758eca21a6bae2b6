"""`vtai tools`: its commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="What the assistant may call.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def tools(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    from vtai.cli import tools as listing

    if context.invoked_subcommand is None:
        listing.show(context.obj, as_json)


@app.command("run")
def tools_run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The tool.", show_default=False)],
    arguments: Annotated[str, typer.Argument(metavar="JSON", help="Its arguments, as a JSON object.")] = "{}",
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A file for it; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for files that it makes.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Allow a tool that asks first.")] = False,
) -> None:
    """Call one tool, without a model."""
    from vtai.cli import tools as listing

    if not listing.run(context.obj, listing.Trial(name, arguments, tuple(file or ()), out, yes)):
        raise typer.Exit(1)
