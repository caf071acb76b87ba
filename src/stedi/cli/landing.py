"""The command that fills a lake's landing zone."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State
from stedi.ground.errors import UsageError

if TYPE_CHECKING:
    from stedi.ground.places import Place


MOST_TOLD = 10
"""Of more files and folders that belong to no source it is told how many there are."""


def provenance_of(source: "Place | None") -> str:
    """Whose data a folder of landing files holds: a simulated fleet's, or customers'."""
    from stedi.lake.config import CUSTOMERS, SIMULATED
    from stedi.sources.listing import placed_whole

    return SIMULATED if source and placed_whole(source) else CUSTOMERS


def land(
    context: typer.Context,
    named: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A folder with <source>/**, here or s3://; or the word recordings."
        ),
    ],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="After recordings: where they are.")
    ] = None,
    data_set: Annotated[
        str, typer.Option("--data-set", help="Of recordings: the public data set, which marks the lake.")
    ] = "oxford-step-counter",
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy files into the lake's own landing zone, each whole or not at all.

    `land recordings FOLDER` lands public recordings of walks with foot contacts, each person as a
    consenting customer, in a lake of their own.

    Example: stedi land fleet
    """
    from stedi.ground.places import place as as_place
    from stedi.sources.file_names import for_message
    from stedi.sources.listing import placed_whole
    from stedi.sources.placing import place
    from stedi.staging.astray import unclaimed_alerts
    from stedi.staging.landed_again import keep_landed_again
    from stedi.tables import SOURCES

    state: State = context.obj
    if folder is not None:
        if str(named) != "recordings":
            raise UsageError(
                "Two folders were named; nothing was landed.\n"
                "Land one: stedi land SOURCE, or recordings of walks: stedi land recordings FOLDER"
            )
        _land_recordings(state, folder, data_set, as_json)
        return
    source = as_place(named)
    settle_s = state.settings.settle_s if settle is None else settle
    if placed_whole(source):
        settle_s = 0.0
    lake = state.holding(provenance_of(source))
    key = lake.key("suppression")
    alerts = unclaimed_alerts(source, "landed")
    for alert in alerts[:MOST_TOLD]:
        output.note(f"alert: {alert}")
    if (more := len(alerts) - MOST_TOLD) > 0:
        output.note(f"alert: {more:,} more at the top of it belong to no source and were not landed")
    placed = place(source, lake.landing, SOURCES, key=key, settle_s=settle_s)
    if placed.waiting and settle_s:
        output.note(
            f"{output.count(placed.waiting, 'file')} may still be written: looking again in {settle_s:g} s"
        )
        time.sleep(settle_s)
        again = place(source, lake.landing, SOURCES, key=key, settle_s=settle_s)
        again.copied += placed.copied
        again.renamed += placed.renamed
        again.skipped -= placed.copied
        placed = again
    keep_landed_again(lake, placed.there)
    if as_json:
        told = {
            "copied": placed.copied,
            "renamed": placed.renamed,
            "skipped": placed.skipped,
            "waiting": placed.waiting,
            "refused": len(placed.refused),
            "alerts": alerts,
        }
        output.as_json("stedi.land/1", told)
    else:
        output.result(
            f"{output.count(placed.copied, 'file')} landed, {placed.skipped:,} there already, "
            f"{placed.waiting:,} waiting, {len(placed.refused):,} refused: {lake.landing}"
        )
        for path, reason in placed.refused:
            output.note(f"  refused {for_message(path)}: {reason.value}")
    output.note(f"next: {state.named()} run")


def _land_recordings(state: State, folder: Path, data_set: str, as_json: bool) -> None:
    from stedi.ground.places import require_local
    from stedi.tables import SOURCES
    from stedi_fleet.recordings.landing import land as land_recordings
    from stedi_fleet.recordings.landing import provenance
    from stedi_fleet.recordings.reading import find

    marked = provenance(data_set)
    find(folder)
    lake = state.holding(marked)
    landing = require_local(lake.landing, "Recordings are landed")
    landed = land_recordings(folder, landing, SOURCES, key=lake.key("suppression"))
    if as_json:
        told = {
            "provenance": marked,
            "recordings": landed.recordings,
            "people": landed.people,
            "readings": landed.readings,
            "distances": landed.distances,
            "steps": landed.steps,
            "copied": landed.placed.copied,
            "skipped": landed.placed.skipped,
        }
        output.as_json("stedi.land_recordings/1", told)
    else:
        whose = output.count(landed.people, "person", "people")
        output.result(
            f"{output.count(landed.recordings, 'recording')} of {whose} landed: {landed.readings:,} phone "
            f"readings, {landed.distances:,} distances from {output.count(landed.steps, 'step')}   "
            f"{landed.placed.skipped:,} files there already: {lake.landing}"
        )
    output.note(f"next: {state.named()} run")


COMMANDS = (land,)
