"""Simulated walks for detectors: people who walk, stop, handle and put down phones of every kind.

No claim of accuracy rests on them: they test what recordings of real walks do not hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from stedi.ground.errors import UsageError
from stedi.sources.records import Instants, Reals
from stedi_fleet.recordings.contacts import united
from stedi_fleet.recordings.reading import Recording
from stedi_fleet.simulator import gait, outing, sensor
from stedi_fleet.simulator.attitude import in_phone_axes
from stedi_fleet.simulator.carrying import CARRIAGES, Position
from stedi_fleet.simulator.distance import distance
from stedi_fleet.simulator.motion import Motion
from stedi_fleet.simulator.outing import ON_FOOT, Activity, Doing, Gait
from stedi_fleet.simulator.people import RecordingPeriod
from stedi_fleet.simulator.sensor import GRAVITY_MPS2, Phone

GRID_S = 1 / 800
SHORTEST_S = 12.0


@dataclass(frozen=True)
class Spell:
    """What was done from `begin_ms` until `end_ms`, ms on the recording's clock."""

    doing: Doing
    begin_ms: float
    end_ms: float


@dataclass(frozen=True)
class SimulatedWalk(Recording):
    """A recording of which everything is known.

    Attributes:
        activities: What was done, without a gap; steps are taken in ON_FOOT only.
        distance_ms: When the Step Trainer was read, shape (m,).
        distance_mm: What it read, with dips missed and noise, shape (m,).
    """

    activities: tuple[Spell, ...] = ()
    distance_ms: Reals = field(default_factory=lambda: np.zeros(0))
    distance_mm: Reals = field(default_factory=lambda: np.zeros(0))

    def during(self, *doings: Doing) -> tuple[tuple[float, float], ...]:
        """The stretches [from, to) in which one of these was done, ms; neighbours made one."""
        return united([(s.begin_ms, s.end_ms) for s in self.activities if s.doing in doings])


def walks(
    *,
    people: int = 7,
    minutes: float = 3.0,
    seed: int = 7,
    positions: tuple[Position, ...] = tuple(Position),
    rate_hz: float | None = None,
    only: Doing | None = None,
) -> Iterator[SimulatedWalk]:
    """Recordings of simulated people, one a person; the same arguments give the same ones.

    Args:
        people: How many; they carry the phone at `positions` in turn.
        minutes: Length of each recording, 0.2 at least.
        seed: Of everything random.
        positions: Where phones are carried.
        rate_hz: Of all phones, 20 to 400; drawn for each when None.
        only: Do nothing but this, such as `Doing.HANDLED`; everything, as people do, when None.

    Raises:
        UsageError: An argument is out of range.
    """
    if minutes * 60 < SHORTEST_S or people < 1 or not positions:
        raise UsageError(
            f"No walk was simulated: at least 1 person, 1 position and {SHORTEST_S:g} s are needed."
        )
    if rate_hz is not None and not 20 <= rate_hz <= 400:
        raise UsageError("No walk was simulated: phones are read 20 to 400 times a second.")
    for number in range(people):
        rng = np.random.default_rng([seed, 3, number])
        yield _walk(number, minutes * 60, positions[number % len(positions)], rate_hz, only, rng)


def _walk(
    number: int,
    seconds: float,
    position: Position,
    rate_hz: float | None,
    only: Doing | None,
    rng: np.random.Generator,
) -> SimulatedWalk:
    person, phone = outing.gait(rng), sensor.phone(rng, rate_hz)
    done = _alone(only, seconds) if only and only not in ON_FOOT else outing.outing(person, seconds, rng)
    at_s, acceleration = phone_readings(person, phone, position, done, rng)
    contacts = np.concatenate([each.contacts for each in done])
    trainer_s, distance_mm = distance(contacts, seconds, rng)
    begin = at_s[0]
    steps = contacts[(contacts >= begin) & (contacts <= at_s[-1])]
    return SimulatedWalk(
        name=f"Simulated_{number:03d}_{position}",
        phone=f"{phone.rate_hz:g} Hz",
        person=f"Simulated{number:03d}",
        surface="unknown",
        position=str(position),
        t_ms=(at_s - begin) * 1000,
        acceleration=acceleration,
        true_steps_ms=(steps - begin) * 1000,
        activities=tuple(
            Spell(each.doing, (each.begin_s - begin) * 1000, (each.end_s - begin) * 1000) for each in done
        ),
        distance_ms=(trainer_s - begin) * 1000,
        distance_mm=distance_mm,
    )


def phone_readings(
    person: Gait, phone: Phone, position: Position, done: list[Activity], rng: np.random.Generator
) -> tuple[Reals, Reals]:
    """What a phone reads of what is done: moments in s, shape (n,), and m/s2 in its axes, shape (n, 3)."""
    seconds = done[-1].end_s
    grid_s = np.arange(0, seconds, GRID_S)
    moved = Motion(person, CARRIAGES[position], rng).acceleration(done, grid_s)
    moved[:, 0] += GRAVITY_MPS2
    truth = in_phone_axes(moved, done, grid_s, rng)
    at_s = sensor.moments(phone, seconds, rng)
    return at_s, sensor.read(phone, grid_s, truth, at_s, rng)


def _alone(doing: Doing, seconds: float) -> list[Activity]:
    return [Activity(doing, 0.0, seconds, np.zeros(0), np.zeros(0))]


@dataclass(frozen=True)
class LifelikeRecording(gait.Recording):
    """What the sensors recorded of one stretch, and what was done in it.

    Attributes:
        activities: What was done, and when it began and ended, UTC ms.
        position: Where the phone was carried.
    """

    activities: tuple[tuple[Doing, int, int], ...]
    position: Position


def of_customer(
    number: int, stretches: Sequence[RecordingPeriod], rng: np.random.Generator
) -> list[LifelikeRecording]:
    """Record all stretches of one customer, each 12 s at least, with one phone carried in one way."""
    person, phone = outing.gait(rng), sensor.phone(rng)
    position = tuple(Position)[number % len(Position)]
    return [_recording(person, phone, position, s.start_ms, s.seconds, rng) for s in stretches]


def _recording(
    person: Gait, phone: Phone, position: Position, start_ms: int, seconds: float, rng: np.random.Generator
) -> LifelikeRecording:
    done = outing.outing(person, seconds, rng)
    at_s, acceleration = phone_readings(person, phone, position, done, rng)
    contacts = np.concatenate([each.contacts for each in done])
    trainer_s, distance_mm = distance(contacts, seconds, rng)
    return LifelikeRecording(
        phone_ms=_whole(at_s, start_ms),
        acceleration_mps2=np.round(acceleration, 4) + 0.0,
        trainer_ms=_whole(trainer_s, start_ms),
        distance_mm=np.rint(distance_mm).astype(np.int64),
        steps_ms=_whole(contacts, start_ms),
        bouts=outing.bouts(done),
        activities=tuple(
            (each.doing, start_ms + round(each.begin_s * 1000), start_ms + round(each.end_s * 1000))
            for each in done
        ),
        position=position,
    )


def _whole(at_s: Reals, start_ms: int) -> Instants:
    """Whole ms, strictly ascending."""
    order = np.arange(len(at_s))
    whole = np.rint(at_s * 1000).astype(np.int64) - order
    return np.asarray(start_ms + np.maximum.accumulate(whole) + order)
