"""What a Step Trainer would have measured of a recorded walk: a dip at every contact of either foot."""

import numpy as np
import numpy.typing as npt

from stedi_fleet.recordings.contacts import Times
from stedi_fleet.recordings.reading import Recording

BASE_MM = 250.0
DIP_MM = 130.0
DIP_WIDTH_MS = 40.0
"""Narrow enough that a reading before or after the contact stays near the base, at 10 readings a second."""

READ_EVERY_MS = 100.0
KEPT_MS = 150.0
"""Readings so near to either end of a masked stretch stay, for the contacts there are known."""


def distance(walk: Recording) -> tuple[Times, npt.NDArray[np.int64]]:
    """The distance stream of a recording.

    It is read whenever the contact sensor was, or each 100 ms where the reference only counted. Inside
    masked stretches, where contacts are missing, nothing was read: a reading there would say that no foot
    came down.

    Returns:
        Times in ms on the recording's clock, ascending, shape (m,); distances in whole mm, shape (m,).
    """
    read_ms = walk.contact_readings_ms
    at_ms = np.arange(0.0, walk.t_ms[-1], READ_EVERY_MS) if read_ms is None else read_ms
    # A reading that no phone reading stands beside would be set aside.
    at_ms = at_ms[(at_ms >= 0) & (at_ms <= walk.t_ms[-1])]
    for begin, end in walk.masked:
        begins = begin if begin <= 0 else begin + KEPT_MS
        ends = end if end >= at_ms[-1] else end - KEPT_MS
        at_ms = at_ms[(at_ms <= begins) | (at_ms >= ends)]
        if not len(at_ms):
            break
    # Contacts at no time stand on either side, so that every reading lies between two.
    contacts = np.concatenate([[-np.inf], walk.true_steps_ms, [np.inf]])
    after = np.searchsorted(contacts, at_ms)
    nearest = np.minimum(at_ms - contacts[after - 1], contacts[after] - at_ms)
    dip = DIP_MM * np.exp(-0.5 * (nearest / DIP_WIDTH_MS) ** 2)
    return at_ms, np.rint(BASE_MM - dip).astype(np.int64)
