"""Models of a lake: trained on a pinned release, judged on people left out, promoted through gates."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from stedi.asking.reader import ReleaseGoneError, reading
from stedi.curated import customers
from stedi.ground.errors import PrivacyGateError, QualityGateError, UsageError
from stedi.lake.config import Lake
from stedi.model import artifact
from stedi.model.gates import Gate, gates
from stedi.model.lake import TABLES, Pinned, pinned, reading_counts
from stedi.model.registry import Entry, Registry, State
from stedi.model.retraining import Replaced, kept, learn, replace_stale
from stedi.model.training import TrainingProgress
from stedi.run.procedures import between_procedures, require_none_pending


def to_learn_from(lake: Lake) -> Pinned:
    """The newest release, to be learnt from.

    Raises:
        PrivacyGateError: The lake lets readings from before consent pass, or somebody is being removed.
        UsageError: Nothing was published yet.
    """
    if lake.comparison_only:
        raise PrivacyGateError(
            "No model was trained: this lake is for comparison only.",
            [f"its window {lake.window.value} lets readings from before consent pass"],
        )
    with reading(lake) as reader:
        files = [[file.path for file in reader.files(table)] for table in TABLES]
        found = pinned(lake, reader.store, reader.release.number, files)
        snapshots = {table.name: reader.release.snapshots[table.name] for table in TABLES}
    if not found.reading_counts:
        raise UsageError(
            "No model was trained: machine_learning_curated holds no reading.\n"
            "Land readings of consenting customers first: stedi land FOLDER, stedi run"
        )
    return replace(found, snapshots=snapshots)


def train(
    lake: Lake, *, seed: int, out: Path | None = None, told: TrainingProgress | None = None
) -> tuple[Entry, Path]:
    """Train a model on everybody in the newest release, and keep it as a candidate.

    Args:
        lake: The lake.
        seed: Of everything random.
        out: A folder that gets a copy of the model.
        told: Hears of progress.

    Returns:
        The model in the registry, and its folder.

    Raises:
        QualityGateError: No session can show steps; the message says what was measured.
        PrivacyGateError: Too few customers; or somebody left while it was trained.
    """
    source = to_learn_from(lake)
    trained = learn(source, seed=seed, told=told)
    registry = Registry(lake)
    with _nobody_left_since(lake, source):
        entry = kept(lake, registry, source, trained, seed)
    folder = registry.path(entry.version)
    _copy(folder, out)
    return entry, folder


def train_anew(lake: Lake, *, out: Path | None = None, told: TrainingProgress | None = None) -> Replaced:
    """Replace every stale model by one trained on who is left, with the same seed."""
    review(lake)
    registry = Registry(lake)
    if not registry.stale():
        return Replaced({e.version: e.replaced_by for e in registry.entries() if e.replaced_by}, {}, {})
    # Read and kept under one lock: nobody leaves meanwhile.
    with between_procedures(lake):
        found = replace_stale(lake, lambda: to_learn_from(lake), told=told)
    if found.by:
        _copy(registry.path(list(found.by.values())[-1]), out)
    return found


def _copy(folder: Path, out: Path | None) -> None:
    if out is not None:
        artifact.write(out, (folder / artifact.ONNX).read_bytes(), artifact.read(folder))


@contextmanager
def _nobody_left_since(lake: Lake, source: Pinned) -> Iterator[None]:
    """Keep what was learnt only while everybody it was learnt from is still there."""
    with between_procedures(lake):
        try:
            with reading(lake, source.release) as reader:
                for table in TABLES:
                    reader.files(table)
        except (PrivacyGateError, ReleaseGoneError) as left:
            raise PrivacyGateError(
                "The model was not kept: somebody left while it was trained. Train again: stedi train",
                getattr(left, "faults", ()),
            ) from left
        yield


def review(lake: Lake) -> list[Entry]:
    """All models of a lake, after looking whether their people are all still there.

    Raises:
        PrivacyGateError: Somebody is being removed, and that is not complete.
    """
    require_none_pending(lake, "No model was shown or changed")
    registry = Registry(lake)
    if any(entry.replaced_by is None for entry in registry.entries()):
        with reading(lake) as reader:
            registry.review(reading_counts(file.path for file in reader.files(customers.TABLE)))
    return registry.entries()


def promote(lake: Lake, version: str) -> tuple[Entry, list[Gate]]:
    """Put a model into use, if it passes every gate.

    Raises:
        QualityGateError: It fails one.
        PrivacyGateError: It is stale: somebody it learnt from has left.
    """
    with between_procedures(lake):
        review(lake)
        registry = Registry(lake)
        entry = registry.entry(version)
        if entry.state is State.STALE_CONSENT:
            raise PrivacyGateError(
                f"{entry.version} was not promoted: it is {State.STALE_CONSENT.value}. "
                "Train it anew: stedi train --replace-stale",
                [entry.why],
            )
        folder = registry.path(entry.version)
        asked = gates(folder, artifact.read(folder))
        if failed := [gate for gate in asked if not gate.passed]:
            raise QualityGateError(
                f"{entry.version} was not promoted: it fails {len(failed)} of {len(asked)} gates. "
                "Judge it first, if it was not: stedi evaluate",
                [f"{gate.name}: {shown(gate.found)}, and {gate.limit} is needed" for gate in failed],
            )
        return registry.promote(entry.version), asked


def shown(found: float | str | None) -> str:
    """What a model shows at a gate."""
    if found is None:
        return "not known"
    return found if isinstance(found, str) else f"{found:,.4g}"


def judged(lake: Lake, found: dict[str, Any]) -> list[str]:
    """Keep the scores of an evaluation with the models of the same snapshot and seed; return which."""
    registry = Registry(lake)
    versions = []
    for entry in registry.entries():
        if entry.state is State.STALE_CONSENT or entry.seed != found["seed"]:
            continue
        metadata = artifact.read(registry.path(entry.version))
        if metadata.source.snapshots == found["snapshots"]:
            registry.describe(entry.version, artifact.with_scores(metadata, found))
            versions.append(entry.version)
    return versions


def stale(entries: Iterable[Entry]) -> list[Entry]:
    """The models that wait to be replaced."""
    return [e for e in entries if e.state is State.STALE_CONSENT and e.replaced_by is None]
