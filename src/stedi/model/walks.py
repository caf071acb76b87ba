"""What a detector is judged on: readings of a phone, and when the steps truly were."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stedi.detector.model import Model
from stedi.detector.online import Detector
from stedi.detector.plausible import faults_of
from stedi.gait.labels import label
from stedi.gait.sessions import Session
from stedi.model import baseline
from stedi.model.matching import Interval, Times
from stedi.model.scoring import Answer

if TYPE_CHECKING:
    from stedi_fleet.recordings import Recording

Found = Callable[["Walk"], tuple[Times, Times]]
"""Steps of a walk, and when each was told."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Readings of one phone, and the truth beside.

    Attributes:
        name: Names it among others.
        facets: Its person, phone, surface and position, as far as known.
        t_ms: Ascending, shape (n,).
        acceleration: x, y, z in m/s2, shape (n, 3).
        true_ms: True steps, ascending.
        masked: Stretches in which the truth is not known.
    """

    name: str
    facets: Mapping[str, str]
    t_ms: Times = field(repr=False)
    acceleration: Times = field(repr=False)
    true_ms: Times = field(repr=False)
    masked: tuple[Interval, ...] = ()

    @property
    def faults(self) -> list[str]:
        """What speaks against judging by it: wrong units, rates or order of times."""
        return faults_of(self.t_ms, self.acceleration)

    def answer(self, found: Found) -> Answer:
        """What a detector tells of it."""
        steps, emitted = found(self)
        order = np.argsort(steps, kind="stable")
        return Answer(
            self.name,
            self.facets,
            steps[order],
            emitted[order],
            self.true_ms,
            self.masked,
            float(self.t_ms[0]),
            float(self.t_ms[-1]),
        )


def of_recording(recording: "Recording") -> Walk:
    """A public recording, judged by its own reference."""
    facets = {
        "person": recording.person,
        "position": recording.position,
        "phone": recording.phone,
        "surface": recording.surface,
    }
    return Walk(
        recording.name,
        facets,
        recording.t_ms,
        recording.acceleration,
        recording.true_steps_ms,
        recording.masked,
    )


def of_sessions(sessions: Iterable[Session]) -> tuple[dict[str, list[Walk]], dict[str, str]]:
    """Sessions of a lake, judged by labels from distance.

    Returns:
        The walks of each subject, named by numbers alone; and by name why sessions were refused.
    """
    walks: dict[str, list[Walk]] = {}
    refused: dict[str, str] = {}
    for session in sessions:
        number = len(walks.setdefault(session.subject, [])) + 1
        person = f"person {list(walks).index(session.subject) + 1}"
        name = f"{person}, session {number}"
        labels = label(session.distance_ms, session.distance_mm)
        if labels.refused:
            refused[name] = labels.refused
            continue
        walks[session.subject].append(
            Walk(
                name,
                {"person": person},
                session.elapsed_ms.astype(np.float64),
                session.acceleration,
                labels.steps_ms,
                tuple(labels.masked),
            )
        )
    return walks, refused


def by_model(model: Model, operating_point: str) -> Found:
    """How a trained model finds steps; each walk begins anew."""

    def found(walk: Walk) -> tuple[Times, Times]:
        detector = Detector(model, operating_point)
        steps = [*detector.detect_many(walk.t_ms, walk.acceleration), *detector.flush()]
        told = np.array(steps, np.float64).reshape(-1, 2)
        return told[:, 0], told[:, 1]

    return found


def by_baseline(walk: Walk) -> tuple[Times, Times]:
    """How the baseline finds steps."""
    return baseline.detected(walk.t_ms, walk.acceleration)


def judged_only(walks: Sequence[Walk]) -> tuple[list[Walk], dict[str, str]]:
    """The walks that can be judged, and by name why the others cannot."""
    refused = {walk.name: "; ".join(faults) for walk in walks if (faults := walk.faults)}
    return [walk for walk in walks if walk.name not in refused], refused
