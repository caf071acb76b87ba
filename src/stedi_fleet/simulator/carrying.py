"""How a phone moves with the body, by where it is carried.

Amplitudes are medians over the recordings of the Oxford Step Counter DataSet (CC BY 4.0) that were made with
the phone there: least squares on the harmonics of the stride, vertical and along the two main horizontal
directions. Some were raised, for the median of a harmonic is below the strength of its band; the rest was
set so that strengths agree. `make walks` shows the result beside those recordings.
"""

from dataclasses import dataclass
from enum import StrEnum

HARMONICS = 6
"""Of the stride; every second one is one of the step. What is faster stands in the shock of heel strikes."""


class Position(StrEnum):
    """Where a phone is carried, spelt as in the recordings."""

    IN_HAND = "InHand"
    FRONT_POCKET = "FrontPocket"
    BACK_POCKET = "BackPocket"
    PURSE = "Purse"
    ARMBAND = "Armband"
    NECK_POUCH = "NeckPouch"
    SWINGING_ARM = "SwingingArm"


@dataclass(frozen=True)
class Carriage:
    """How a phone moves with its carrier; accelerations in m/s2 at `USUAL_CADENCE_SPM`.

    Attributes:
        upward: Amplitudes of the stride's harmonics, vertically.
        along: The same in the horizontal direction that moves most.
        across: The same at a right angle to it.
        shock: Height of the ringing after a heel strike of the nearer and of the other foot.
        shock_hz: Its frequency.
        roughness: Root mean square of what does not repeat with the stride, per axis.
        rattle: The same, faster: of a phone that lies loose.
        idle: The same while its carrier stands.
    """

    upward: tuple[float, ...]
    along: tuple[float, ...]
    across: tuple[float, ...]
    shock: tuple[float, float]
    shock_hz: float
    roughness: float
    rattle: float
    idle: float


USUAL_CADENCE_SPM = 112.0

CARRIAGES = {
    Position.IN_HAND: Carriage(
        (0.29, 2.30, 0.34, 0.36, 0.15, 0.37),
        (0.80, 0.72, 0.20, 0.24, 0.21, 0.48),
        (0.50, 0.58, 0.29, 0.18, 0.07, 0.19),
        shock=(7.6, 6.2), shock_hz=7.5, roughness=0.72, rattle=0.08, idle=0.12,
    ),
    Position.ARMBAND: Carriage(
        (0.38, 4.30, 0.22, 0.39, 0.20, 0.68),
        (0.95, 1.20, 0.60, 0.40, 0.12, 0.21),
        (0.75, 0.51, 0.54, 0.21, 0.25, 0.21),
        shock=(5.0, 4.0), shock_hz=7.5, roughness=0.42, rattle=0.05, idle=0.06,
    ),
    Position.BACK_POCKET: Carriage(
        (0.45, 3.34, 2.00, 1.30, 1.74, 1.78),
        (0.54, 2.53, 1.01, 2.14, 1.60, 0.95),
        (1.34, 0.60, 1.99, 0.74, 1.54, 0.88),
        shock=(38.0, 14.0), shock_hz=7.5, roughness=1.00, rattle=0.40, idle=0.05,
    ),
    Position.FRONT_POCKET: Carriage(
        (1.18, 3.10, 1.70, 0.48, 0.58, 0.74),
        (2.60, 2.10, 1.40, 1.14, 1.60, 0.62),
        (1.07, 0.89, 0.82, 1.20, 1.25, 0.79),
        shock=(58.0, 15.0), shock_hz=8.5, roughness=1.00, rattle=0.50, idle=0.05,
    ),
    Position.NECK_POUCH: Carriage(
        (0.12, 4.22, 0.18, 0.51, 0.13, 0.92),
        (0.30, 1.80, 0.35, 1.50, 0.36, 1.28),
        (0.75, 0.43, 0.82, 0.47, 0.40, 0.26),
        shock=(6.5, 6.0), shock_hz=8.0, roughness=1.00, rattle=0.55, idle=0.06,
    ),
    Position.PURSE: Carriage(
        (0.27, 4.61, 0.29, 0.95, 0.22, 0.53),
        (0.80, 2.70, 0.71, 0.62, 0.49, 0.23),
        (0.48, 0.91, 0.42, 0.67, 0.29, 0.22),
        shock=(7.4, 6.6), shock_hz=7.5, roughness=1.60, rattle=0.80, idle=0.06,
    ),
    Position.SWINGING_ARM: Carriage(
        (1.08, 2.11, 0.64, 0.22, 0.22, 0.29),
        (2.14, 0.80, 0.20, 0.45, 0.20, 0.31),
        (0.46, 0.25, 0.16, 0.54, 0.50, 0.41),
        shock=(4.6, 3.0), shock_hz=6.5, roughness=0.75, rattle=0.08, idle=0.12,
    ),
}  # fmt: skip
