"""Envelopes of a fleet's readings, as a gateway batches them: good, unusual and broken ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stedi.sources.reasons import Reason
from stedi.sources.records import SHAPES, envelopes, line
from stedi_fleet.simulator.line_defects import ACCEPTED, BLANK, DUPLICATE, LINE_DEFECTS, LineDefect, Row

READINGS = 44
"""In an envelope, where there are so many."""

OF_THE_LINE = (Reason.BAD_JSON, Reason.BAD_UTF8, Reason.NUL, Reason.LONE_CR, Reason.LINE_TOO_LONG, BLANK)
"""Verdicts that no reading of an envelope has: they are the whole line's."""


@dataclass(frozen=True)
class Verdict:
    """The verdict that a reading, or a broken envelope, must get.

    Attributes:
        name: What is told of it in `truth/expected.json`.
        verdict: The reason it is refused for; or accepted, duplicate, blank.
        at_ms: The time of an accepted reading.
    """

    name: str
    verdict: str
    at_ms: int | None = None


@dataclass(frozen=True)
class Made:
    """A line, and the verdicts it must get: those on its readings, or one on the line where it is broken."""

    line: bytes
    verdicts: tuple[Verdict, ...]
    is_broken: bool = False


def made_of(source: str, rows: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> Iterator[Made]:
    """Lines around readings of one person or device that stand in another file too.

    Args:
        source: A sensor's.
        rows: The readings.
        rng: For whatever is left to chance.
    """
    shape = SHAPES[source]
    for again in envelopes(source, rows[:READINGS], READINGS):
        yield Made(again, tuple(Verdict("same_row_in_envelope", DUPLICATE) for _ in rows[:READINGS]))
    # A millisecond after those that line defects make, a row for each accepted reading.
    new = [Row(source, {**row, shape.moment: row[shape.moment] + 2}, rng) for row in rows]
    few, spare = new[: len(new) // 3], new[len(new) // 3 :]
    for first in envelopes(source, [row.values for row in few], READINGS * 10):
        yield Made(first, tuple(Verdict("in_envelope", ACCEPTED, row.at_ms) for row in few))
    readings = [(b"null", Verdict("null_in_envelope", BLANK)), *_defects(Row(source, rows[0], rng), spare)]
    yield Made(_around(new[0], [text for text, _ in readings]), tuple(verdict for _, verdict in readings))
    yield Made(_around(new[0], []), ())
    yield from _broken(new[0])


def _defects(row: Row, new: Sequence[Row]) -> Iterator[tuple[bytes, Verdict]]:
    """Every line defect as a reading, and those that only a reading can have."""
    left = iter(new)
    for defect in LINE_DEFECTS:
        if row.source not in defect.sources or defect.verdict in OF_THE_LINE:
            continue
        name = f"{defect.name}_in_envelope"
        if defect.name == "null_line":
            yield defect.make(row), Verdict(name, BLANK)
        elif not defect.known_owner:
            yield defect.make(row), Verdict(name, Reason.OTHER_IDENTITY)
        elif defect.verdict == ACCEPTED:
            if base := next(left, None):
                yield _earlier(base, defect), Verdict(name, ACCEPTED, base.at_ms)
        else:
            yield defect.make(row), Verdict(name, defect.verdict)
    yield _around(row, [row.text]), Verdict("envelope_in_envelope", Reason.BAD_ENVELOPE)


def _earlier(base: Row, defect: LineDefect) -> bytes:
    """The accepted line of a defect, which is of a millisecond later, at the time of `base`."""
    return defect.make(Row(base.source, {**base.values, base.moment: base.at_ms - 1}, base.rng))


def _broken(row: Row) -> Iterator[Made]:
    """Envelopes that are refused whole."""
    good = _around(row, [row.text])
    identity = {row.identity: row.values[row.identity]}
    for name, reason, text in (
        ("readings_no_list", Reason.BAD_ENVELOPE, line({**identity, "readings": row.values})),
        ("fields_beside_readings", Reason.BAD_ENVELOPE, line({**row.values, "readings": []})),
        ("envelope_of_nobody", Reason.MISSING, line({"readings": [row.values]})),
        ("readings_twice", Reason.DUPLICATE_KEY, good[:-1] + b',"Readings":[]}'),
        ("two_envelopes", Reason.BAD_JSON, good + good),
        ("truncated_envelope", Reason.BAD_JSON, good[:-3]),
    ):
        yield Made(text, (Verdict(name, reason),), is_broken=True)


def _around(row: Row, readings: Sequence[bytes]) -> bytes:
    head = line({row.identity: row.values[row.identity]})[:-1]
    return head + b',"sentBy":"gateway","readings":[' + b",".join(readings) + b"]}"
