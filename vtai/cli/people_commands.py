"""`vtai people`: its commands and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from vtai.core.people import Role

app = typer.Typer(help="Accounts: who may sign in.", rich_markup_mode=None, no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Their name.", show_default=False)]
Piped = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, not from a terminal.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("add")
def people_add(
    context: typer.Context,
    name: Name,
    role: Annotated[Role | None, typer.Option(help="What they may; member when absent.")] = None,
    password_stdin: Piped = False,
) -> None:
    """Make an account. The first one is an admin. The password is asked for."""
    from vtai.cli import people

    people.add(context.obj, name, role, is_piped=password_stdin)


@app.command("list")
def people_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the accounts."""
    from vtai.cli import people

    people.show(context.obj, as_json)


@app.command("role")
def people_role(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="admin, member or guest.", show_default=False)],
) -> None:
    """Change what somebody may, at once."""
    from vtai.cli import people

    people.change(context.obj, name, role=role)


@app.command("group")
def people_group(
    context: typer.Context,
    name: Name,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Absent: none.", show_default=False)] = "",
) -> None:
    """Put somebody into the group whose limits count for them."""
    from vtai.cli import people

    people.change(context.obj, name, group=group)


@app.command("suspend")
def people_suspend(context: typer.Context, name: Name) -> None:
    """Keep somebody out, at once: they are signed out, their keys do not work."""
    from vtai.cli import people

    people.change(context.obj, name, is_suspended=True)


@app.command("resume")
def people_resume(context: typer.Context, name: Name) -> None:
    """Let somebody in again; their keys work again."""
    from vtai.cli import people

    people.change(context.obj, name, is_suspended=False)


@app.command("password")
def people_password(context: typer.Context, name: Name, password_stdin: Piped = False) -> None:
    """Set a new password, end a lock, and sign them out everywhere."""
    from vtai.cli import people

    people.set_password(context.obj, name, is_piped=password_stdin)


@app.command("delete")
def people_delete(
    context: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Delete an account with its keys and conversations."""
    from vtai.cli import people

    if not people.delete(context.obj, name, yes):
        raise typer.Exit(1)


@app.command("adopt")
def people_adopt(
    context: typer.Context,
    name: Name,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="OTHER", help="Another account; absent: from before there were accounts."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Give somebody what was kept before there were accounts."""
    from vtai.cli import adopting

    if not adopting.adopt(context.obj, name, source, yes):
        raise typer.Exit(1)


@app.command("logins")
def people_logins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only theirs.")] = None,
    as_json: AsJson = False,
) -> None:
    """List who is signed in, and in which browser."""
    from vtai.cli import people

    people.show_logins(context.obj, name, as_json)


@app.command("sign-out")
def people_sign_out(
    context: typer.Context,
    name: Name,
    login: Annotated[str | None, typer.Option(metavar="ID", help="Only this one, as listed.")] = None,
) -> None:
    """Sign somebody out everywhere, at once."""
    from vtai.cli import people

    people.sign_out(context.obj, name, login)
