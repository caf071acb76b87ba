"""Land recordings: files as customers' devices send them, so that they take the ordinary way."""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stedi.ground.errors import UsageError, listed
from stedi.sources.file_names import for_message
from stedi.sources.placing import Placed, place
from stedi.sources.records import (
    ACCELEROMETER,
    CUSTOMER,
    STEP_TRAINER,
    Instants,
    accelerometer_lines,
    line,
    step_trainer_lines,
)
from stedi.sources.source import Source
from stedi_fleet.recordings.columns import RecordingError
from stedi_fleet.recordings.contacts import Times
from stedi_fleet.recordings.distance import distance
from stedi_fleet.recordings.names import UNKNOWN
from stedi_fleet.recordings.owners import REGISTERED_MS, address, customer, serial
from stedi_fleet.recordings.reading import find, read

OXFORD = "oxford-step-counter"
DATA_SET = re.compile("[a-z0-9]+(-[a-z0-9]+)*")

HOUR_MS = 3_600_000
PLACES = 70_000
"""Hours after the registration in which a recording may begin: eight years, all past."""

MOST_SHIFT_MS = 5


@dataclass
class LandedRecordings:
    """What was landed.

    Attributes:
        recordings: How many.
        people: How many walked.
        readings: Phone readings in them.
        distances: Distance readings in them.
        steps: True steps in them, those in masked stretches included.
        placed: What became of the files; nothing is copied where all were landed before.
    """

    recordings: int
    people: int = 0
    readings: int = 0
    distances: int = 0
    steps: int = 0
    placed: Placed = field(default_factory=Placed)


def provenance(data_set: str) -> str:
    """How a lake of recordings of that data set is marked.

    Raises:
        UsageError: The name is not of small letters, digits and hyphens.

    >>> provenance("oxford-step-counter")
    'recordings:oxford-step-counter'
    """
    if not DATA_SET.fullmatch(data_set):
        raise UsageError(
            "A data set is named with small letters, digits and single hyphens; nothing was landed.\n"
            f"For example: --data-set {OXFORD}"
        )
    return f"recordings:{data_set}"


def land(folder: Path, landing: Path, sources: Sequence[Source], *, key: bytes) -> LandedRecordings:
    """Land every recording below a folder, each file whole or not at all.

    A person becomes one customer who registered and consented before the first recording. Each
    recording begins at an hour of its own, told by its name, so that it is a session of its own
    whatever else is landed with it. Readings keep their values; their times become whole ms, strictly
    ascending. The same recordings give the same bytes, and landing them again changes nothing. Memory
    grows with the longest recording.

    Args:
        folder: Holds recordings at any depth, see `recordings.find`.
        landing: The lake's landing zone.
        sources: The sources of the landing zone.
        key: As for `place`.

    Raises:
        UsageError: Recordings cannot be read or have no known owner; all faults, and nothing was landed.
    """
    begins_ms = beginnings(find(folder))
    landed = LandedRecordings(recordings=len(begins_ms))
    people: set[str] = set()
    for path, begin_ms in begins_ms.items():
        walk = read(path)
        at_ms, distance_mm = distance(walk)
        landed.readings += len(walk.t_ms)
        landed.distances += len(at_ms)
        landed.steps += len(walk.true_steps_ms)
        files = {
            # Adding zero turns -0.0 into 0.0.
            (ACCELEROMETER, walk.name): accelerometer_lines(
                address(walk.person), begin_ms + _whole(walk.t_ms, path), walk.acceleration + 0.0
            ),
            (STEP_TRAINER, walk.name): step_trainer_lines(
                serial(walk.person), begin_ms + _whole(at_ms, path), distance_mm
            ),
        }
        if walk.person not in people:
            files[CUSTOMER, walk.person] = line(customer(walk.person)) + b"\n"
        people.add(walk.person)
        _place(files, landing, sources, landed.placed, key)
    landed.people = len(people)
    return landed


def beginnings(paths: Sequence[Path]) -> dict[Path, int]:
    """When each recording begins as landed, UTC ms.

    All of them are read, so that all faults are told.

    Raises:
        UsageError: Some cannot be read or have no known owner.
    """
    faults: list[str] = []
    hours: dict[str, dict[Path, tuple[str, int]]] = {}
    for path in paths:
        try:
            walk = read(path)
            _whole(walk.t_ms, path)
            _whole(distance(walk)[0], path)
        except RecordingError as error:
            faults += [f"{for_message(path.name)}: {fault}" for fault in error.faults]
            continue
        if walk.person == UNKNOWN:
            faults.append(f"{for_message(path.name)}: its name does not tell who walked")
        if any(name == walk.name for name, _ in hours.get(walk.person, {}).values()):
            faults.append(f"{for_message(path.name)}: another recording has its name")
        # One hour more, so that two recordings are never one session.
        hours.setdefault(walk.person, {})[path] = walk.name, 2 + int(walk.t_ms[-1] // HOUR_MS)
    if faults:
        raise UsageError(
            f"No recording was landed:{listed(faults)}\n"
            "Name a folder without those, or a recording as <Phone>_<Person>_<Surface>_<Position>_<number>."
        )
    return {path: begin_ms for of_one in hours.values() for path, begin_ms in _placed_in_time(of_one)}


def _placed_in_time(recordings: Mapping[Path, tuple[str, int]]) -> Iterator[tuple[Path, int]]:
    """Begin each recording of a person at an hour that follows from its name, or at the next free one."""
    taken: set[int] = set()
    for path, (name, lasts) in sorted(recordings.items(), key=lambda item: item[1]):
        hour = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % PLACES + 24
        while taken & set(range(hour, hour + lasts)):
            hour += 1
        taken |= set(range(hour, hour + lasts))
        yield path, REGISTERED_MS + hour * HOUR_MS


def _whole(at_ms: Times, path: Path) -> Instants:
    """Whole ms, strictly ascending: of two readings in one the later moves on by as little as it can."""
    order = np.arange(len(at_ms))
    whole: Instants = np.maximum.accumulate(np.rint(at_ms).astype(np.int64) - order) + order
    if np.any(np.abs(whole - at_ms) > MOST_SHIFT_MS):
        raise RecordingError(
            path,
            [f"it has too many readings in one ms: some would move by more than {MOST_SHIFT_MS} ms"],
            "The lake keeps time in ms; leave it out, or give it fewer readings.",
        )
    return whole


def _place(
    files: Mapping[tuple[str, str], bytes],
    landing: Path,
    sources: Sequence[Source],
    placed: Placed,
    key: bytes,
) -> None:
    """Land files, each named by a digest, for its name may tell who walked."""
    with tempfile.TemporaryDirectory(prefix="stedi-") as room:
        for (source, name), content in files.items():
            digest = hashlib.sha256(f"{source}:{name}".encode()).hexdigest()[:16]
            file = Path(room, source, f"recording-{digest}.json")
            file.parent.mkdir()
            file.write_bytes(content)
        now = place(Path(room), landing, sources, key=key, settle_s=0.0)
    placed.copied += now.copied
    placed.renamed += now.renamed
    placed.skipped += now.skipped
