"""Write a simulated fleet: its landing files, and the truth beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stedi.ground.errors import UsageError, listed
from stedi.sources.listing import FLEET_PARAMETERS
from stedi.sources.records import (
    ACCELEROMETER,
    CUSTOMER,
    SOURCES,
    STEP_TRAINER,
    accelerometer_lines,
    line,
    step_trainer_lines,
)
from stedi_fleet.simulator.expected import Expectation
from stedi_fleet.simulator.file_defects import READ, Spoiler
from stedi_fleet.simulator.gait import Recording, recording, walker
from stedi_fleet.simulator.line_defects import ACCEPTED
from stedi_fleet.simulator.people import Customer, population

START_MS = 1_740_960_000_000  # 2025-03-03T00:00:00Z
SHORTEST_MINUTES = 0.5
LONGEST_MINUTES = 240  # a stretch is held in memory whole
STRETCHES_A_FILE = 16
BYTES_A_FILE = 16_000_000


@dataclass(frozen=True)
class Fleet:
    """A fleet as written.

    Attributes:
        folder: The landing zone; `truth/` stands in it beside the sources.
        files: Landed files.
        size_bytes: Their size together.
        written: How many of them were written now; the others were there already.
        expected: The content of `truth/expected.json`.
    """

    folder: Path
    files: int
    size_bytes: int
    written: int
    expected: Mapping[str, Any]


def simulate(
    folder: Path,
    *,
    customers: int = 24,
    minutes: float = 3.0,
    seed: int = 7,
    dirty: bool = False,
    start_ms: int = START_MS,
    lifelike: bool = False,
) -> Fleet:
    """Write a fleet of customers and their walks as landing files, and the truth beside.

    The same arguments give the same bytes; files that are there already are left untouched.
    `truth/` holds `steps.csv` (each initial contact), `walks.csv` (bouts), `customers.csv` and
    `expected.json`: what a correct lake must hold, counted from what the simulator knows. A lifelike
    fleet adds `activities.csv`: what was done when, and where the phone was carried.

    Args:
        folder: The landing zone to write, created where missing.
        customers: How many; five hold every kind of consent and equipment.
        minutes: Length of a session as recorded, 0.5 to 240; each customer has one or two.
        seed: Of everything random.
        dirty: Whether to mix in broken and unusual lines and files; the good lines stay.
        start_ms: First day of the walks, UTC ms. Registrations lie up to 90 days before.
        lifelike: Whether people stop, turn, shuffle, handle, shake and put down phones that are carried in
            seven ways and read 20 to 400 times a second; else they walk with one in one way at 50.

    Raises:
        UsageError: An argument is out of range, or the folder holds something else.
    """
    parameters = {
        "customers": customers,
        "minutes": minutes,
        "seed": seed,
        "dirty": dirty,
        "start_ms": start_ms,
    }
    if lifelike:
        parameters["lifelike"] = True
    _refuse(folder, parameters)
    return _Writing(folder, parameters).run()


def _refuse(folder: Path, parameters: Mapping[str, Any]) -> None:
    faults = []
    if parameters["customers"] < 1:
        faults.append("at least 1 customer is needed")
    if not SHORTEST_MINUTES <= parameters["minutes"] <= LONGEST_MINUTES:
        faults.append(f"a session lasts {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes")
    if parameters["seed"] < 0:
        faults.append("a seed is no less than 0")
    claim = folder / FLEET_PARAMETERS
    if claim.exists():
        if claim.read_bytes() != _json(parameters):
            faults.append(f"{folder} holds a fleet of other parameters; name another folder")
    elif any((folder / source).exists() for source in SOURCES):
        faults.append(f"{folder} holds landed files that are no fleet's; name another folder")
    if faults:
        raise UsageError(f"No fleet was simulated:{listed(faults)}")


class _Writing:
    """One call of `simulate`."""

    def __init__(self, folder: Path, parameters: Mapping[str, Any]) -> None:
        self.folder = folder
        self.parameters = parameters
        self.people = population(
            parameters["customers"], parameters["minutes"], parameters["seed"], parameters["start_ms"]
        )
        self.expectation = Expectation()
        self.spoiler = (
            Spoiler(parameters["seed"], self.people, self.expectation) if parameters["dirty"] else None
        )
        self.pending: dict[str, list[bytes]] = {source: [] for source in SOURCES}
        self.numbers = dict.fromkeys(SOURCES, 0)
        self.files = self.size_bytes = self.written = 0
        self.steps = ["email,step_ms"]
        self.activities = ["email,position,doing,start_ms,end_ms"]
        self.walks = ["email,start_ms,end_ms,steps"]

    def run(self) -> Fleet:
        # Claimed first, so that a call that was cut short can be repeated.
        _place(self.folder / FLEET_PARAMETERS, _json(self.parameters))
        for person in self.people:
            self._walk(person)
        for source in (ACCELEROMETER, STEP_TRAINER):
            self._land(source)
        for records in ([p.registration for p in self.people], [p.latest for p in self.people]):
            self.pending[CUSTOMER] = [line(record) + b"\n" for record in records if record]
            self._land(CUSTOMER)
        for source, name, data in self.spoiler.more() if self.spoiler else ():
            self._place(source, name, data)
        return Fleet(self.folder, self.files, self.size_bytes, self.written, self._tell())

    def _walk(self, person: Customer) -> None:
        """Record all stretches of a customer."""
        rng = np.random.default_rng([self.parameters["seed"], 1, person.index])
        stretches = self._recorded(person, rng)
        for stretch in stretches:
            if person.has_phone:
                self._add(
                    ACCELEROMETER,
                    accelerometer_lines(person.email, stretch.phone_ms, stretch.acceleration_mps2),
                )
            if person.has_step_trainer:
                self._add(
                    STEP_TRAINER, step_trainer_lines(person.serial, stretch.trainer_ms, stretch.distance_mm)
                )
        self._note(person, stretches)

    def _recorded(self, person: Customer, rng: np.random.Generator) -> Sequence[Recording]:
        """What their sensors recorded."""
        if not self.parameters.get("lifelike"):
            gait = walker(rng)
            return [recording(gait, s.start_ms, s.seconds, rng) for s in person.stretches]
        # Only here, for it needs more than the small fleet does.
        from stedi_fleet.simulator import lifelike

        walks = lifelike.of_customer(person.index, person.stretches, rng)
        self.activities += [
            f"{person.email},{walk.position},{doing},{begin},{end}"
            for walk in walks
            for doing, begin, end in walk.activities
        ]
        return walks

    def _note(self, person: Customer, stretches: Sequence[Recording]) -> None:
        """Keep the truth about a customer and count what landed."""
        phone = np.concatenate([s.phone_ms for s in stretches])
        trainer = np.concatenate([s.trainer_ms for s in stretches])
        nothing = phone[:0]
        phone = phone if person.has_phone else nothing
        trainer = trainer if person.has_step_trainer else nothing
        self.expectation.add_customer(person, phone, trainer)
        for stretch in stretches:
            self.steps += [f"{person.email},{at}" for at in stretch.steps_ms.tolist()]
            self.walks += [
                f"{person.email},{stretch.steps_ms[first]},{stretch.steps_ms[last]},{last - first + 1}"
                for first, last in stretch.bouts.tolist()
            ]
            self.expectation.walked["steps"] += len(stretch.steps_ms)
            self.expectation.walked["bouts"] += len(stretch.bouts)

    def _add(self, source: str, lines: bytes) -> None:
        pending = self.pending[source]
        pending.append(lines)
        if len(pending) == STRETCHES_A_FILE or sum(map(len, pending)) > BYTES_A_FILE:
            self._land(source)

    def _land(self, source: str) -> None:
        """Write what is pending of a source as its next file."""
        data = b"".join(self.pending[source])
        self.pending[source].clear()
        if not data:
            return
        good = data.count(b"\n")
        self.expectation.lines[source].update({"lines": good, ACCEPTED: good})
        stem = f"{source}-{self.numbers[source]:05d}"
        self.numbers[source] += 1
        if self.spoiler:
            self._place(source, *self.spoiler.spoiled(source, stem, data))
        else:
            self.expectation.files[source].update({"files": 1, READ: 1})
            self._place(source, f"{stem}.json", data)

    def _place(self, source: str, name: str, data: bytes) -> None:
        self.files += 1
        self.size_bytes += len(data)
        self.written += _place(self.folder / source / name, data)

    def _tell(self) -> dict[str, Any]:
        """Write the truth."""
        expected = {
            "parameters": dict(self.parameters),
            **self.expectation.as_json(),
            "defects": self.spoiler.as_json() if self.spoiler else {"lines": {}, "files": {}},
        }
        people = ["email,serial,kind,registered_ms,consented_ms"]
        people += [
            f"{p.email},{p.serial},{p.kind},{p.registered_ms},{p.consented_ms or ''}" for p in self.people
        ]
        truth = self.folder / "truth"
        told = {"steps": self.steps, "walks": self.walks, "customers": people}
        if self.parameters.get("lifelike"):
            told["activities"] = self.activities
        for name, rows in told.items():
            _place(truth / f"{name}.csv", "\n".join([*rows, ""]).encode())
        _place(truth / "expected.json", _json(expected))
        return expected


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _place(path: Path, data: bytes) -> bool:
    """Put a whole file in its place at once; False where the same bytes are there already."""
    if path.exists() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    growing = path.with_name(f"{path.name}.part")
    growing.write_bytes(data)
    growing.replace(path)
    return True
