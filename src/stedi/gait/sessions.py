"""One person's readings without a pause: what labels and training are made from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Session:
    """Readings of one person with no gap above 30 s, sorted by time.

    Attributes:
        subject: Whose readings; a pseudonym.
        session: Which of that person's sessions; a pseudonym.
        elapsed_ms: Times of the phone's readings, ascending, shape (n,).
        acceleration: The phone's x, y, z in m/s2, shape (n, 3).
        distance_ms: Times of the distance readings, strictly ascending, shape (m,).
        distance_mm: Distances in mm, shape (m,).
    """

    subject: str
    session: str
    elapsed_ms: Integers
    acceleration: Floats
    distance_ms: Floats
    distance_mm: Floats

    @classmethod
    def of_rows(
        cls,
        subject: str,
        session: str,
        elapsed_ms: NDArray[Any],
        acceleration: NDArray[Any],
        distance_mm: NDArray[Any],
        distance_offset_ms: NDArray[Any],
    ) -> "Session":
        """A session from rows of `machine_learning_curated`.

        Args:
            subject: Its `subject_key`.
            session: Its `session`.
            elapsed_ms: One a row, any order, shape (n,).
            acceleration: Columns x, y, z, shape (n, 3).
            distance_mm: `distancefromobject`, NaN where the row has none, shape (n,).
            distance_offset_ms: Time of that distance minus the row's, NaN where none, shape (n,).

        One step reading may stand beside several rows: each comes once, at its own time.
        """
        order = np.argsort(elapsed_ms, kind="stable")
        elapsed = np.asarray(elapsed_ms, np.int64)[order]
        distance = np.asarray(distance_mm, np.float64)[order]
        offset = np.asarray(distance_offset_ms, np.float64)[order]
        told = np.isfinite(distance) & np.isfinite(offset)
        at, first = np.unique(elapsed[told] + offset[told], return_index=True)
        return cls(
            subject, session, elapsed, np.asarray(acceleration, np.float64)[order], at, distance[told][first]
        )
