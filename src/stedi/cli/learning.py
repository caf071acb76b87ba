"""Commands of the data scientist: train a model and judge it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.progress import telling
from stedi.cli.state import State
from stedi.ground import durable
from stedi.ground.errors import UsageError

if TYPE_CHECKING:
    from stedi.lake.config import Lake
    from stedi.model.artifact import Source

SEED = 1
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of everything random.")]


def train(
    context: typer.Context,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write a copy of the model there too.")
    ] = None,
    replace_stale: Annotated[
        bool,
        typer.Option("--replace-stale", help="Train anew every model that learnt from somebody who left."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Learn to find steps from machine_learning_curated, and keep the model as a candidate.

    The same readings and seed give the same model.onnx, byte for byte. Exit code 3 when the readings
    cannot show steps, 4 for fewer than 10 customers. A copy is out of reach of later withdrawals.

    Example: stedi train --seed 1 --out model
    """
    from stedi.learning import lake_models

    state: State = context.obj
    lake = state.lake()
    if out is not None:
        from stedi.model.artifact import require_place

        require_place(out, lake.root)
    if replace_stale:
        with telling() as told:
            _show_replaced(state, lake_models.train_anew(lake, out=out, told=told), as_json)
        return
    with telling() as told:
        entry, folder = lake_models.train(lake, seed=seed, out=out, told=told)
    from stedi.model.artifact import read

    metadata = read(folder)
    if as_json:
        shown = {name: value for name, value in metadata.training.items() if name != "feature_names"}
        told_of = {
            "version": entry.version,
            "state": entry.state.value,
            "path": str(folder),
            "sha256": metadata.sha256,
            "size_bytes": metadata.size_bytes,
            "seed": seed,
            "release": metadata.source.release,
            "snapshots": metadata.source.snapshots,
            "provenance": metadata.source.provenance,
            "training": shown,
        }
        output.as_json("stedi.train/1", told_of)
    else:
        training = metadata.training
        output.result(
            f"model {entry.version}   {entry.state.value}   {metadata.size_bytes:,} bytes   "
            f"{output.count(training['people'], 'person', 'people')}, "
            f"{output.count(training['sessions'], 'session')}, {output.count(training['steps'], 'step')}"
        )
        for why, number in training["refused"].items():
            people = output.count(training["people_refused"][why], "person", "people")
            output.result(f"  left out: {output.count(number, 'session')} of {people}, {why}")
        output.result(f"  {folder}")
    output.note(f"next: {state.named()} evaluate   then   {state.named()} models promote {entry.version}")


def _show_replaced(state: State, found: Any, as_json: bool) -> None:
    if as_json:
        output.as_json("stedi.train.replaced/1", vars(found))
        return
    for version, by in found.by.items():
        output.result(f"{version} -> {by}")
    for version, why in found.deleted.items():
        output.result(f"{version} was deleted, and none could be trained instead: {why}")
    for version, why in found.waiting.items():
        output.result(f"{version} waits: {why}")
    if not (found.by or found.deleted or found.waiting):
        output.result("No model is stale.")
    output.note(f"next: {state.named()} models")


def evaluate(
    context: typer.Context,
    recordings: Annotated[
        Path | None,
        typer.Option("--recordings", metavar="FOLDER", help="Judge on these recordings, by their reference."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="Judge this model as it is, on recordings of others."),
    ] = None,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write evaluation.json and evaluation.md there."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge how well steps are found, beside the plain baseline: by position, phone, surface and person.

    Without --model each person of the lake is left out of training once and judged by a model that never
    saw them; the scores go into the card of the models of the same snapshot and seed. Recordings are
    folders with accelerometer.csv and stepcounter.csv, or CSV files of time in ns, x, y, z and three counts.

    Example: stedi evaluate --recordings data/oxford --out evaluation
    """
    from stedi.learning import judging
    from stedi.model.report import markdown

    state: State = context.obj
    if model is not None:
        from stedi.cli.detecting import load_model

        if recordings is None:
            raise UsageError(
                "Nothing was judged: a model is judged on recordings of people it never saw.\n"
                "Name them: --recordings FOLDER"
            )
        loaded = load_model(model)
        found = judging.judge_frozen(
            recordings, loaded, source=_source(model), lake=_lake_of(model, state), tell=output.note
        )
    else:
        found = judging.judge_lake(state.lake(), recordings, seed=seed, tell=output.note)
    page = markdown(found.scores)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        durable.replace(
            out / "evaluation.json", (json.dumps(found.scores, indent=1) + "\n").encode(), mode=0o644
        )
        durable.replace(out / "evaluation.md", f"# Evaluation\n\n{page}".encode(), mode=0o644)
    if as_json:
        content = {name: value for name, value in found.scores.items() if name != "schema"}
        output.as_json(found.scores["schema"], {**content, "models": list(found.versions)})
    else:
        output.result(page)
    for version in found.versions:
        output.note(f"kept in the card of {version}")
    if model is None and not found.versions:
        output.note(f"no model of this snapshot and seed is there: {state.named()} train --seed {seed}")


def _source(model: Path) -> "Source | None":
    """What a model says that it learnt from."""
    from stedi.model.artifact import read

    try:
        return read(model).source
    except UsageError:
        return None


def _lake_of(model: Path, state: State) -> "Lake | None":
    """The lake that a model lies in, or else the one at hand."""
    from stedi.lake.config import exists, opened

    for folder in (model.absolute().parent.parent, state.folder):
        if exists(folder):
            return opened(folder)
    return None


COMMANDS = (train, evaluate)
