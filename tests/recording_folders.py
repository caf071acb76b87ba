"""Small recordings of both layouts, written as the data set writes them."""

from collections.abc import Sequence
from pathlib import Path

STARTED_NS = 583_718_000_000_000
PHONE_NS = 20_000_000
CONTACT_NS = 100_000_000


def write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def phone_rows(seconds: float = 20.0) -> list[list[object]]:
    return [
        [STARTED_NS + i * PHONE_NS, 3, 0.5, round(9.0 + (i % 25) * 0.05, 3), -0.25]
        for i in range(int(seconds * 50))
    ]


def contact_rows(
    left: Sequence[int], right: Sequence[int], seconds: float = 20.0, first_ms: int = 50
) -> list[list[object]]:
    """Readings each 100 ms; `left` and `right` number those in which a foot comes down for 300 ms."""
    down = [{at + i for at in foot for i in range(3)} for foot in (left, right)]
    return [
        [STARTED_NS + first_ms * 1_000_000 + i * CONTACT_NS, *(int(i in foot) for foot in down)]
        for i in range(int(seconds * 10))
    ]


LEFT = range(10, 190, 10)
RIGHT = range(15, 190, 10)


def with_contacts(
    folder: Path,
    *,
    name: str = "Pixel_Ann_Hard_InHand_1",
    left: Sequence[int] = LEFT,
    right: Sequence[int] = RIGHT,
    seconds: float = 20.0,
) -> Path:
    """A folder of two files: a step every half second from 1.05 s on."""
    write(folder / name / "accelerometer.csv", phone_rows(seconds))
    write(folder / name / "stepcounter.csv", contact_rows(left, right, seconds))
    return folder / name


def counting_rows(seconds: float = 20.0) -> list[list[object]]:
    """A true step every half second, the phone's own counter one in six seconds and late."""
    return [
        [row[0], *row[2:], i // 30, i // 25, 12 * (i // 300)] for i, row in enumerate(phone_rows(seconds))
    ]
