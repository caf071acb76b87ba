"""Simulated customers: who they are, what they agreed to and when, and when they are recorded."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from faker import Faker

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Kind(StrEnum):
    """What is particular about a customer."""

    AT_REGISTRATION = "consent_at_registration"
    LATE = "consent_late"
    """Recorded before and after agreeing."""
    ABSENT = "consent_absent"
    NO_STEP_TRAINER = "phone_without_step_trainer"
    """Agreed at registration, as the next; the Step Trainer was never switched on."""
    NO_PHONE = "step_trainer_without_phone"


# Five customers hold every kind, twelve hold a likely mixture.
MIXTURE = (
    Kind.AT_REGISTRATION, Kind.LATE, Kind.ABSENT, Kind.NO_STEP_TRAINER, Kind.NO_PHONE,
    Kind.AT_REGISTRATION, Kind.LATE, Kind.ABSENT,
    Kind.AT_REGISTRATION, Kind.LATE, Kind.ABSENT, Kind.AT_REGISTRATION,
)  # fmt: skip


@dataclass(frozen=True)
class RecordingPeriod:
    """A time in which the sensors record without a pause."""

    start_ms: int
    seconds: float

    @property
    def end_ms(self) -> int:
        """When it ends, UTC ms."""
        return self.start_ms + round(self.seconds * 1000)


@dataclass(frozen=True)
class Customer:
    """A simulated customer; times are UTC ms, `consented_ms` is None where no consent was given."""

    index: int
    kind: Kind
    name: str
    email: str
    phone: str
    birthday: str
    serial: str
    registered_ms: int
    consented_ms: int | None
    updated_record: bool
    shares_public: bool
    shares_friends: bool
    stretches: tuple[RecordingPeriod, ...]

    @property
    def has_phone(self) -> bool:
        """Whether phone readings land."""
        return self.kind is not Kind.NO_PHONE

    @property
    def has_step_trainer(self) -> bool:
        """Whether Step Trainer readings land."""
        return self.kind is not Kind.NO_STEP_TRAINER

    @property
    def registration(self) -> dict[str, Any] | None:
        """The record sent before the customer changed it, where both were sent."""
        return self._record(self.registered_ms, None) if self.updated_record else None

    @property
    def latest(self) -> dict[str, Any]:
        """The record that counts."""
        return self._record(self.consented_ms or self.registered_ms, self.consented_ms)

    def _record(self, updated_ms: int, consented_ms: int | None) -> dict[str, Any]:
        # Who did not agree has no key at all, as in the real data.
        shares = {
            "shareWithResearchAsOfDate": consented_ms,
            "shareWithPublicAsOfDate": self.registered_ms if self.shares_public else None,
            "shareWithFriendsAsOfDate": self.registered_ms if self.shares_friends else None,
        }
        return {
            "customerName": self.name,
            "email": self.email,
            "phone": self.phone,
            "birthDay": self.birthday,
            "serialNumber": self.serial,
            "registrationDate": self.registered_ms,
            "lastUpdateDate": updated_ms,
            **{key: since for key, since in shares.items() if since is not None},
        }


def serial(rng: np.random.Generator) -> str:
    """A random device serial, a UUID of version 4."""
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))


def birthday(rng: np.random.Generator) -> str:
    """A day between 1935 and 2006."""
    return (date(1935, 1, 1) + timedelta(days=int(rng.integers(0, 26_000)))).isoformat()


def population(count: int, minutes: float, seed: int, start_ms: int) -> list[Customer]:
    """Draw `count` customers, each with one or two sessions of `minutes` in the days after `start_ms`."""
    rng = np.random.default_rng([seed, 0])
    fake = Faker("en_US")
    fake.seed_instance(seed)
    kinds: Sequence[Kind] = [MIXTURE[i % len(MIXTURE)] for i in range(count)]
    order = rng.permutation(count).tolist()
    return [_customer(i, kinds[order[i]], order[i], fake, rng, minutes, start_ms) for i in range(count)]


def _customer(
    index: int, kind: Kind, draw: int, fake: Faker, rng: np.random.Generator, minutes: float, start_ms: int
) -> Customer:
    first, last = fake.first_name(), fake.last_name()
    local = ".".join(re.sub("[^A-Za-z]", "", part) for part in (first, last))
    stretches = _stretches(rng, minutes, start_ms)
    registered_ms = start_ms - int(rng.integers(1, 90 * DAY_MS))
    consented_ms = {Kind.ABSENT: None, Kind.LATE: _late(rng, draw, stretches)}.get(kind, registered_ms)
    return Customer(
        index=index,
        kind=kind,
        name=f"{first} {last}",
        # The index keeps addresses apart in a fleet of any size.
        email=f"{local}.{index}@{fake.safe_domain_name()}",
        phone=fake.numerify("80155501##"),
        birthday=birthday(rng),
        serial=serial(rng),
        registered_ms=registered_ms,
        consented_ms=consented_ms,
        updated_record=kind is Kind.LATE and draw % 3 != 1,
        shares_public=bool(rng.random() < 0.5),
        shares_friends=bool(rng.random() < 0.5),
        stretches=stretches,
    )


def _stretches(rng: np.random.Generator, minutes: float, start_ms: int) -> tuple[RecordingPeriod, ...]:
    """A session with a pause that splits it, and for every second customer one more without."""
    seconds = minutes * 60
    first_s = round(seconds * rng.uniform(0.45, 0.55), 3)
    begin_ms = start_ms + int(rng.integers(0, DAY_MS))
    first = RecordingPeriod(begin_ms, first_s)
    second = RecordingPeriod(first.end_ms + int(rng.integers(35_000, 60_000)), round(seconds - first_s, 3))
    if rng.random() < 0.5:
        return first, second
    return (
        first,
        second,
        RecordingPeriod(second.end_ms + int(rng.integers(6 * HOUR_MS, 48 * HOUR_MS)), seconds),
    )


def _late(rng: np.random.Generator, draw: int, stretches: Sequence[RecordingPeriod]) -> int:
    """A moment between readings of the first session: amid its first part, or in its pause."""
    first, second = stretches[:2]
    if draw % 2:
        return first.start_ms + round(first.seconds * 1000 * rng.uniform(0.4, 0.6))
    return (first.end_ms + second.start_ms) // 2
