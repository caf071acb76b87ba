"""One recording of a walk: what the phone measured, and the true steps beside it.

Two layouts of the Oxford step counter data set are read. A folder with `accelerometer.csv` (time in ns,
accuracy, x, y, z in m/s2) and `stepcounter.csv` (time in ns, left and right foot contact, about 10 Hz).
And one CSV file (time in ns, x, y, z in m/s2, and the steps counted so far by an algorithm, by the
reference and by the phone's own counter), alone in a folder or not. Neither needs headings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stedi.ground.errors import UsageError
from stedi.sources.file_names import for_message
from stedi_fleet.recordings.columns import Columns, RecordingError, columns
from stedi_fleet.recordings.contacts import Times, initial_contacts, missed, united, unread
from stedi_fleet.recordings.names import Circumstances, circumstances

ACCELEROMETER = "accelerometer.csv"
CONTACTS = "stepcounter.csv"

ACCELEROMETER_COLUMNS = {"time": int, "accuracy": int, "x": float, "y": float, "z": float}
CONTACT_COLUMNS = {"time": int, "left": int, "right": int}
COUNT_COLUMNS = {
    "time": int, "x": float, "y": float, "z": float,
    "count by algorithm": int, "true count": int, "count by hardware": int,
}  # fmt: skip

SLOWEST_HZ, FASTEST_HZ = 15.0, 1000.0
WEAKEST_MPS2, STRONGEST_MPS2 = 6.0, 20.0
"""Between which the median length of acceleration lies on Earth, walking or not."""
SHORTEST_MS = 2000.0


@dataclass(frozen=True)
class Recording:
    """One person's walk with one phone; times are ms since the phone's first reading.

    Attributes:
        name: The folder's or the file's name.
        phone: Its make, or "unknown", as the next three.
        person: Who walked.
        surface: On what.
        position: Where the phone was carried, in one spelling ("BackPocket").
        t_ms: When the phone was read, ascending, from 0, shape (n,).
        acceleration: In m/s2 along the phone's axes, with gravity, shape (n, 3).
        true_steps_ms: Initial contacts of either foot while the phone was read, bounces left out, ascending.
        left_ms: Those of the left foot; None where the reference only counted.
        right_ms: Those of the right foot, likewise.
        masked: Stretches [from, to) in which contacts are known to be missing; judge nothing there.
        contact_readings_ms: When the contact sensor was read; None where the reference only counted.
        hardware_count: Steps by the phone's own counter, where it was recorded.
        algorithm_count: Steps by the recording app's algorithm, where it was recorded.
    """

    name: str
    phone: str
    person: str
    surface: str
    position: str
    t_ms: Times
    acceleration: npt.NDArray[np.float64]
    true_steps_ms: Times
    left_ms: Times | None = None
    right_ms: Times | None = None
    masked: tuple[tuple[float, float], ...] = ()
    contact_readings_ms: Times | None = None
    hardware_count: int | None = None
    algorithm_count: int | None = None

    @property
    def rate_hz(self) -> float:
        """Phone readings per second, from first to last."""
        return (len(self.t_ms) - 1) / float(self.t_ms[-1]) * 1000

    def is_known(self, at_ms: Times) -> npt.NDArray[np.bool_]:
        """Which moments lie in no masked stretch."""
        known = np.ones(len(at_ms), bool)
        for begin, end in self.masked:
            known &= (at_ms < begin) | (at_ms >= end)
        return known


def find(folder: Path) -> list[Path]:
    """The recordings at any depth below a folder, itself included, by path.

    Raises:
        UsageError: There is no such folder, or no recording in it.
    """
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {for_message(str(folder))}; nothing was read.\n"
            "Name one that holds recordings: stedi land recordings FOLDER"
        )
    if found := sorted(_found(folder)):
        return found
    raise UsageError(
        f"{for_message(str(folder))} holds no recording; nothing was read.\n"
        f"Name a folder with {ACCELEROMETER} and {CONTACTS}, with a CSV file of "
        f"{len(COUNT_COLUMNS)} numbers a row ({', '.join(COUNT_COLUMNS)}), or with folders of those."
    )


def read(path: Path) -> Recording:
    """Read one recording, of either layout.

    Args:
        path: The recording's folder or, where it is one CSV file, that file or a folder with it alone.

    Raises:
        RecordingError: It is no recording, or what it holds cannot be one: a row that is not as
            declared, times that go back or are in another unit, an acceleration in g.
    """
    if (path / ACCELEROMETER).exists() or (path / CONTACTS).exists():
        return _with_contacts(path)
    if not path.is_dir():
        return _with_counts(path, path.stem)
    files = [file for file in sorted(path.glob("*.csv")) if _is_counting(file)]
    if len(files) != 1:
        raise RecordingError(
            path,
            [f"it holds neither {ACCELEROMETER} nor one CSV file with counts, but {len(files)}"],
            "Name one recording's folder or file.",
        )
    return _with_counts(files[0], path.name if circumstances(path.name) else files[0].stem)


def _found(folder: Path) -> Iterator[Path]:
    if (folder / ACCELEROMETER).exists():
        yield folder
        return
    for inside in folder.iterdir():
        if inside.is_dir():
            yield from _found(inside)
        elif inside.suffix == ".csv" and _is_counting(inside):
            yield inside


def _is_counting(file: Path) -> bool:
    """Whether the first row, or the one below headings, has as many fields as the layout with counts."""
    with file.open("rb") as content:
        lines = [content.readline(4096), content.readline(4096)]
    return any(
        len(fields) == len(COUNT_COLUMNS) and fields[0].strip().isdigit()
        for fields in (line.split(b",") for line in lines)
    )


def _with_contacts(folder: Path) -> Recording:
    phone = columns(folder / ACCELEROMETER, ACCELEROMETER_COLUMNS)
    sensor = columns(folder / CONTACTS, CONTACT_COLUMNS)
    begin = int(phone["time"][0])
    t_ms = _times(folder / ACCELEROMETER, phone, begin)
    read_ms = _ascending(folder / CONTACTS, sensor, begin)
    for foot in ("left", "right"):
        if not np.isin(sensor[foot], (0, 1)).all():
            raise RecordingError(
                folder / CONTACTS, [f"`{foot}` is not 0 or 1 everywhere"], "It tells whether a foot touches."
            )
    overlap = min(read_ms[-1], t_ms[-1]) - max(read_ms[0], t_ms[0])
    if overlap < t_ms[-1] / 2:
        raise RecordingError(
            folder,
            [f"{ACCELEROMETER} and {CONTACTS} have less than half of their time in common"],
            "Both must tell time by one clock.",
        )
    feet = [
        contacts[(contacts >= 0) & (contacts <= t_ms[-1])]
        for contacts in (initial_contacts(read_ms, sensor[foot]) for foot in ("left", "right"))
    ]
    left, right = feet
    end = float(min(read_ms[-1], t_ms[-1]))
    unknown = [*missed(left, right, end), *missed(right, left, end), *unread(read_ms)]
    return Recording(
        name=folder.name,
        **vars(circumstances(folder.name) or Circumstances()),
        t_ms=t_ms,
        acceleration=_acceleration(folder / ACCELEROMETER, phone),
        true_steps_ms=np.sort(np.concatenate(feet)),
        left_ms=left,
        right_ms=right,
        masked=united(unknown),
        contact_readings_ms=read_ms,
    )


def _with_counts(file: Path, name: str) -> Recording:
    told = columns(file, COUNT_COLUMNS)
    t_ms = _times(file, told, int(told["time"][0]))
    # What is counted before the first row is not in the recording; a count that falls begins anew.
    more = {
        column: np.maximum(np.diff(told[column], prepend=told[column][0]), 0).astype(np.int64)
        for column in list(COUNT_COLUMNS)[-3:]
    }
    by_algorithm, by_reference, by_hardware = more.values()
    if int(by_reference.sum()) > len(t_ms):
        raise RecordingError(
            file, ["`true count` grows by more than the rows"], "It tells the steps counted so far."
        )
    return Recording(
        name=name,
        **vars(circumstances(name) or circumstances(file.stem) or Circumstances()),
        t_ms=t_ms,
        acceleration=_acceleration(file, told),
        true_steps_ms=np.repeat(t_ms, by_reference),
        hardware_count=int(by_hardware.sum()),
        algorithm_count=int(by_algorithm.sum()),
    )


def _times(file: Path, told: Columns, begin: int) -> Times:
    """Times of phone readings, at a rate that only nanoseconds give."""
    at_ms = _ascending(file, told, begin)
    if at_ms[-1] <= 0:
        raise RecordingError(file, ["no time passes in it"], "Leave it out.")
    rate_hz = (len(at_ms) - 1) / at_ms[-1] * 1000
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise RecordingError(
            file,
            [f"read as nanoseconds, its times make {rate_hz:,.3g} readings a second"],
            f"Times are in nanoseconds, {SLOWEST_HZ:g} to {FASTEST_HZ:g} readings a second.",
        )
    if at_ms[-1] < SHORTEST_MS:
        raise RecordingError(file, [f"it lasts {at_ms[-1] / 1000:.1f} s"], "At least 2 s are needed.")
    return at_ms


def _ascending(file: Path, told: Columns, begin: int) -> Times:
    back = np.flatnonzero(np.diff(told["time"]) < 0)
    if len(back):
        raise RecordingError(
            file,
            [f"time goes back at {len(back)} rows, first after reading {back[0] + 1}"],
            "Put the rows in the order they were read, or leave the recording out.",
        )
    at_ms: Times = (told["time"] - begin) / 1e6
    return at_ms


def _acceleration(file: Path, told: Columns) -> npt.NDArray[np.float64]:
    acceleration = np.stack([told[axis] for axis in "xyz"], axis=1).astype(np.float64)
    typical = float(np.median(np.linalg.norm(acceleration, axis=1)))
    if not WEAKEST_MPS2 <= typical <= STRONGEST_MPS2:
        guess = "; it looks like g" if 0.6 <= typical <= 2.0 else ""
        raise RecordingError(
            file,
            [f"the median acceleration is {typical:.3g}, where gravity alone is 9.81 m/s2{guess}"],
            "Acceleration is in m/s2 and includes gravity.",
        )
    return acceleration
