"""Commands that look into a lake and change nothing."""

import time
from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.history import AtOption
from stedi.cli.state import State

ROWS_SHOWN = 50
RevealOption = Annotated[
    str | None,
    typer.Option("--reveal", metavar="REASON", help="Show identifiers; the reason is audited."),
]


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help="One SELECT over the tables.")],
    at: AtOption = None,
    reveal: RevealOption = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows to print.")] = ROWS_SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Answer a SELECT over every table, under the names of the zones.

    Identifiers are masked: equal values have equal tokens within the query.

    Example: stedi query "select count(*) from machine_learning_curated"
    """
    from stedi.asking.query import query as ask
    from stedi.asking.reader import reading

    state: State = context.obj
    with reading(state.lake(), at) as lake:
        answer = ask(lake, sql, reveal=reveal)
    if as_json:
        output.as_json("stedi.query/1", {"columns": answer.columns, "rows": answer.rows})
        return
    output.table(answer.columns, answer.rows[:limit])
    if len(answer.rows) > limit:
        output.note(f"{len(answer.rows):,} rows, the first {limit:,} shown: --limit N or --json shows more")
    if answer.masked:
        output.note("identifiers are masked: --reveal REASON shows them and is audited")


def show(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table.")],
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows to print.")] = 10,
    at: AtOption = None,
    reveal: RevealOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a table is, and its first rows, identifiers masked.

    Example: stedi show accelerometer_trusted
    """
    from stedi.asking.query import query as ask
    from stedi.asking.query import table_named
    from stedi.asking.reader import reading

    state: State = context.obj
    declared = table_named(table)
    with reading(state.lake(), at) as lake:
        answer = ask(lake, f'select * from "{declared.name}" limit {max(0, limit)}', reveal=reveal)
    if as_json:
        columns = [
            {
                "name": c.name,
                "type": c.type.value,
                "unit": c.unit,
                "class": c.personal.value,
                "meaning": c.meaning,
            }
            for c in declared.columns
        ]
        told = {"table": declared.name, "zone": declared.zone.value, "columns": columns, "rows": answer.rows}
        output.as_json("stedi.show/1", told)
        return
    output.result(f"{declared.name} ({declared.zone.value}): {declared.meaning}")
    output.table(
        ("column", "type", "unit", "class", "meaning"),
        [(c.name, c.type.value, c.unit, c.personal.name.lower(), c.meaning) for c in declared.columns],
    )
    output.result("")
    output.table(answer.columns, answer.rows)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show rows by table, and files and lines by verdict.

    Example: stedi status --json
    """
    from stedi.asking.reader import reading
    from stedi.run.procedures import pending, resume_command

    state: State = context.obj
    with reading(state.lake(), counts_only=True) as lake:
        # Only now: what keeps a lake from being opened is said where numpy is not installed too.
        from stedi.asking.status import status as told

        found = told(lake, now_ms=time.time_ns() // 1_000_000)
    if as_json:
        output.as_json("stedi.status/1", vars(found))
        return
    for each in pending(state.lake()):
        output.note(
            f"request {each.request} is not complete: rows of that person may be counted\n"
            f"next: {resume_command(state.lake())}"
        )
    window = state.lake().described_window
    output.result(f"release {found.release}   window {window}   published {output.when(found.published_at)}")
    output.table(
        ("zone", "table", "rows", "snapshot"),
        [(t.zone, t.name, t.rows, str(t.snapshot or "")) for t in found.tables],
    )
    if found.unresolved:
        files = output.count(len(found.unresolved), "file")
        output.result(
            f"refused customer records, or what looks like them, in {files}: some may withdraw a consent. "
            f"List them: {state.named()} quarantine list --customers"
        )
    if found.clock_alert:
        output.note(f"alert: {found.clock_alert}")
    if found.people:
        output.result("people: " + ", ".join(f"{n:,} {state}" for state, n in found.people.items()))
    if unreadable := found.people.get("UNREADABLE"):
        output.note(
            f"{output.count(unreadable, 'person', 'people')} on hold: their newest consent time "
            "cannot be read. Land records that tell it in milliseconds: a newer one decides again"
        )
    for source in found.sources:
        output.result("")
        held = f", {source.envelopes:,} of them envelopes of {source.readings:,} readings"
        output.result(
            f"{source.name}: {source.total_lines:,} lines read{held if source.envelopes else ''}, "
            f"{source.unknown_lines:,} unread"
        )
        for title, counts in (
            ("files", source.files),
            ("lines", source.lines),
            ("refused", source.reasons),
            ("accepted rows", source.dispositions),
            ("noticed", source.notes),
        ):
            told_counts = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
            if told_counts:
                output.result(f"  {title}: {told_counts}")


def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the newest release again: equations, declarations, consent. Exit code 3 or 4 on a fault.

    Example: stedi check
    """
    from stedi.asking.checking import check as look

    state: State = context.obj
    found = look(state.lake())
    if as_json:
        output.as_json("stedi.check/1", vars(found))
    else:
        output.result(
            f"release {found.release}: {output.count(found.checks, 'check')} passed, every line accounted for"
        )


def reconcile(context: typer.Context, as_json: JsonOption = False) -> None:
    """Explain, row by row, how the number of curated rows follows from what landed.

    Example: stedi reconcile
    """
    from stedi.asking.reconcile import reconcile as explain

    state: State = context.obj
    found = explain(state.lake())
    if as_json:
        output.as_json("stedi.reconcile/1", vars(found))
        return
    for title, steps in found.stories.items():
        output.result(title)
        for step in steps:
            output.result(f"  {step.rows:>12,}  {step.told}")
        output.result("")


COMMANDS = (status, check, query, show, reconcile)
