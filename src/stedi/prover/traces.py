"""What would tell of a person, if it stood in a file: texts, and whole readings."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from stedi.ground.errors import UsageError
from stedi.ground.places import Place, S3Path, lies_in

Hashes = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]


class Kind(StrEnum):
    """What a trace is."""

    EMAIL = "e-mail"
    SERIAL = "serial number"
    NAME = "name"
    PHONE = "phone number"
    BIRTHDAY = "birthday"
    SUBJECT_KEY = "subject key"
    SESSION = "session key"
    PHONE_READING = "phone reading"
    STEP_READING = "step reading"
    RECORD = "customer record"


@dataclass(frozen=True)
class Text:
    """A text that tells of the person, wherever it stands.

    Attributes:
        kind: What it is.
        text: As it landed, or normalised.
        shared: Whether others have the same, so that alone it tells of nobody.
        within: Texts of others that contain this one: it is no trace where one of them stands.
    """

    kind: Kind
    text: str = field(repr=False)
    shared: bool = False
    within: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Rows:
    """Whole rows of the person, without the identifier: measured values and times that nobody else has.

    Attributes:
        hashes: One a row, sorted, as `row_hashes` makes them.
        times: The times of these rows, UTC ms, sorted.
    """

    hashes: Hashes = field(repr=False)
    times: Times = field(repr=False)


@dataclass(frozen=True)
class Traces:
    """The traces of one person: personal data, to be held in memory, or outside the lake and not for long.

    Attributes:
        texts: What stands as text.
        rows: Whole rows by kind.
    """

    texts: tuple[Text, ...]
    rows: Mapping[Kind, Rows] = field(default_factory=dict)

    def digest(self) -> bytes:
        """SHA-256: equal for equal traces. No key: it never leaves memory."""
        told = hashlib.sha256(repr([(t.kind, t.text, t.shared, t.within) for t in self.texts]).encode())
        for kind, rows in sorted(self.rows.items()):
            told.update(
                repr((kind, len(rows.hashes))).encode() + rows.hashes.tobytes() + rows.times.tobytes()
            )
        return told.digest()

    def save(self, path: Place, lake: Place) -> None:
        """Write them to a new file that their owner alone may read.

        Args:
            path: The file, which must not be there yet.
            lake: The folder of the lake, which must not hold it.

        Raises:
            UsageError: It would lie inside the lake.
        """
        if lies_in(path.resolve(), lake.resolve()):
            raise UsageError(
                "The traces of a person would lie inside the lake they are to leave; nothing was written."
            )
        told = {
            "texts": [[t.kind.value, t.text, t.shared, list(t.within)] for t in self.texts],
            "rows": {kind.value: [r.hashes.tolist(), r.times.tolist()] for kind, r in self.rows.items()},
        }
        if isinstance(path, S3Path):
            with path.open("xb") as whole:
                whole.write(json.dumps(told).encode())
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(told, file)
            file.flush()
            # The procedure is recorded next, and must find them after a loss of power.
            os.fsync(file.fileno())

    @classmethod
    def load(cls, path: Place) -> "Traces":
        """The traces that `save` wrote."""
        told: dict[str, Any] = json.loads(path.read_text())
        texts = tuple(Text(Kind(k), text, shared, tuple(within)) for k, text, shared, within in told["texts"])
        rows = {
            Kind(kind): Rows(np.array(hashes, np.uint64), np.array(times, np.int64))
            for kind, (hashes, times) in told["rows"].items()
        }
        return cls(texts, rows)


ROW_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PHONE_READING: ("timestamp", "x", "y", "z"),
    Kind.STEP_READING: ("sensorreadingtime", "distancefromobject"),
    Kind.RECORD: ("registrationdate", "lastupdatedate"),
}
"""The columns by which a row is known whole, the time first; the identifier is looked for as text."""


def row_hashes(columns: list[npt.NDArray[Any]]) -> Hashes:
    """A 64-bit hash of each row, equal where all its numbers are.

    Args:
        columns: Integers or reals, each of shape (n_rows,).

    Source: the finaliser of SplitMix64.
    """
    mixed = np.full(len(columns[0]), 0x9E3779B97F4A7C15, np.uint64)
    for column in columns:
        # Adding zero makes -0.0 and 0.0, which are equal, the same bits.
        bits = (column.astype(np.float64) + 0.0).view(np.uint64)
        mixed ^= bits + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def among(hashes: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of the hashes, or times, are among the sorted wanted ones."""
    if not len(wanted):
        return np.zeros(len(hashes), np.bool_)
    places = np.searchsorted(wanted, hashes)
    places[places == len(wanted)] = 0
    found: npt.NDArray[np.bool_] = wanted[places] == hashes
    return found
