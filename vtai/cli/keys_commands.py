"""`vtai keys`: its commands and their options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from vtai.core.people import SCOPES, Scope

app = typer.Typer(help="Keys for programs.", rich_markup_mode=None, no_args_is_help=True)

Person = Annotated[str | None, typer.Option(help="Whose; needed where there are accounts.")]


@app.command("make")
def keys_make(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    person: Person = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(SCOPES),
            help="What it may; may be repeated. All but admin that the person may, when absent.",
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Days until it expires; never when absent.")
    ] = None,
) -> None:
    """Make a key and print its secret, once."""
    from vtai.cli import keys

    keys.make(context.obj, name, person, _scopes(scope or ()), days)


@app.command("list")
def keys_list(
    context: typer.Context,
    person: Annotated[str | None, typer.Option(help="Those of this person only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the keys, the newest first, without their secrets."""
    from vtai.cli import keys

    keys.show(context.obj, person, as_json)


@app.command("revoke")
def keys_revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.", show_default=False)],
) -> None:
    """End a key at once."""
    from vtai.cli import keys

    keys.revoke(context.obj, key_id)


def _scopes(given: Sequence[str]) -> frozenset[Scope]:
    if unknown := [each for each in given if each not in SCOPES]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(SCOPES)}", param_hint="--scope")
    return frozenset(scope for scope in SCOPES if scope in given)
