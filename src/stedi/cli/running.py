"""Run a lake and show how it goes."""

from collections import Counter
from collections.abc import Sequence

from stedi.building.build import Built
from stedi.cli import output
from stedi.cli.state import State
from stedi.ground.errors import UnreadFilesError
from stedi.ground.places import Place, require_local
from stedi.lake.config import Lake, exists, opened
from stedi.privacy.dispositions import Disposition
from stedi.run.reports import Listener, RunReport
from stedi.run.run import run
from stedi.sources.file_names import shown
from stedi.sources.placing import place
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import LedgerEntry
from stedi.staging.reports import Replayed
from stedi.tables import DERIVED, SOURCES

NEXT_QUERY = 'query "select count(*) from machine_learning_curated"'

SOURCE_OF = {f"{source.name}_trusted": source.name for source in SOURCES}


class Shown(Listener):
    """Prints an event a line, on stderr."""

    def waiting_for_lake(self) -> None:
        """Say that another run is on."""
        output.note("another run holds this lake: waiting for it to end")

    def recovered(self) -> None:
        """Say what was found."""
        output.note("the run before did not end: what it left was taken away, nothing is lost")

    def settling(self, files: int, seconds: float) -> None:
        """Say why nothing happens for a while."""
        told = output.count(files, "file")
        output.note(
            f"{told} may still be written: looking again in {seconds:g} s (--settle 0 if they are whole)"
        )

    def staged(self, entries: Sequence[LedgerEntry]) -> None:
        """Say how much came in."""
        lines = sum(entry.lines for entry in entries)
        output.note(f"staged {output.count(len(entries), 'file')}, {output.count(lines, 'line')}")

    def stale_models(self, models: int) -> None:
        """Say that models learnt from people who left."""
        if models:
            told = output.count(models, "model")
            output.note(
                f"alert: {told} learnt from people who left, or whose readings did: train anew with "
                "stedi train --replace-stale"
            )

    def built(self, built: Built) -> None:
        """Say which table is ready."""
        output.note(f"built {built.table.name}   {output.count(built.rows, 'row')}   {built.seconds:.1f} s")


def run_shown(
    state: State,
    lake: Lake,
    landing: Place | None,
    *,
    settle_s: float,
    full: bool = False,
    as_json: bool = False,
) -> RunReport:
    """Run a lake, show the tables and a summary, and fail when a file could not be read.

    Raises:
        UnreadFilesError: A file could not be opened; everything else was published.
    """
    report = run(lake, landing, settle_s=settle_s, full=full, listener=Shown())
    for alert in report.stage.alerts:
        output.note(f"alert: {alert}")
    if as_json:
        output.as_json("stedi.run/1", {"comparison_only": lake.comparison_only, **run_json(report)})
    else:
        _print(state, lake, report)
    if report.stage.unreadable:
        raise UnreadFilesError(report.stage.unreadable)
    return report


def _print(state: State, lake: Lake, report: RunReport) -> None:
    for source in (source.name for source in SOURCES):
        files = report.stage.files.get(source, Counter())
        told = ", ".join(f"{files[v]:,} {v.value}" for v in FileVerdict if files[v]) or "none"
        lines = {
            name: sum(getattr(e, name) for e in report.stage.entries if e.source == source)
            for name in ("accepted", "quarantined", "duplicate", "blank", "erased")
        }
        new = ", ".join(f"{number:,} {name}" for name, number in lines.items() if number) or "none"
        output.result(f"{source:<13} files: {told}   new lines: {new}")
    for line in replayed_lines(report.stage.replayed):
        output.result(line)
    print_published(state, lake, report)


def replayed_lines(replayed: Replayed) -> list[str]:
    """What became of refused lines that were read again, a line a source."""
    found = []
    for source, read in replayed.read.items():
        became = {
            "accepted": replayed.accepted[source],
            "duplicate": replayed.duplicate[source],
            "blank": replayed.blank[source],
            "erased": replayed.erased[source],
            **{f"still refused as {why}": n for why, n in replayed.refused[source].most_common()},
        }
        told = ", ".join(f"{number:,} {name}" for name, number in became.items() if number)
        found.append(f"{source:<13} refused lines read again: {read.total():,}   {told}")
    return found


def print_published(state: State, lake: Lake, report: RunReport) -> None:
    """Print what was published, and what to do next."""
    if not report.changed:
        number = report.release.number
        told = (
            f"No row of a trusted or curated table changed; release {number} was published with the new files"
            if report.published
            else f"Nothing new: no row changed, release {number} is the newest"
        )
        output.result(f"{told}   {report.seconds:.1f} s")
    for number, built in enumerate(report.built, start=1):
        output.result(_line(number, built, report))
    if report.changed:
        if lake.comparison_only:
            output.result(
                f"window {lake.described_window}: readings from before consent are among these rows"
            )
        done = "brought up to date" if report.updated else "built"
        output.result(
            f"{output.count(len(report.built), 'table')} {done}, "
            f"{output.count(report.checks, 'check')} passed, every line accounted for   "
            f"{report.seconds:.1f} s"
        )
    output.note(f"next: {state.named()} {NEXT_QUERY}")


def _line(number: int, built: Built, report: RunReport) -> str:
    name = built.table.name
    aside = report.release.dispositions.get(SOURCE_OF.get(name, ""), {})
    told = "   ".join(
        f"{what.value.replace('_', ' ')} {aside[what.value]:,}"
        for what in Disposition
        if what is not Disposition.PASSED and aside.get(what.value)
    )
    parts = [
        f"[{number}/{len(report.built)}] {name:<25}",
        f"{built.rows:>12,} rows",
        f"+{built.added:,} -{built.removed:,}" if report.updated else "",
        told,
        f"{built.seconds:.1f} s",
        f"snapshot {report.release.snapshots[name] or '-'}",
    ]
    return "   ".join(part for part in parts if part)


def run_json(report: RunReport) -> dict[str, object]:
    """What a run did."""
    release = report.release
    return {
        "run_id": report.run_id,
        "changed": report.changed,
        "published": report.published,
        "causes": sorted(cause.value for cause in report.causes),
        "release": release.number,
        "tables": {
            table.name: {"rows": release.rows[table.name], "snapshot": release.snapshots[table.name]}
            for table in DERIVED
        },
        "rows_changed": {
            built.table.name: {"added": built.added, "removed": built.removed} for built in report.built
        },
        "files": {
            source: {verdict.value: number for verdict, number in files.items()}
            for source, files in report.stage.files.items()
        },
        "replayed": replayed_json(report.stage.replayed),
        "dispositions": release.dispositions,
        "checks": report.checks,
        "alerts": [shown(alert) for alert in report.stage.alerts],
        "seconds": round(report.seconds, 3),
    }


def replayed_json(replayed: Replayed) -> dict[str, object]:
    """What became of refused lines that were read again, by source."""
    return {
        source: {
            "read": dict(read),
            "accepted": replayed.accepted[source],
            "duplicate": replayed.duplicate[source],
            "blank": replayed.blank[source],
            "erased": replayed.erased[source],
            "refused": dict(replayed.refused[source]),
        }
        for source, read in replayed.read.items()
    }


def demo_shown(state: State, customers: int) -> None:
    """Simulate a dirty fleet beside the lake, land it and run it."""
    from stedi_fleet.simulator.fleet import simulate

    state.apply_settings()
    root = require_local(state.folder, "A demo is made")
    if exists(root):
        lake = opened(root)
    else:
        lake = state.create(provenance="simulated")
        output.note(f"created a lake in {root}, its keys outside it in {lake.keys.described}")
    fleet_folder = root.with_name(f"{root.name}-fleet")
    fleet = simulate(fleet_folder, customers=customers, dirty=True)
    output.note(
        f"simulated {output.count(customers, 'customer')}: {output.count(fleet.files, 'file')}, "
        f"{fleet.size_bytes / 1e6:,.1f} MB, some of it broken on purpose   {fleet_folder}"
    )
    # The simulator places whole files.
    placed = place(fleet_folder, lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0)
    output.note(f"landed {output.count(placed.copied, 'file')}, {placed.skipped:,} there already")
    run_shown(state, lake, None, settle_s=0)
