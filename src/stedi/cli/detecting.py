"""The command that finds steps in readings as they come."""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.ground.errors import UsageError

if TYPE_CHECKING:
    from stedi.detector.model import Model
    from stedi.detector.online import Step
    from stedi.detector.plausible import Sample


class TimeUnit(StrEnum):
    """Units of time."""

    NS = "ns"
    US = "us"
    MS = "ms"
    S = "s"


class Unit(StrEnum):
    """Units of acceleration."""

    MPS2 = "m/s2"
    G = "g"


class OperatingPoint(StrEnum):
    """What to give up where accuracy and latency pull apart."""

    FAST = "fast"
    EXACT = "exact"


ModelOption = Annotated[
    Path, typer.Option("--model", metavar="DIR", help="A model's folder: model.onnx and metadata.json.")
]
PointOption = Annotated[
    OperatingPoint,
    typer.Option("--operating-point", help="fast: told soonest. exact: most accurate, told later."),
]


def detect(
    model: ModelOption,
    readings: Annotated[
        str, typer.Option("--input", metavar="FILE|-", help="Readings, NDJSON or CSV; - for stdin.")
    ],
    columns: Annotated[
        str,
        typer.Option(
            metavar="T,X,Y,Z", help="Names of the time and the axes, or their places in a CSV, from 1."
        ),
    ] = "t,x,y,z",
    time_unit: Annotated[TimeUnit, typer.Option("--time-unit", help="Of the time.")] = TimeUnit.MS,
    unit: Annotated[Unit, typer.Option("--unit", help="Of the axes, gravity included.")] = Unit.MPS2,
    operating_point: PointOption = OperatingPoint.FAST,
    live: Annotated[
        bool,
        typer.Option("--live", help="Replay at the speed of the input's clock, with a view on a terminal."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write each step as it happens: a line of JSON with when it was and when it was told, in ms.

    Both times are on the clock of the input. Readings need 20 a second, gravity, and ascending times;
    exit code 3 when they are otherwise, and nothing is told of them. --json adds the schema.

    Example: stedi detect --model model --input walk.csv --columns time,x,y,z --time-unit ns --unit m/s2
    """
    from stedi.detector.plausible import checked
    from stedi.detector.samples import LONGEST_LINE, samples

    named = tuple(name.strip() for name in columns.split(","))
    if len(named) != 4 or not all(named) or len(set(named)) != 4:
        raise UsageError(
            "--columns takes four different names, of the time and the three axes; no step was told.\n"
            "For instance: --columns t,x,y,z"
        )
    loaded = load_model(model)
    t, x, y, z = named
    with _opened(readings) as file:
        lines = iter(lambda: file.readline(LONGEST_LINE + 1), b"")
        read = samples(lines, (t, x, y, z), time_unit=time_unit.value, unit=unit.value)
        passed = checked(read, time_unit=time_unit.value, unit=unit.value)
        if live:
            from stedi.cli.live import replay

            replay(passed, loaded, operating_point.value, tell=_Teller(as_json))
            return
        _tell_all(passed, loaded, operating_point.value, as_json)


def _tell_all(passed: "Iterator[Sample]", model: "Model", operating_point: str, as_json: bool) -> None:
    from stedi.detector.online import Detector

    tell = _Teller(as_json)
    detector = Detector(model, operating_point)
    first = last = None
    count = 0
    for sample in passed:
        if first is None:
            first = sample.t_ms
        last = sample.t_ms
        for step in detector.detect_one(sample.t_ms, sample.x, sample.y, sample.z):
            count += 1
            tell(step)
    for step in detector.flush():
        count += 1
        tell(step)
    seconds = (last - first) / 1000 if first is not None and last is not None else 0.0
    output.note(f"{output.count(count, 'step')} in {seconds:,.1f} s")


class _Teller:
    """Writes steps to stdout, each at once."""

    def __init__(self, as_json: bool) -> None:
        self._schema = {"schema": "stedi.step/1"} if as_json else {}

    def __call__(self, step: "Step") -> None:
        told = {**self._schema, "step_ms": round(step.step_ms, 3), "emitted_ms": round(step.emitted_ms, 3)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _opened(named: str) -> AbstractContextManager[BinaryIO]:
    """The file that is read, or stdin."""
    if named == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(named).open("rb")
    except OSError as refused:
        raise UsageError(
            f"The input cannot be read ({refused.strerror}); no step was told.\n"
            "Name a file that you may read, or - for stdin: --input FILE|-"
        ) from refused


def load_model(folder: Path) -> "Model":
    """The model in a folder.

    Raises:
        UsageError: There is none, or it is not as it was trained.
        PrivacyGateError: It lies in a lake that is removing people, of whom it may have learnt.
    """
    from stedi.detector.model import Model

    _require_at_rest(folder.absolute())
    loaded = Model.load(folder)
    told = json.loads((folder / "metadata.json").read_text())
    if told.get("sha256") != hashlib.sha256(loaded.onnx).hexdigest():
        raise UsageError(
            f"model.onnx in {folder} is not the graph that metadata.json tells of; nothing was done.\n"
            "Put both back as `stedi train` wrote them, or train anew."
        )
    if _is_stale(folder.absolute()):
        output.note("alert: this model learnt from somebody who has left: stedi train --replace-stale")
    return loaded


def _require_at_rest(model: Path) -> None:
    from stedi.lake.config import exists, opened

    for folder in model.resolve().parents:
        if exists(folder):
            from stedi.run.procedures import require_none_pending

            require_none_pending(opened(folder), "The model was not used")


def _is_stale(folder: Path) -> bool:
    """Whether the registry beside a model says that it may be used no more."""
    try:
        told = json.loads((folder.parent / "registry.json").read_text())
        states = {each["version"]: each["state"] for each in told["models"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(states.get(folder.name) == "stale_consent")


COMMANDS = (detect,)
