"""Commands about the models of a lake."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State

app = typer.Typer(
    name="models",
    help="The models of a lake: list, show, promote.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version, as the list names it, or `newest` or `current`.")
]


@app.callback()
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models of a lake: candidate, current, or stale_consent, whose people are not all there.

    Example: stedi models
    """
    if context.invoked_subcommand is None:
        _list(context.obj, as_json)


@app.command(name="list")
def listed(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models of a lake.

    Example: stedi models list --json
    """
    _list(context.obj, as_json)


def _list(state: State, as_json: bool) -> None:
    from stedi.learning.lake_models import review, stale
    from stedi.model.artifact import read
    from stedi.model.registry import Registry

    lake = state.lake()
    registry = Registry(lake)
    entries = review(lake)
    rows = []
    for entry in entries:
        metadata = None if entry.replaced_by is not None else read(registry.path(entry.version))
        rows.append(
            {
                **asdict(entry),
                "state": entry.state.value,
                "path": str(registry.path(entry.version)) if metadata else None,
                "size_bytes": metadata.size_bytes if metadata else None,
                "people": metadata.training["people"] if metadata else None,
                "provenance": metadata.source.provenance if metadata else None,
                "release": metadata.source.release if metadata else None,
                "snapshots": metadata.source.snapshots if metadata else None,
                **_headline(metadata.scores if metadata else None),
            }
        )
    if as_json:
        output.as_json("stedi.models/1", {"models": rows})
    elif not rows:
        output.result("This lake has no model yet.")
    else:
        output.table(
            ("version", "state", "seed", "people", "count error %", "F1 150", "latency ms", "why"),
            [
                (
                    row["version"], row["state"], row["seed"], row["people"], row["count_error_percent"],
                    row["f1_150"], row["latency_ms"], _why(row),
                )
                for row in rows
            ],
        )  # fmt: skip
    if stale(entries):
        output.note(f"next: {state.named()} train --replace-stale")
    elif not rows:
        output.note(f"next: {state.named()} train")


def _why(row: dict[str, Any]) -> str:
    if row["replaced_by"]:
        return f"replaced by {row['replaced_by']}"
    if row["replaced_by"] == "":
        return "deleted: none could be trained instead"
    return str(row["why"])


def _headline(scores: dict[str, Any] | None) -> dict[str, float | None]:
    everything = scores["detectors"]["fast"]["all"] if scores else {}
    return {
        "count_error_percent": everything.get("count_mape", {}).get("value"),
        "f1_150": everything.get("f1", {}).get("150", {}).get("per_recording", {}).get("value"),
        "latency_ms": everything.get("latency_median_ms", {}).get("value"),
    }


@app.command()
def show(context: typer.Context, version: VersionArgument, as_json: JsonOption = False) -> None:
    """Show the card of a model; with --json what is known of it, the digests of its people aside.

    Example: stedi models show newest
    """
    from stedi.ground.errors import UsageError
    from stedi.learning.lake_models import review
    from stedi.model.artifact import CARD, read
    from stedi.model.registry import Registry
    from stedi.model.registry import State as ModelState

    state: State = context.obj
    lake = state.lake()
    registry = Registry(lake)
    review(lake)
    entry = registry.entry(version)
    if entry.replaced_by is not None:
        raise UsageError(
            f"{entry.version} was deleted because {entry.why}; nothing was shown.\n"
            "See which there are: stedi models"
        )
    folder = registry.path(entry.version)
    if as_json:
        told = asdict(read(folder))
        people = told["source"].pop("people")
        told["source"]["people"] = len(people)
        output.as_json("stedi.models.show/1", {**told, "state": entry.state.value, "why": entry.why})
        return
    if entry.state is ModelState.STALE_CONSENT:
        output.result(f"STALE: {entry.why}. It may not be promoted: stedi train --replace-stale\n")
    output.result((folder / CARD).read_text())


@app.command()
def promote(context: typer.Context, version: VersionArgument, as_json: JsonOption = False) -> None:
    """Put a model into use, if it passes every gate; the one in use before becomes a candidate again.

    Exit code 3 when it fails a gate, 4 when somebody it learnt from has left.

    Example: stedi models promote newest
    """
    from stedi.learning import lake_models
    from stedi.model.registry import Registry

    state: State = context.obj
    lake = state.lake()
    entry, asked = lake_models.promote(lake, version)
    folder = Registry(lake).path(entry.version)
    if as_json:
        gates = [asdict(gate) for gate in asked]
        told = {"version": entry.version, "state": entry.state.value, "path": str(folder), "gates": gates}
        output.as_json("stedi.models.promote/1", told)
    else:
        output.table(
            ("gate", "found", "needed"),
            [(gate.name, lake_models.shown(gate.found), gate.limit) for gate in asked],
        )
        output.result(f"{entry.version} is current")
    output.note(f"next: {state.named()} detect --model {folder} --input FILE")
