"""Judging a lake's way to train, and frozen models, on walks whose steps are known."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stedi.detector.model import Model
from stedi.ground.errors import QualityGateError, UsageError
from stedi.lake.config import Lake
from stedi.learning.lake_models import judged, to_learn_from
from stedi.model import walks as walking
from stedi.model.artifact import Source
from stedi.model.evaluation import FROZEN, LEFT_OUT, evaluation, folds, frozen, leave_out, nameless
from stedi.model.lake import Pinned
from stedi.model.people import digest
from stedi.model.walks import Walk
from stedi.privacy.identity import normalised_email
from stedi.privacy.pseudonyms import subject_key

Tell = Callable[[str], None]

BY_DISTANCE = "labels from distance, the same as it learns from"
BY_REFERENCE = "the reference of the recordings"

TOLD = 5
"""So many walks are named that cannot be judged, where none can."""


@dataclass(frozen=True)
class Judged:
    """What came of an evaluation.

    Attributes:
        scores: As JSON's types.
        versions: The models with which it was kept.
    """

    scores: dict[str, Any]
    versions: tuple[str, ...] = ()


def judge_frozen(
    folder: Path, model: Model, *, source: Source | None, lake: Lake | None, tell: Tell
) -> Judged:
    """Judge one model on the recordings below a folder.

    Args:
        folder: Where they are, of either layout.
        model: The model.
        source: What it learnt from, where that is known.
        lake: The lake whose keys tell whether it learnt from those whom it is judged on; None: nobody can.
        tell: Hears of progress.

    Raises:
        UsageError: There is no recording.
        QualityGateError: None can be judged.
    """
    walks, refused = recorded(folder)
    some, more = walking.judged_only(walks)
    _require_some(some, refused | more)
    tell(f"judging {len(some)} recordings")
    answers = frozen(model, some)
    about = {
        "sha256": hashlib.sha256(model.onnx).hexdigest(),
        "people_it_learnt_from": None if source is None or lake is None else _known_to(source, lake, some),
    }
    return Judged(
        evaluation(answers, protocol=FROZEN, truth=BY_REFERENCE, refused=refused | more, about=about)
    )


def judge_lake(lake: Lake, recordings: Path | None, *, seed: int, tell: Tell) -> Judged:
    """Leave each person out of training once, and judge on their walks.

    Args:
        lake: The lake that is learnt from.
        recordings: The folder of the recordings that were landed; where None, truth is what
            distance tells.
        seed: Of each training.
        tell: Hears of progress.

    Raises:
        UsageError: Fewer than two people.
        QualityGateError: No walk can be judged.
    """
    source = to_learn_from(lake)
    by_person, subjects, refused = (
        _of_lake(source) if recordings is None else _of_recordings(lake, source, recordings)
    )
    everything = [walk for some in by_person.values() for walk in some]
    kept, more = walking.judged_only(everything)
    refused |= more
    _require_some(kept, refused)
    by_person = {p: [walk for walk in some if walk.name not in more] for p, some in by_person.items()}
    if len(source.reading_counts) < 2:
        raise UsageError(
            "Nothing was judged: the lake holds readings of one person, and leaving them out leaves nobody.\n"
            "Judge a model on recordings of others: stedi evaluate --recordings FOLDER --model DIR"
        )
    leaving = folds(by_person, subjects)
    answers, models = leave_out(
        leaving, lambda out: lambda: source.sessions(without=out), seed=seed, told=tell
    )
    about = {
        "seed": seed,
        "release": source.release,
        "snapshots": source.snapshots,
        "provenance": source.provenance,
        "trainings": len(models),
        "parity": max(trained.parity for trained in models),
    }
    truth = BY_DISTANCE if recordings is None else BY_REFERENCE
    found = evaluation(answers, protocol=LEFT_OUT, truth=truth, refused=refused, about=about)
    return Judged(found, tuple(judged(lake, nameless(found))))


def recorded(folder: Path) -> tuple[list[Walk], dict[str, str]]:
    """The recordings below a folder, of either layout, and by name why others cannot be read."""
    from stedi_fleet.recordings import find, read
    from stedi_fleet.recordings.columns import RecordingError

    walks: list[Walk] = []
    refused: dict[str, str] = {}
    for path in find(folder):
        try:
            walks.append(walking.of_recording(read(path)))
        except RecordingError as unread:
            refused[path.name] = "; ".join(unread.faults)
    return walks, refused


def _known_to(source: Source, lake: Lake, walks: Sequence[Walk]) -> int:
    """Of how many people of some recordings a model has learnt."""
    from stedi_fleet.recordings.owners import address

    pseudonym, suppression = lake.key("pseudonym"), lake.key("suppression")
    people = {normalised_email(address(walk.facets["person"])) for walk in walks}
    digests = (digest(subject_key(person, pseudonym), source.salt, suppression) for person in people)
    return sum(each in source.people for each in digests)


def _of_lake(source: Pinned) -> tuple[dict[str, list[Walk]], dict[str, frozenset[str]], dict[str, str]]:
    walks, refused = walking.of_sessions(source.sessions())
    return walks, {subject: frozenset({subject}) for subject in walks}, refused


def _of_recordings(
    lake: Lake, source: Pinned, folder: Path
) -> tuple[dict[str, list[Walk]], dict[str, frozenset[str]], dict[str, str]]:
    from stedi_fleet.recordings.owners import address

    walks, refused = recorded(folder)
    by_person: dict[str, list[Walk]] = {}
    for walk in walks:
        by_person.setdefault(walk.facets["person"], []).append(walk)
    key = lake.key("pseudonym")
    subjects = {person: subject_key(normalised_email(address(person)), key) for person in by_person}
    missing = sum(subject not in source.reading_counts for subject in subjects.values())
    if missing:
        raise UsageError(
            f"Nothing was judged: {missing} of the {len(subjects)} people of these recordings did not land "
            "in this lake, so they cannot be left out of it.\n"
            "Land them first: stedi land recordings FOLDER. Or judge one model: --model DIR"
        )
    return by_person, {person: frozenset({subject}) for person, subject in subjects.items()}, refused


def _require_some(walks: Sequence[Walk], refused: Mapping[str, str]) -> None:
    if not walks:
        told = [f"{name}: {why}" for name, why in refused.items()]
        more = [f"and {len(told) - TOLD:,} more"] if len(told) > TOLD else []
        raise QualityGateError("Nothing was judged: no walk can be.", [*told[:TOLD], *more])
