"""`vtai backup` and `vtai restore`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# Without a name of its own, so both stand beside the other commands.
app = typer.Typer(rich_markup_mode=None)

WithConfig = Annotated[
    bool, typer.Option("--with-config", help="The configuration and the keys of vendors, too.")
]


@app.command("backup")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, such as vtai.tar.gz.")],
    with_config: WithConfig = False,
) -> None:
    """Write conversations, accounts and files to one file. The server may run."""
    from vtai.cli import backup as backing_up

    backing_up.make(context.obj, file, with_config=with_config)


@app.command("restore")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One that `vtai backup` wrote.")],
    with_config: WithConfig = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Put a backup in place of what there is. The server may run."""
    from vtai.cli import backup as backing_up

    if not backing_up.restore(context.obj, file, with_config=with_config, is_sure=yes):
        raise typer.Exit(1)
