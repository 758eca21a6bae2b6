"""The command line. Importing it loads no SDK, no page and no settings: `vtai --help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from vtai.core.errors import SettingsError, VTError

if TYPE_CHECKING:
    from typer.core import TyperGroup

    from vtai.cli.parts import Parts

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None, parts: Parts | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 1 for a failure, 2 for wrong usage or settings.

    `argv` is without the program's name; `parts` are what the commands work with, the real ones by default.
    """
    import typer

    from vtai.cli.parts import Parts

    parts = parts or Parts()
    arguments = sys.argv[1:] if argv is None else argv
    try:
        code = _command().main(list(arguments), prog_name="vtai", standalone_mode=False, obj=parts)
    except typer.TyperException as error:
        parts.terminal.problem(*_usage(error))
        return getattr(error, "exit_code", 2)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except VTError as error:
        parts.terminal.problem(error.message, error.hint)
        return 2 if isinstance(error, SettingsError) else 1
    except Exception as error:  # noqa: BLE001 -- a door: nobody but the log gets to see a traceback
        from vtai.cli.logs import record

        parts.terminal.problem("Something went wrong inside VT.ai.", record(error))
        return 1
    return code if isinstance(code, int) else 0


@cache
def _command() -> TyperGroup:
    """All commands. Made once a process: the library looks at every option of every one of them."""
    from typer.main import get_group

    from vtai.cli.commands import app

    return get_group(app)


def _usage(error: Exception) -> tuple[str, str]:
    """What was wrong with the command, and where its help is."""
    from vtai.providers.redaction import redacted

    describe = getattr(error, "format_message", error.__str__)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "vtai"
    return redacted(describe()), f"`{path} --help` lists what it takes."
