"""Commands about refused lines and files."""

from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import EngineOption, JsonOption, MasterOption
from stedi.cli.state import State
from stedi.ground.errors import UsageError
from stedi.sources.reasons import Reason

app = typer.Typer(
    name="quarantine",
    help="Refused lines and files: list them, and read lines again whose time has come.",
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
    from stedi.asking.reader import reading
    from stedi.asking.refusals import refusals

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


@app.command()
def replay(
    context: typer.Context,
    reason: Annotated[
        list[str] | None,
        typer.Option("--reason", help="Only lines refused for this reason, such as FUTURE; may be repeated."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file", metavar="PATH", help="Only lines of this file, as the list names it; may be repeated."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what the lines would be; change nothing.")
    ] = False,
    engine: EngineOption = None,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read refused lines again with today's clock and rules, and publish what is accepted now.

    Lines refused as FUTURE are accepted once their time has come. The quarantine holds the lines, so
    landed files need not be there. Files that were refused whole are not read: land them again.

    Example: stedi quarantine replay --reason FUTURE --dry-run
    """
    from stedi.asking.reader import reading
    from stedi.asking.refusals import rehearse_replay
    from stedi.cli.running import Shown, print_published, replayed_json, replayed_lines, run_json
    from stedi.run.run import now_ms, replay_refused

    reasons = _reasons(reason)
    state: State = context.obj
    state.use(engine, master)
    lake = state.lake()
    if dry_run:
        with reading(lake) as reader:
            replayed = rehearse_replay(reader, reasons=reasons, files=file, now_ms=now_ms())
        if as_json:
            told = {"dry_run": True, "replayed": replayed_json(replayed)}
            output.as_json("stedi.quarantine_replay/1", told)
            return
        for line in replayed_lines(replayed) or ["No refused line of that kind can be read again."]:
            output.result(line)
        if replayed.lines:
            output.note("nothing was changed; some of those accepted may be copies of staged rows")
        return
    report = replay_refused(lake, reasons=reasons, files=file, listener=Shown())
    for alert in report.stage.alerts:
        output.note(f"alert: {alert}")
    if as_json:
        output.as_json("stedi.quarantine_replay/1", {"dry_run": False, **run_json(report)})
        return
    for line in replayed_lines(report.stage.replayed) or ["No refused line of that kind can be read again."]:
        output.result(line)
    print_published(state, lake, report)


def _reasons(named: list[str] | None) -> list[str] | None:
    if not named:
        return None
    found = [each.upper() for each in named]
    if unknown := sorted(set(found) - {reason.value for reason in Reason}):
        raise UsageError(
            f"There is no reason {', '.join(unknown)}; nothing was read.\n"
            "See the reasons of refused lines: stedi quarantine list"
        )
    return found
