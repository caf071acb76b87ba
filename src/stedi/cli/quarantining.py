"""Commands about refused lines and files."""

from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State

app = typer.Typer(
    name="quarantine",
    help="Refused lines and files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
GROUPS = (app,)


@app.command(name="list")
def list_refusals(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", help="customer, accelerometer or step_trainer.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="A reason code, such as FUTURE.")] = None,
    customers: Annotated[
        bool,
        typer.Option("--customers", help="Only refused customer records, and what looks like them."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List refused lines and files by source, reason and file; values are never shown.

    Example: stedi quarantine list --reason FUTURE
    """
    from stedi.reader import reading
    from stedi.refusals import refusals

    state: State = context.obj
    # Refused while a person is being removed: a file's name may tell of somebody.
    with reading(state.lake()) as lake:
        found = refusals(lake, source=source, reason=reason, customers=customers)
    if as_json:
        output.as_json("stedi.quarantine/1", {"refused": found})
        return
    if not found:
        output.result("Nothing of that kind is refused.")
        return
    output.table(
        ("source", "reason", "lines", "file"),
        [(r.source, r.reason, r.lines or "whole file", r.file) for r in found],
    )
