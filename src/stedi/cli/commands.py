"""Commands that make and run a lake."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.state import State
from stedi.engine.settings import Engine
from stedi.privacy.window import Window

KEYS_TOLD = "The lake's keys lie outside it, in {}: back them up, nothing can replace them."

WindowOption = Annotated[
    Window | None,
    typer.Option("--window", help="Which readings pass; fixed when the lake is created."),
]
EngineOption = Annotated[
    Engine | None, typer.Option("--engine", help="Where transforms run (default: sail).")
]
MasterOption = Annotated[
    str | None,
    typer.Option("--master", metavar="URL", help="Of Spark: local[*] (default), or a cluster's address."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def init(
    context: typer.Context,
    window: WindowOption = None,
    trusted: Annotated[
        str | None, typer.Option("--trusted", metavar="BUCKET", help="Of the trusted zone, on S3.")
    ] = None,
    curated: Annotated[
        str | None, typer.Option("--curated", metavar="BUCKET", help="Of the curated zone, on S3.")
    ] = None,
    secrets: Annotated[
        str | None,
        typer.Option("--secrets", metavar="PREFIX", help="Of the keys in Secrets Manager, on S3."),
    ] = None,
) -> None:
    """Create a lake and its keys.

    One on S3 lies in s3://BUCKET/lake: the bucket is its landing zone, and every zone has a bucket.

    Example: stedi --lake lake init --window from_consent
    """
    from stedi.lake.config import exists

    state: State = context.obj
    state.apply_settings()
    was_there = exists(state.folder)
    lake = (
        state.lake() if was_there else state.create(window, trusted=trusted, curated=curated, secrets=secrets)
    )
    if window is not None and was_there:
        from stedi.lake.config import opened

        opened(state.folder, window=window)
    done = "is there already" if was_there else "created"
    output.result(f"Lake {done}: {lake.root}   window {lake.described_window}")
    output.result(KEYS_TOLD.format(lake.keys.described))
    output.note(f"next: {state.named()} land FOLDER   or   {state.named()} run --landing FOLDER")


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write the landing files and their truth.")],
    customers: Annotated[int, typer.Option(help="How many customers.")] = 24,
    minutes: Annotated[float, typer.Option(help="Length of a session.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of everything random: same seed, same bytes.")] = 7,
    dirty: Annotated[bool, typer.Option("--dirty", help="Mix in broken lines and files.")] = False,
    lifelike: Annotated[
        bool,
        typer.Option("--lifelike", help="Phones of every kind, carried, handled, shaken and put down."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a fleet of customers who walk, as landing files, with the truth beside.

    Example: stedi simulate fleet --customers 100 --dirty
    """
    from stedi_fleet.simulator.fleet import simulate as write_fleet

    fleet = write_fleet(
        folder, customers=customers, minutes=minutes, seed=seed, dirty=dirty, lifelike=lifelike
    )
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


def run(
    context: typer.Context,
    landing: Annotated[
        Path | None,
        typer.Option(
            "--landing", metavar="DIR", help="Read in place, here or s3:// (default: the lake's own)."
        ),
    ] = None,
    window: WindowOption = None,
    full: Annotated[bool, typer.Option("--full", help="Build again even if nothing changed.")] = False,
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    engine: EngineOption = None,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take what landed through every zone, check it, and publish it together.

    Exit code 3 when data is not as declared or does not add up, 4 when a row stands without
    consent; nothing is published then.

    Example: stedi run --landing data/stedi
    """
    from stedi.cli.landing import provenance_of
    from stedi.cli.running import run_shown
    from stedi.lake.config import exists, opened
    from stedi.staging.folder_to_read import require_landed

    state: State = context.obj
    state.use(engine, master)
    settings = state.settings
    folder = state.landing(landing)
    was_there = exists(state.folder)
    if was_there:
        opened(state.folder, window=window)
    elif folder:
        # Before a lake is made for it, and keys.
        named = f" --lake {shlex.quote(str(state.folder))}"
        require_landed(folder, f"{folder} holds no landed files", named)
    lake = state.holding(provenance_of(folder), window) if folder or not was_there else state.lake()
    if not was_there:
        output.note(KEYS_TOLD.format(lake.keys.described))
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


COMMANDS = (demo, init, simulate, run)
