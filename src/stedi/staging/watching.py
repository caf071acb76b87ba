"""What all readings of a device in a file tell that one cannot: a wrong clock, a wrong unit."""

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stedi.gait.gravity import WINDOW, Unit, unit_of_windows, whole_numbers, window_means
from stedi.lake.config import Lake
from stedi.landing import accelerometer
from stedi.schema.table import Table
from stedi.sources.clocks import MICROSECOND_STEPS, is_wrong_clock, with_long_steps
from stedi.sources.source import Source
from stedi.staging.ledger import LedgerEntry

IN_G = "acceleration_in_g"
NO_GRAVITY = "acceleration_without_gravity"
WRONG_CLOCK = "clock_not_ms"
"""The note of how many readings of a file were refused because of their device's clock."""
WRONG_CLOCKS = "devices_with_clock_not_ms"
NOTES = {Unit.G: IN_G, Unit.NO_GRAVITY: NO_GRAVITY}
"""The notes of how many readings of a file are of phones that send such a unit."""

READINGS_HELD = 1 << 21
READINGS_OF_A_DEVICE = 1 << 13
"""Of more readings of a file, or of a device in it, the first ones tell."""

LEAST_WINDOWS = 3
"""Of fewer readings of a phone, a file does not tell its unit."""

_WIDE_MS = 200 * MICROSECOND_STEPS[0] / 2
_NO_SIZES = np.zeros(0)
_WEAK = 9.0
"""Squared size in m2/s4 below which a reading may be in g or without gravity."""


class ReadingWatch:
    """Gathers, block by block, what the readings of one file tell of their devices; bounded in memory.

    Blocks in which nothing can be wrong cost two looks at their numbers.
    """

    def __init__(self, source: Source) -> None:
        table: Table = source.staged
        self._moment = table.moment or ""
        self._whose = table.participant or ""
        self._has_axes = source.name == accelerometer.SOURCE.name
        self._devices: dict[str, int] = {}
        self._counts = np.zeros(0, dtype=np.int64)
        self._held: list[tuple[npt.NDArray[Any], ...]] = []
        self._readings = 0
        self._windows: dict[int, list[tuple[Any, Any]]] = {}
        self._weak: dict[int, int] = {}

    def add(self, rows: Any) -> None:
        """Take accepted readings, with the columns of their staged table."""
        if rows.num_rows == 0:
            return
        moments = rows.column(self._moment).to_numpy()
        axes: list[npt.NDArray[Any]] = []
        sizes = _NO_SIZES
        if self._has_axes:
            axes = [rows.column(axis).to_numpy() for axis in "xyz"]
            sizes = axes[0] * axes[0] + axes[1] * axes[1] + axes[2] * axes[2]
        is_wide = int(moments.max()) - int(moments.min()) >= _WIDE_MS
        # Whole numbers on all axes, as in the starter data, are of no known unit.
        is_weak = int(np.count_nonzero(sizes < _WEAK)) >= WINDOW and not _is_whole(sizes)
        if not (is_wide or is_weak):
            return
        codes = self._codes(rows.column(self._whose))
        if is_wide:
            self._hold(codes, moments, sizes)
        if is_weak:
            self._weigh(codes, np.column_stack(axes))

    def wrong_clocks(self) -> frozenset[str]:
        """Devices, or people by their phone, whose clock does not tell ms."""
        if not self._held:
            return frozenset()
        codes, moments, sizes = (np.concatenate(part) for part in zip(*self._held, strict=True))
        # Looking at each device costs more than reading it.
        order = np.flatnonzero(np.isin(codes, with_long_steps(codes, moments, moving=self._has_axes)))
        if not len(order):
            return frozenset()
        order = order[np.argsort(codes[order], kind="stable")]
        bounds = np.flatnonzero(np.diff(codes[order])) + 1
        names = list(self._devices)
        return frozenset(
            names[codes[some[0]]]
            for some in np.split(order, bounds)
            if is_wrong_clock(moments[some], np.sqrt(sizes[some]) if self._has_axes else None)
        )

    def units(self) -> dict[str, int]:
        """How many readings are of phones that send another unit, by the name of the note."""
        notes: dict[str, int] = {}
        for code, windows in self._windows.items():
            levels, sizes = (np.concatenate(part) for part in zip(*windows, strict=True))
            if len(levels) < LEAST_WINDOWS:
                continue
            if note := NOTES.get(unit_of_windows(levels, sizes)):
                notes[note] = notes.get(note, 0) + self._weak[code]
        return notes

    def _codes(self, whose: Any) -> npt.NDArray[np.int64]:
        encoded = whose.dictionary_encode()
        codes = [self._devices.setdefault(n, len(self._devices)) for n in encoded.dictionary.to_pylist()]
        if len(self._devices) > len(self._counts):
            self._counts = np.pad(self._counts, (0, 2 * len(self._devices) - len(self._counts)))
        found: npt.NDArray[np.int64] = np.array(codes, dtype=np.int64)[encoded.indices.to_numpy()]
        return found

    def _hold(
        self, codes: npt.NDArray[np.int64], moments: npt.NDArray[np.int64], sizes: npt.NDArray[Any]
    ) -> None:
        wanted = self._counts[codes] < READINGS_OF_A_DEVICE
        if self._readings >= READINGS_HELD or not wanted.any():
            return
        if not wanted.all():
            codes, moments, sizes = codes[wanted], moments[wanted], sizes[wanted] if len(sizes) else sizes
        kept = sizes if len(sizes) else np.zeros(len(codes), dtype=np.float32)
        self._counts += np.bincount(codes, minlength=len(self._counts))
        self._readings += len(codes)
        self._held.append((codes.astype(np.int32), moments, kept.astype(np.float32)))

    def _weigh(self, codes: npt.NDArray[np.int64], axes: npt.NDArray[Any]) -> None:
        order = np.argsort(codes, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            mine = axes[some]
            code = int(codes[some[0]])
            self._weak[code] = self._weak.get(code, 0) + len(mine)
            if len(mine) < WINDOW or whole_numbers(mine).mean() > 0.5:
                continue
            levels, sizes = window_means(mine)
            windows = self._windows.setdefault(code, [])
            if len(windows) < 64:
                windows.append((levels[:1024], sizes[:1024]))


def _is_whole(sizes: npt.NDArray[Any]) -> bool:
    """Whether squared sizes are of readings with whole numbers; a few are looked at before all are."""
    return all(bool((some == np.rint(some)).all()) for some in (sizes[:100], sizes))


def unit_alerts(entries: Sequence[LedgerEntry], lake: Lake) -> list[str]:
    """What to say of devices with a wrong clock or unit among files that were just read; no value."""
    alerts = []
    for source in dict.fromkeys(entry.source for entry in entries):
        of = [entry for entry in entries if entry.source == source]
        if readings := sum(e.notes[WRONG_CLOCK] for e in of):
            devices = sum(e.notes[WRONG_CLOCKS] for e in of)
            alerts.append(
                f"{source}: {_count(readings, 'reading')} in {_files(of, WRONG_CLOCK)} refused as UNIT: "
                f"{_of_devices(devices)} ns or us since it was switched on, not ms since 1970. "
                f"List them: stedi --lake {shlex.quote(str(lake.root))} quarantine list --reason UNIT"
            )
        for note, told in ((IN_G, "in g and not in m/s2"), (NO_GRAVITY, "without gravity")):
            if readings := sum(e.notes[note] for e in of):
                alerts.append(
                    f"{source}: {_count(readings, 'reading')} in {_files(of, note)} seem to be {told}: "
                    "they pass as they came, and training leaves them out"
                )
    return alerts


def _files(entries: Sequence[LedgerEntry], note: str) -> str:
    return _count(sum(bool(entry.notes[note]) for entry in entries), "file")


def _of_devices(count: int) -> str:
    return "1 device counts" if count == 1 else f"{count:,} devices count"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"
