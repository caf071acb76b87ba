"""Commands that look ahead and keep a lake small."""

from pathlib import Path
from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import EngineOption, JsonOption, MasterOption
from stedi.cli.state import State
from stedi.ground.errors import UsageError


def plan(
    context: typer.Context,
    landing: Annotated[
        Path | None,
        typer.Option(
            "--landing", metavar="DIR", help="Read in place (default: the lake's own landing zone)."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="As if everything were built again.")] = False,
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    engine: EngineOption = None,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a run would do and to how many rows, and change nothing.

    Does the run where nobody sees it, so it takes as long. Exit code 3 or 4 where the run would
    stop at a gate.

    Example: stedi plan --landing data/stedi
    """
    from stedi.asking.plan import Effect
    from stedi.asking.plan import plan as look_ahead
    from stedi.sources.file_names import shown

    state: State = context.obj
    state.use(engine, master)
    settings = state.settings
    folder = state.landing(landing)
    found = look_ahead(
        state.lake(),
        folder,
        settle_s=settings.settle_s if settle is None else settle,
        full=full,
        waiting=lambda: output.note("a run holds this lake: waiting for it to end"),
    )
    for alert in found.alerts:
        output.note(f"alert: {alert}")
    if as_json:
        output.as_json("stedi.plan/1", {**vars(found), "alerts": [shown(a) for a in found.alerts]})
        return
    for source, files in found.files.items():
        told = ", ".join(f"{number:,} {verdict}" for verdict, number in files.items()) or "none"
        lines = ", ".join(f"{number:,} {verdict}" for verdict, number in found.lines[source].items())
        output.result(f"{source:<13} new files: {told}   lines: {lines or 'none'}")
    if found.quarantined:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in found.quarantined.items())
        output.result(f"set aside: {reasons}")
    if found.waiting:
        output.result(f"{output.count(found.waiting, 'file')} may still be written and would wait")
    if not found.tables:
        release = "a new release of the same rows" if found.publishes else "no new release"
        output.result(f"Nothing to do: no row would change, {release}   {found.seconds:.1f} s")
        return
    output.result(f"because {' and '.join(found.causes) or 'files came in'}:")
    for table in found.tables:
        anew = "   built anew" if table.anew else ""
        output.result(
            f"  {table.table:<25} {table.before:>12,} -> {table.after:,} rows   "
            f"+{table.added:,}   -{table.removed:,}   {table.effect.value}{anew}"
        )
    if found.effect is Effect.DESTRUCTIVE:
        output.result(
            "Destructive: rows would leave trusted tables, and older releases would show them no more."
        )
    else:
        output.result("Additive: no row would leave a trusted table.")
    output.note(f"nothing was changed   {found.seconds:.1f} s   next: {state.named()} run")


def maintain(
    context: typer.Context,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="RELEASES", help="Keep so many releases readable.")
    ] = None,
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep-days", metavar="DAYS", help="Keep releases of so many days readable (default 7)."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Merge small files, let go of old releases, and remove files that nothing leads to. No row changes.

    Files that were merged stay on disk as long as a release is kept that names them.

    Example: stedi maintain --keep-days 30
    """
    from stedi.upkeep.maintenance import KEEP_DAYS
    from stedi.upkeep.maintenance import maintain as keep_small

    if keep is not None and keep_days is not None:
        raise UsageError("Name --keep or --keep-days, not both; nothing was done.")
    state: State = context.obj
    done = keep_small(
        state.lake(),
        keep=keep,
        keep_days=KEEP_DAYS if keep_days is None else keep_days,
        waiting=lambda: output.note("a run holds this lake: waiting for it to end"),
    )
    if as_json:
        compacted = [
            {
                "table": each.table.name,
                "rows": each.rows,
                "files_before": each.files_before,
                "files_after": each.files_after,
            }
            for each in done.compacted
        ]
        output.as_json("stedi.maintain/1", {**vars(done), "compacted": compacted, "changed": done.changed})
        return
    for each in done.compacted:
        output.result(
            f"{each.table.name:<25} {each.files_before:>7,} -> {each.files_after:,} data files   "
            f"{output.count(each.rows, 'row')} written again, none changed"
        )
    if not done.changed:
        output.result(f"Nothing to do: release {done.release} still stands   {done.seconds:.1f} s")
        return
    output.result(
        f"{output.count(done.expired, 'snapshot')} expired, {output.count(done.swept, 'file')} removed: "
        f"{done.before.files:,} -> {done.after.files:,} files, "
        f"{done.before.bytes / 1e6:,.1f} -> {done.after.bytes / 1e6:,.1f} MB   {done.seconds:.1f} s"
    )
    output.result(f"releases {done.oldest_readable} to {done.release} can be read")


COMMANDS = (plan, maintain)
