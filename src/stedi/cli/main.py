"""The command `stedi`."""

import gc
import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from stedi import __version__
from stedi.cli import (
    certificates,
    collecting,
    commands,
    detecting,
    explore,
    following,
    guarding,
    history,
    keeping,
    landing,
    learning,
    models,
    output,
    quarantining,
)
from stedi.cli.commands import EngineOption, MasterOption
from stedi.cli.state import State
from stedi.cli.whole_commands import as_called, with_command, with_lake
from stedi.ground.errors import StediError, UsageError, described, install_hint

app = typer.Typer(
    name="stedi",
    help="The STEDI lakehouse: consented sensor readings, from landing through trusted to curated.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


INTERRUPTED = 130

_shown = {"traceback": False}
"""Whether an error is shown with where it arose; known only once the options were read."""


def _version(asked: bool) -> None:
    if asked:
        print(f"stedi {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    lake: Annotated[
        Path | None,
        typer.Option("--lake", metavar="DIR", help="The lake (default: stedi.toml, then ./lake)."),
    ] = None,
    engine: EngineOption = None,
    master: MasterOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors.")] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Twice: show where an error arose.")
    ] = 0,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options for every command; they stand before it."""
    if quiet:
        output.only_results()
    _shown["traceback"] = verbose >= 2
    context.obj = State(lake, engine, master)


for command in (
    *commands.COMMANDS,
    *following.COMMANDS,
    *landing.COMMANDS,
    *explore.COMMANDS,
    *history.COMMANDS,
    *keeping.COMMANDS,
    *learning.COMMANDS,
    *detecting.COMMANDS,
):
    app.command()(command)
app.add_typer(certificates.officers_app, name="privacy")
app.add_typer(models.app)
for group in (*guarding.GROUPS, *collecting.GROUPS, *quarantining.GROUPS):
    app.add_typer(group)


OBJECTS_BETWEEN_COLLECTIONS = 500_000
"""Python looks for garbage every 700 new objects, which took a tenth of a run, imports most of all."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # NumPy multiplies no large matrix here, and its threads would wait for one in a busy loop.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = _ended(sys.argv[1:])
    # At once: Python would wait half a second for the engine's threads, and after an interrupt for ever.
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _ended(arguments: list[str]) -> int:
    """The exit code: 0 ok, 1 failed, 2 usage, 3 quality, 4 privacy, 5 missing, 130 interrupted."""
    try:
        left = app(arguments, standalone_mode=False)
        if left == INTERRUPTED:  # It is told by what is returned, not by what is raised.
            raise KeyboardInterrupt
    except StediError as error:
        return _told(error, error.exit_code, str(error), arguments)
    except typer.Exit as left:
        return left.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _told(None, INTERRUPTED, "Interrupted. What is published is whole.", arguments)
    except (BrokenPipeError, SystemExit) as ended:
        if not isinstance(ended, BrokenPipeError) and not isinstance(ended.__context__, BrokenPipeError):
            raise
        # Whoever read the output has gone, which is no fault; nor may Python tell of it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as missing:
        message = f"{missing.name} is not installed; nothing was done.\n{install_hint('local')}"
        return _told(missing, 5, message, arguments)
    except Exception as error:
        if usage := _usage(error):
            return _told(None, 2, usage, arguments)
        return _told(error, 1, f"{described(error)}\nSee where: stedi -vv …", arguments)
    return 0


def _usage(error: Exception) -> str | None:
    """The message of a command line that cannot be followed."""
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    see = f"\nSee: {context.command_path} --help" if context else ""
    return f"{error.format_message()}{see}"


def _told(error: Exception | None, code: int, message: str, arguments: list[str]) -> int:
    message = with_lake("\n".join([message, *getattr(error, "__notes__", ())]), arguments)
    if isinstance(error, StediError):
        is_usage = isinstance(error, UsageError)
        message = with_command(message, arguments, typer.main.get_command(app), is_usage=is_usage)
    message = as_called(message)
    if "--json" in arguments:
        told = {"schema": "stedi.error/1", "exit_code": code, "error": message}
        print(json.dumps(told), file=sys.stderr)
    else:
        print(f"stedi: {message}", file=sys.stderr)
    if error is not None and _shown["traceback"]:
        traceback.print_exception(error)
    return code
