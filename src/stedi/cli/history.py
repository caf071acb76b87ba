"""Commands about earlier releases."""

from typing import Annotated, Any

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State

AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="AT", help="As of a release, a snapshot or a time (default: the newest)."),
]


def snapshots(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the releases: when, which tables changed, and whether they can still be read.

    Example: stedi snapshots --json
    """
    from stedi.asking.diff import releases_told

    state: State = context.obj
    found = releases_told(state.lake())
    if as_json:
        output.as_json("stedi.snapshots/1", {"releases": found})
        return
    for release in found:
        gone = "" if release.readable else "   expired: can no longer be read"
        output.result(f"release {release.number}   {output.when(release.published_at)}{gone}")
        changes = [f"{name} {by:+,} ({release.rows[name]:,})" for name, by in release.change.items()]
        changes += [f"{name} rewritten ({release.rows[name]:,})" for name in release.rewritten]
        for change in changes:
            output.result(f"  {change}")
    output.note(f'next: {state.named()} query --at {found[0].number} "select …"')


def diff(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table.")],
    before: Annotated[
        str, typer.Option("--from", metavar="AT", help="Compare from this release, snapshot or time.")
    ],
    after: Annotated[
        str | None,
        typer.Option("--to", metavar="AT", help="Compare to this one (default: the newest)."),
    ] = None,
    show: Annotated[int, typer.Option("--show", min=0, help="Rows of each kind to print.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Count the rows that came and went between two releases, and show some, identifiers masked.

    Example: stedi diff accelerometer_trusted --from 1 --to 2 --show 5
    """
    from stedi.asking.diff import diff as compare
    from stedi.asking.query import table_named

    state: State = context.obj
    found = compare(state.lake(), table_named(table), before, after, show=show)
    if as_json:
        told: dict[str, Any] = {"from": found.from_release, "to": found.to_release, **vars(found)}
        output.as_json("stedi.diff/1", told)
        return
    output.result(
        f"{found.table}, release {found.from_release} to {found.to_release}:   "
        f"{found.added:,} rows added   {found.removed:,} removed"
    )
    for title, rows in (("added", found.rows_added), ("removed", found.rows_removed)):
        if rows:
            output.result(f"\n{title}:")
            output.table(found.columns, rows)
    if found.hidden:
        output.note("some rows are not shown, for they were taken out since:")
        for why in found.hidden:
            output.note(f"  - {why}")


COMMANDS = (snapshots, diff)
