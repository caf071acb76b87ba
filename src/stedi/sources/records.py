"""The shape of landed lines, and formatting many of them at once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
"""UTC milliseconds, ascending, shape (n,)."""

Distances = npt.NDArray[np.int64]
"""Millimetres, shape (n,)."""

Reals = npt.NDArray[np.float64]

CUSTOMER = "customer"
ACCELEROMETER = "accelerometer"
STEP_TRAINER = "step_trainer"
SOURCES = (CUSTOMER, ACCELEROMETER, STEP_TRAINER)


@dataclass(frozen=True)
class Shape:
    """The keys of a source's lines that have a part to play; a test holds them to the declarations.

    Attributes:
        keys: All keys, in the order they are written.
        identity: Whose row it is.
        moment: When it was taken or last changed, in UTC ms.
        number: A measured number, where there is one.
    """

    keys: tuple[str, ...]
    identity: str
    moment: str
    number: str | None = None


SHAPES = {
    CUSTOMER: Shape(
        ("customerName", "email", "phone", "birthDay", "serialNumber", "registrationDate", "lastUpdateDate",
         "shareWithResearchAsOfDate", "shareWithPublicAsOfDate", "shareWithFriendsAsOfDate"),
        identity="email", moment="lastUpdateDate",
    ),
    ACCELEROMETER: Shape(
        ("user", "timestamp", "x", "y", "z"), identity="user", moment="timestamp", number="x"
    ),
    STEP_TRAINER: Shape(
        ("sensorReadingTime", "serialNumber", "distanceFromObject"),
        identity="serialNumber", moment="sensorReadingTime", number="distanceFromObject",
    ),
}  # fmt: skip


def line(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON, its newline left out."""
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def _many(pattern: str, *columns: list[Any]) -> bytes:
    """The lines `pattern` makes of equally long columns, formatted in one call."""
    count = len(columns[0])
    values: list[Any] = [None] * (count * len(columns))
    for place, column in enumerate(columns):
        values[place :: len(columns)] = column
    return ((pattern + "\n") * count % tuple(values)).encode()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("%", "%%")


def envelopes(source: str, rows: Iterable[Mapping[str, Any]], size: int) -> list[bytes]:
    """Readings as envelopes of up to `size` neighbours that are one's, without newlines."""
    identity = SHAPES[source].identity
    found = []
    for whose, neighbours in groupby(rows, key=lambda row: row[identity]):
        readings = [{key: value for key, value in row.items() if key != identity} for row in neighbours]
        for begin in range(0, len(readings), size):
            found.append(line({identity: whose, "readings": readings[begin : begin + size]}))
    return found


def accelerometer_lines(email: str, at: Instants, acceleration_mps2: Reals) -> bytes:
    """Phone readings as lines; `acceleration_mps2` has the shape (n, 3)."""
    return _many(
        f'{{"user":{_quoted(email)},"timestamp":%d,"x":%r,"y":%r,"z":%r}}',
        at.tolist(),
        *acceleration_mps2.T.tolist(),
    )


def step_trainer_lines(serial: str, at: Instants, distance_mm: Distances) -> bytes:
    """Step Trainer readings as lines; `distance_mm` has the shape (n,)."""
    return _many(
        f'{{"sensorReadingTime":%d,"serialNumber":{_quoted(serial)},"distanceFromObject":%d}}',
        at.tolist(),
        distance_mm.tolist(),
    )
