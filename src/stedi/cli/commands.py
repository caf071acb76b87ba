"""Commands that make, fill and run a lake."""

import time
from pathlib import Path
from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.state import State
from stedi.errors import UsageError
from stedi.privacy.window import Window

KEYS_TOLD = "The lake's keys lie outside it, in {}: back them up, nothing can replace them."

WindowOption = Annotated[
    Window | None,
    typer.Option("--window", help="Which readings pass; fixed when the lake is created."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def init(context: typer.Context, window: WindowOption = None) -> None:
    """Create a lake and its keys.

    Example: stedi --lake lake init --window from_consent
    """
    from stedi.config import exists

    state: State = context.obj
    _ = state.settings
    was_there = exists(state.folder)
    lake = state.lake() if was_there else state.create(window)
    if window is not None and was_there:
        from stedi.config import opened

        opened(state.folder, window=window)
    done = "is there already" if was_there else "created"
    output.result(f"Lake {done}: {lake.root}   window {lake.described_window}")
    output.result(KEYS_TOLD.format(lake.keys.folder))
    output.note(f"next: {state.named()} land FOLDER   or   {state.named()} run --landing FOLDER")


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write the landing files and their truth.")],
    customers: Annotated[int, typer.Option(help="How many customers.")] = 24,
    minutes: Annotated[float, typer.Option(help="Length of a session.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of everything random: same seed, same bytes.")] = 7,
    dirty: Annotated[bool, typer.Option("--dirty", help="Mix in broken lines and files.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a fleet of customers who walk, as landing files, with the truth beside.

    Example: stedi simulate fleet --customers 100 --dirty
    """
    from stedi.sources.simulator.fleet import simulate as write_fleet

    fleet = write_fleet(folder, customers=customers, minutes=minutes, seed=seed, dirty=dirty)
    if as_json:
        output.as_json(
            "stedi.simulate/1",
            {
                "folder": str(folder),
                "files": fleet.files,
                "bytes": fleet.size_bytes,
                "written": fleet.written,
            },
        )
        return
    output.result(
        f"{output.count(customers, 'customer')} in {output.count(fleet.files, 'file')}, "
        f"{fleet.size_bytes / 1e6:,.1f} MB: {folder}   (the truth: {folder / 'truth'})"
    )
    output.note(f"next: {context.obj.named()} land {folder}")


def land(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder with <source>/**.")],
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy files into the lake's own landing zone, each whole or not at all.

    Example: stedi land fleet
    """
    from stedi.config import exists
    from stedi.sources.file_names import for_message
    from stedi.sources.listing import placed_whole
    from stedi.sources.placing import place
    from stedi.tables import SOURCES

    state: State = context.obj
    settle_s = state.settings.settle_s if settle is None else settle
    if placed_whole(source):
        settle_s = 0.0
    lake = state.lake() if exists(state.folder) else state.create()
    placed = place(source, lake.landing, SOURCES, settle_s=settle_s)
    if placed.waiting and settle_s:
        output.note(
            f"{output.count(placed.waiting, 'file')} may still be written: looking again in {settle_s:g} s"
        )
        time.sleep(settle_s)
        again = place(source, lake.landing, SOURCES, settle_s=settle_s)
        again.copied += placed.copied
        again.renamed += placed.renamed
        again.skipped -= placed.copied
        placed = again
    if as_json:
        told = {
            "copied": placed.copied,
            "renamed": placed.renamed,
            "skipped": placed.skipped,
            "waiting": placed.waiting,
            "refused": len(placed.refused),
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


def run(
    context: typer.Context,
    landing: Annotated[
        Path | None,
        typer.Option(
            "--landing", metavar="DIR", help="Read in place (default: the lake's own landing zone)."
        ),
    ] = None,
    window: WindowOption = None,
    full: Annotated[bool, typer.Option("--full", help="Build again even if nothing changed.")] = False,
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take what landed through every zone, check it, and publish it together.

    Exit code 3 when data is not as declared or does not add up, 4 when a row stands without
    consent; nothing is published then.

    Example: stedi run --landing data/stedi
    """
    from stedi.cli.running import run_shown
    from stedi.config import exists, opened
    from stedi.sources.listing import require_folder

    state: State = context.obj
    settings = state.settings
    if str(landing or settings.landing).startswith("s3:"):
        raise UsageError("Nothing was run: --landing reads folders of this machine; s3:// is yet to come.")
    folder = landing or settings.landing
    if folder:
        require_folder(folder)
    if exists(state.folder):
        lake = opened(state.folder, window=window)
    else:
        lake = state.create(window)
        output.note(KEYS_TOLD.format(lake.keys.folder))
    run_shown(
        state,
        lake,
        folder,
        settle_s=settings.settle_s if settle is None else settle,
        full=full,
        as_json=as_json,
    )


def demo(
    context: typer.Context,
    customers: Annotated[int, typer.Option(help="How many customers to simulate.")] = 24,
) -> None:
    """Simulate a fleet, land it, run it, and show what came out.

    Example: stedi --lake demo demo
    """
    from stedi.cli.running import demo_shown

    demo_shown(context.obj, customers)


COMMANDS = (demo, init, simulate, land, run)
