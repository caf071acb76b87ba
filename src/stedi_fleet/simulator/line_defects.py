"""Defects of a landed line, and the verdict each must get."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from stedi.sources.reasons import Reason
from stedi.sources.records import ACCELEROMETER, CUSTOMER, SHAPES, SOURCES, STEP_TRAINER, line
from stedi_fleet.simulator.people import serial

SENSORS = (ACCELEROMETER, STEP_TRAINER)
PEOPLE = (CUSTOMER, ACCELEROMETER)

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
BLANK = "blank"

YEAR_2010_MS = 1_262_304_000_000
YEAR_2099_MS = 4_070_908_800_000


@dataclass(frozen=True)
class Row:
    """A good line about to be spoiled.

    Attributes:
        source: Where it lands.
        values: Its fields.
        rng: For whatever is left to chance.
    """

    source: str
    values: Mapping[str, Any]
    rng: np.random.Generator

    @property
    def text(self) -> bytes:
        """The line as it is."""
        return line(self.values)

    @property
    def moment(self) -> str:
        """Key of its time."""
        return SHAPES[self.source].moment

    @property
    def identity(self) -> str:
        """Key of whose it is."""
        return SHAPES[self.source].identity

    @property
    def number(self) -> str:
        """Key of a measured number."""
        return SHAPES[self.source].number or ""

    @property
    def at_ms(self) -> int:
        """Its time."""
        return int(self.values[self.moment])

    def put(self, key: str, raw: str | bytes) -> bytes:
        """The line with the JSON text `raw` as the value of `key`."""
        raw = raw.encode() if isinstance(raw, str) else raw
        return line({**self.values, key: "@"}).replace(b'"@"', raw)

    def later(self, **changes: Any) -> "Row":
        """Another reading a millisecond later, which no sensor here takes."""
        return Row(self.source, {**self.values, self.moment: self.at_ms + 1, **changes}, self.rng)

    def renamed(self, key: str, name: str) -> bytes:
        """The line with another key in the place of `key`."""
        return line({name if k == key else k: value for k, value in self.values.items()})


@dataclass(frozen=True)
class LineDefect:
    """A way in which a line is not as usual.

    Attributes:
        name: What it is called in `truth/expected.json`.
        verdict: The reason it is refused for; or accepted, duplicate, blank.
        make: The line it makes of a good one. An accepted line is of a row's `later` reading.
        sources: Where it can occur.
        known_owner: Whether an accepted line's owner is still the good line's.
    """

    name: str
    verdict: str
    make: Callable[[Row], bytes]
    sources: tuple[str, ...] = SOURCES
    known_owner: bool = True


def _truncated(row: Row) -> bytes:
    return row.text[: int(len(row.text) * row.rng.uniform(0.2, 0.9))]


def _long(row: Row) -> bytes:
    # Digits at random: blanks would make a gz of the file look like a bomb.
    return _extended(row, b'"more":"%s"' % row.rng.bytes(1 << 19).hex().encode())


def _iso(at_ms: int, zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime(f'"%Y-%m-%dT%H:%M:%S.{at_ms % 1000:03d}{zone}"')


def _without(row: Row, key: str) -> bytes:
    return line({k: value for k, value in row.values.items() if k != key})


def _extended(row: Row, tail: bytes) -> bytes:
    """The object with one more member."""
    return row.text[:-1] + b"," + tail + b"}"


LINE_DEFECTS = (
    # No JSON, or not one object.
    LineDefect("truncated", Reason.BAD_JSON, _truncated),
    LineDefect("trailing_garbage", Reason.BAD_JSON, lambda r: r.text + b" ok"),
    LineDefect("two_objects", Reason.BAD_JSON, lambda r: r.text + r.text),
    LineDefect("single_quotes", Reason.BAD_JSON, lambda r: b"{'a':1}"),
    LineDefect("comment", Reason.BAD_JSON, lambda r: r.text[:-1] + b"/* sent twice */}"),
    LineDefect("pretty_printed", Reason.BAD_JSON, lambda r: b"{\n" + r.text[1:-1] + b"\n}"),
    LineDefect("array", Reason.NOT_AN_OBJECT, lambda r: b"[" + r.text + b"]"),
    LineDefect("null_line", Reason.NOT_AN_OBJECT, lambda r: b"null"),
    LineDefect("number_line", Reason.NOT_AN_OBJECT, lambda r: b"5"),
    LineDefect("text_line", Reason.NOT_AN_OBJECT, lambda r: b'"x"'),
    # Bytes.
    LineDefect("invalid_utf8", Reason.BAD_UTF8, lambda r: r.put(r.identity, b'"\xff\xfe@example.org"')),
    LineDefect("nul_padding", Reason.NUL, lambda r: r.text + bytes(64)),
    LineDefect("lone_cr", Reason.LONE_CR, lambda r: r.text + b"\r" + r.text),
    LineDefect("blank_line", BLANK, lambda r: b""),
    LineDefect("long_line", Reason.LINE_TOO_LONG, _long),
    LineDefect("long_field", Reason.FIELD_TOO_LONG,
               lambda r: r.put(r.identity, f'"{"a" * 5000}@example.org"')),
    # Structure.
    LineDefect("duplicate_key", Reason.DUPLICATE_KEY, lambda r: _extended(r, b'"%s":1' % r.moment.encode())),
    LineDefect("keys_differing_in_case", Reason.DUPLICATE_KEY,
               lambda r: _extended(r, b'"%s":1' % r.moment.upper().encode())),
    LineDefect("missing_key", Reason.MISSING, lambda r: _without(r, r.moment)),
    LineDefect("null_value", Reason.MISSING, lambda r: r.put(r.moment, "null")),
    LineDefect("deep_nesting", Reason.TOO_DEEP, lambda r: _extended(r, b'"more":' + b"[" * 20 + b"]" * 20)),
    LineDefect("lone_surrogate", Reason.LONE_SURROGATE, lambda r: r.put(r.identity, r'"\ud800@example.org"')),
    # Numbers and times.
    LineDefect("nan", Reason.BAD_NUMBER, lambda r: r.put(r.number, "NaN"), SENSORS),
    LineDefect("infinity", Reason.BAD_NUMBER, lambda r: r.put(r.number, "-Infinity"), SENSORS),
    LineDefect("overflow", Reason.BAD_NUMBER, lambda r: r.put(r.number, "1e999"), SENSORS),
    LineDefect("boolean", Reason.BAD_TYPE, lambda r: r.put(r.number, "true"), SENSORS),
    LineDefect("out_of_range", Reason.OUT_OF_RANGE, lambda r: r.put(r.number, "-161"), SENSORS),
    LineDefect("half_a_millisecond", Reason.FRACTION, lambda r: r.put(r.moment, f"{r.at_ms}.5")),
    LineDefect("seconds", Reason.UNIT, lambda r: r.put(r.moment, str(r.at_ms // 1000))),
    LineDefect("microseconds", Reason.UNIT, lambda r: r.put(r.moment, f"{r.at_ms}000")),
    LineDefect("nanoseconds", Reason.UNIT, lambda r: r.put(r.moment, f"{r.at_ms}000000")),
    LineDefect("time_zero", Reason.BAD_INSTANT, lambda r: r.put(r.moment, "0")),
    LineDefect("before_2015", Reason.BAD_INSTANT, lambda r: r.put(r.moment, str(YEAR_2010_MS))),
    LineDefect("iso_without_zone", Reason.BAD_INSTANT, lambda r: r.put(r.moment, _iso(r.at_ms, ""))),
    LineDefect("future", Reason.FUTURE, lambda r: r.put(r.moment, str(YEAR_2099_MS))),
    # Identity.
    LineDefect("no_at_sign", Reason.BAD_EMAIL, lambda r: r.put(r.identity, '"example.org"'), PEOPLE),
    LineDefect("zero_width", Reason.BAD_TEXT, lambda r: r.put(r.identity, '"a\\u200bb@example.org"'), PEOPLE),
    LineDefect("number_as_user", Reason.BAD_TYPE, lambda r: r.put(r.identity, "5"), PEOPLE),
    LineDefect("no_uuid", Reason.BAD_SERIAL, lambda r: r.put("serialNumber", '"STEDI-0001"'),
               (CUSTOMER, STEP_TRAINER)),
    # Accepted, for all their looks.
    LineDefect("key_in_another_case", ACCEPTED, lambda r: r.later().renamed(r.moment, r.moment.upper()),
               SENSORS),
    LineDefect("unknown_field", ACCEPTED, lambda r: _extended(r.later(), b'"firmware":"1.2"'), SENSORS),
    LineDefect("digits_in_quotes", ACCEPTED, lambda r: r.put(r.moment, f'"{r.at_ms + 1}"'), SENSORS),
    LineDefect("whole_real", ACCEPTED, lambda r: r.put(r.moment, f"{r.at_ms + 1}.0"), SENSORS),
    LineDefect("iso_with_zone", ACCEPTED, lambda r: r.put(r.moment, _iso(r.at_ms + 1, "Z")), SENSORS),
    LineDefect("email_in_another_case", ACCEPTED,
               lambda r: line(r.later(user=f"  {r.values['user'].upper()} ").values), (ACCELEROMETER,)),
    LineDefect("serial_in_upper_case", ACCEPTED,
               lambda r: line(r.later(serialNumber=r.values["serialNumber"].upper()).values),
               (STEP_TRAINER,)),
    LineDefect("unknown_user", ACCEPTED, lambda r: line(r.later(user="nobody@example.org").values),
               (ACCELEROMETER,), known_owner=False),
    LineDefect("unknown_serial", ACCEPTED, lambda r: line(r.later(serialNumber=serial(r.rng)).values),
               (STEP_TRAINER,), known_owner=False),
    # The same row again.
    LineDefect("same_row", DUPLICATE, lambda r: r.text),
    LineDefect("same_row_spaced", DUPLICATE, lambda r: json.dumps(r.values, ensure_ascii=False).encode()),
    LineDefect("same_row_other_zeros", DUPLICATE, lambda r: r.put(r.number, f"{r.values[r.number]:.6f}"),
               SENSORS),
)  # fmt: skip
