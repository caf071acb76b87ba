"""Which readings pass, and what becomes of each of the others: the part of the rule that looks at times.

What is true of an address or of a device for a while is told by terms: a row each, made by
`trusted.terms` from consent and ownership.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi.ground.errors import StediError
from stedi.privacy.dispositions import Disposition

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

OUTCOMES = tuple(Disposition)
PASSED = OUTCOMES.index(Disposition.PASSED)
NEVER_MS = 1 << 43
"""Later than any moment that a table may hold, UTC ms."""
MOST_KEYS = (1 << 63) // NEVER_MS
"""Of so many keys, key and moment would no longer be one whole number of 64 bits."""


@dataclass(frozen=True)
class Decided:
    """What became of some readings.

    Attributes:
        outcome: Of each reading its place in `OUTCOMES`.
        term: Of each reading the term that it was decided by; -1: there is none.
    """

    outcome: "np.ndarray[Any, np.dtype[np.int8]]"
    term: "Numbers"

    @property
    def passed(self) -> "Numbers":
        """The places of those that pass."""
        import numpy as np

        return np.flatnonzero(self.outcome == PASSED)

    def counts(self, of: Any = slice(None)) -> dict[str, int]:
        """How many readings came to which end, of all or of some."""
        import numpy as np

        counted = np.bincount(self.outcome[of], minlength=len(OUTCOMES)).tolist()
        return {str(outcome): count for outcome, count in zip(OUTCOMES, counted, strict=True) if count}


def decide(keys: "pa.DictionaryArray", moments: "Numbers", terms: "pa.Table") -> Decided:
    """Decide on readings by the terms of their address or device.

    What was read up to an erasure is erased, whatever else is true. Then what the term says of all its
    readings counts, and of those that may pass one before `readings_from` was too early. Without a term
    nobody owns the reading. A term that is told twice counts once.

    Args:
        keys: The address or serial number of each reading.
        moments: When each was taken, UTC ms.
        terms: As `trusted.terms` makes them; those of one key never overlap.
    """
    import numpy as np

    term = term_of(keys, moments, terms)
    outcome = np.full(len(moments), OUTCOMES.index(Disposition.NO_OWNER), np.int8)
    there = np.flatnonzero(term >= 0)
    by, at = term[there], moments[there]
    said = np.array([OUTCOMES.index(Disposition(o)) for o in terms["outcome"].to_pylist()], np.int8)[by]
    may_pass = np.isin(said, [PASSED, OUTCOMES.index(Disposition.NO_ACCELEROMETER)])
    is_early = may_pass & (at < _filled(terms["readings_from"], 0)[by])
    said[is_early] = OUTCOMES.index(Disposition.BEFORE_START)
    said[at <= _filled(terms["erased_at"], -1)[by]] = OUTCOMES.index(Disposition.ERASED)
    outcome[there] = said
    return Decided(outcome, term)


def term_of(keys: "pa.DictionaryArray", moments: "Numbers", terms: "pa.Table") -> "Numbers":
    """The row of the term that holds for each reading, by its key and the stretch from `since` to `until`.

    Args:
        keys: The key of each reading.
        moments: When each was taken, UTC ms.
        terms: `key`, `since`, `until` (UTC ms, half-open; null: no end).

    Returns:
        A row's place each, -1 where there is none.
    """
    import numpy as np

    if not terms.num_rows or not len(moments):
        return np.full(len(moments), -1)
    number = {key: n for n, key in enumerate(keys.dictionary.to_pylist())}
    known = np.array([number.get(key, -1) for key in terms["key"].to_pylist()], np.int64)
    since, until = _filled(terms["since"], 0), _filled(terms["until"], NEVER_MS)
    rows = np.flatnonzero(known >= 0)
    if not len(rows):
        return np.full(len(moments), -1)
    if len(number) >= MOST_KEYS:
        raise StediError(
            f"A bucket holds readings of {len(number):,} devices or addresses, too many to tell apart; "
            "nothing was done.\nLand them in a lake with more buckets."
        )
    begins = known[rows] * NEVER_MS + since[rows]
    order = np.argsort(begins, kind="stable")
    begins, rows = begins[order], rows[order]
    of_key = keys.indices.to_numpy().astype(np.int64)
    place = np.searchsorted(begins, of_key * NEVER_MS + moments, side="right") - 1
    row = rows[np.maximum(place, 0)]
    holds = (place >= 0) & (known[row] == of_key) & (moments < until[row])
    return np.where(holds, row, -1)


def _filled(times: "pa.ChunkedArray", instead: int) -> "Numbers":
    return times.fill_null(instead).to_numpy()  # type: ignore[no-any-return]
