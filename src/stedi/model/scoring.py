"""How good detected steps are on one recording.

Steps pair one to one, as many as there can be, at +-150 and +-100 ms; at +-250 ms truth shifted
at random would already score 0.86. What is masked in the truth is left out on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from stedi.model.matching import Interval, Times, best_lag_ms, matched, outside, still_stretches

TOLERANCES_MS = (150, 100)
"""The headline first."""

STILL_MARGIN_MS = 2000.0
PAUSE_MS = 2000.0
"""A step after a pause of so long begins a walk."""

BEGINNING_STEPS = 3
"""So many steps of a walk a causal detector may wait for before it tells of any."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a detector told of one recording, and the truth.

    Attributes:
        name: The recording.
        facets: Its person, phone, surface and position, as far as known.
        found_ms: Detected steps, ascending, shape (n_found,).
        emitted_ms: When each was told, shape (n_found,).
        true_ms: True steps, ascending, shape (n_true,).
        masked: Stretches in which the truth is not known.
        begins_ms: The first sample.
        ends_ms: The last sample.
    """

    name: str
    facets: Mapping[str, str]
    found_ms: Times = field(repr=False)
    emitted_ms: Times = field(repr=False)
    true_ms: Times = field(repr=False)
    masked: tuple[Interval, ...]
    begins_ms: float
    ends_ms: float

    @cached_property
    def known_true_ms(self) -> Times:
        """True steps outside the masks."""
        return self.true_ms[outside(self.true_ms, self.masked)]

    def known_found(self, lag_ms: float = 0.0) -> "tuple[Times, Times]":
        """Detected steps outside the masks, the lag taken off, and when they were told."""
        shifted = self.found_ms - lag_ms
        kept = outside(shifted, self.masked)
        return shifted[kept], self.emitted_ms[kept]

    def paired(self, tolerance_ms: float, lag_ms: float) -> tuple[int, int, int]:
        """How many pairs, detected and true steps there are outside the masks."""
        found, _ = self.known_found(lag_ms)
        true = self.known_true_ms
        return len(matched(found, true, tolerance_ms)[0]), len(found), len(true)

    @cached_property
    def lags_ms(self) -> dict[int, float]:
        """The best lag of this recording alone, by tolerance."""
        pairs = [(self.found_ms, self.known_true_ms)]
        return {tolerance: best_lag_ms(pairs, tolerance) for tolerance in TOLERANCES_MS}

    @property
    def count_error_percent(self) -> float | None:
        """Difference of the counts, of the true one; None where there is no true step."""
        found, true = len(self.known_found()[0]), len(self.known_true_ms)
        return 100.0 * abs(found - true) / true if true else None

    def still(self) -> tuple[float, int]:
        """Seconds in which nobody walks, and steps detected there."""
        stretches = still_stretches(self.true_ms, self.begins_ms, self.ends_ms, self.masked, STILL_MARGIN_MS)
        seconds = sum(ends - begins for begins, ends in stretches) / 1000
        return seconds, int(np.sum(~outside(self.found_ms, stretches)))

    def latencies_ms(self, lag_ms: float) -> "tuple[Times, Times]":
        """Emission minus true step, of all pairs and of those once walking.

        Once walking: neither after a pause nor among the first steps of a walk.
        """
        found, emitted = self.known_found(lag_ms)
        true = self.known_true_ms
        at_found, at_true = matched(found, true, TOLERANCES_MS[0])
        latencies = emitted[at_found] - true[at_true]
        places = np.arange(len(true))
        begins = np.diff(true, prepend=-np.inf) > PAUSE_MS
        since = places - np.maximum.accumulate(np.where(begins, places, 0))
        return latencies, latencies[since[at_true] >= BEGINNING_STEPS]
