"""Refused lines, read again by today's reader and clock as if they stood in a landed file."""

import io
import json
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stedi.sources.envelopes import ITEM, READINGS
from stedi.sources.lines import LINE, REFUSED, accepted_schema, read_blocks
from stedi.sources.source import Source

Flags = npt.NDArray[np.bool_]

_FIRST = 2
"""A blank line stands before them all: a byte order mark at the beginning of one is to be seen as a fault."""


@dataclass
class Reread:
    """What refused lines, and refused readings of envelopes, are to today's reader.

    Attributes:
        accepted: Those that it accepts, as `Block.accepted`, at the place that they have in their file.
        reasons: Of each that it refuses, why; null of the others.
        opened: Refused readings of lines that are now read as an envelope, as `Block.refused`.
        plain: How many more lines are no envelope; negative, fewer.
        envelopes: How many more are one.
        readings: How many more readings stand in envelopes.
        blank: How many are blank.
        notes: As `Block.notes`.
    """

    accepted: pa.Table
    reasons: list[str | None]
    opened: pa.Table
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    blank: int = 0
    notes: Counter[str] = field(default_factory=Counter)


def reread(
    refused: pa.Table,
    source: Source,
    *,
    landed_at: int,
    buckets: int,
    clock_ms: int,
    wrong_clocks: Set[str] = frozenset(),
) -> Reread:
    """Read refused lines of one file again.

    Args:
        refused: As `Block.refused`, each line whole.
        source: What was declared of its lines.
        landed_at: As for `read_blocks`.
        buckets: As for `read_blocks`.
        clock_ms: As for `read_blocks`.
        wrong_clocks: As for `read_blocks`.
    """
    is_reading = np.array(refused.column("envelope_of").is_valid(), dtype=bool)
    found = Reread(
        accepted_schema(source.staged).empty_table(), [None] * refused.num_rows, REFUSED.empty_table()
    )
    for some in (np.flatnonzero(~is_reading), np.flatnonzero(is_reading)):
        if len(some):
            _read(refused, some, source, found, (landed_at, buckets, clock_ms, wrong_clocks))
    return found


def _read(
    refused: pa.Table,
    rows: npt.NDArray[np.int64],
    source: Source,
    found: Reread,
    told: tuple[int, int, int, Set[str]],
) -> None:
    """Read rows of `refused` that are all whole lines, or all readings, and add what they are."""
    lines, whose, stood_at, items = (
        refused.column(name).take(rows).to_pylist() for name in ("raw", "envelope_of", LINE, ITEM)
    )
    are_readings = whose[0] is not None
    if are_readings:
        lines = [_as_envelope(raw, of, source) for raw, of in zip(lines, whose, strict=True)]
    landed_at, buckets, clock_ms, wrong_clocks = told
    stream = io.BytesIO(b"\n".join((b"", *lines, b"")))
    places = np.array(stood_at, dtype=np.int64)
    found.blank -= 1
    if not are_readings:
        found.plain -= 1 + len(rows)
    for block in read_blocks(
        stream, source, landed_at=landed_at, buckets=buckets, clock_ms=clock_ms, wrong_clocks=wrong_clocks
    ):
        found.blank += block.blank
        found.notes += block.notes
        if not are_readings:
            found.plain += block.plain
            found.envelopes += block.envelopes
            found.readings += block.readings
        numbers = _numbers(block.accepted)
        accepted = _placed(block.accepted, LINE, pa.array(places[numbers]))
        if are_readings:
            accepted = _placed(accepted, ITEM, pa.array([items[n] for n in numbers], pa.int32()))
        found.accepted = pa.concat_tables([found.accepted, pa.Table.from_batches([accepted])])
        _add_refused(block.refused, rows, places, are_readings, found)


def _add_refused(
    refused: pa.RecordBatch,
    rows: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    are_readings: bool,
    found: Reread,
) -> None:
    numbers = _numbers(refused)
    opened = np.array(refused.column(ITEM).is_valid(), dtype=bool) & (not are_readings)
    for number, reason, is_opened in zip(numbers, refused.column("reason").to_pylist(), opened, strict=True):
        if not is_opened:
            found.reasons[rows[number]] = reason
    if opened.any():
        placed = _placed(refused, LINE, pa.array(places[numbers])).filter(pa.array(opened))
        found.opened = pa.concat_tables([found.opened, pa.Table.from_batches([placed])])


def _numbers(rows: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Which of the lines that are read the rows are of, from 0."""
    numbers: npt.NDArray[np.int64] = rows.column(LINE).to_numpy() - _FIRST
    return numbers


def _placed(rows: Any, name: str, values: pa.Array) -> Any:
    return rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)


def _as_envelope(raw: bytes, whose: str, source: Source) -> bytes:
    """A line that is an envelope of one reading."""
    head = json.dumps({source.identity.key: whose}, ensure_ascii=False)[:-1]
    return b'%s, "%s": [%s]}' % (head.encode(), READINGS.encode(), raw)
