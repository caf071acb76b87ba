"""From a message of a Step Trainer to lines as they land: each carries the serial number of the topic."""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stedi.sources.content import GZIP_MAGIC
from stedi.sources.envelopes import names_readings
from stedi.sources.reasons import Reason
from stedi.sources.refused_messages import BASE64, REASON, TEXT
from stedi.sources.strict_json import MAX_LINE_BYTES

SERIAL_NUMBER = "serialNumber"
LONGEST_MESSAGE_BYTES = 8 * 1024 * 1024
"""A longer message, packed or unpacked, is not parsed: it is kept as it came."""
PART_BYTES = 128 * 1024
OVERLAP_BYTES = 4096
"""Parts of a refused message overlap, so that a value of this length stands whole in one of them."""

_UNPACK_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True)
class MessageLines:
    """The lines of one message, without line ends.

    Attributes:
        readings: Lines of readings; none where the message was refused, or holds no reading.
        refused: Lines that keep the bytes of a message that was refused. No line of them is ever a reading.
    """

    readings: tuple[bytes, ...] = ()
    refused: tuple[bytes, ...] = ()

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every line to keep."""
        return self.readings + self.refused


def parse_message(payload: bytes, serialnumber: str) -> MessageLines:
    """Parse a message whole, or refuse it whole.

    A message is JSON in UTF-8, gzip or not: readings, lists of readings, and envelopes (objects whose
    `readings` are a list), one JSON text or one on each line. The topic says whose readings they are, because
    a device's credentials bind it to its topic: a serial number in the payload gives way to it. Anything else
    is refused: it is kept as text or base64 inside a line that names the topic's serial number and is never
    a reading.

    Args:
        payload: The message.
        serialnumber: The one of its topic.

    >>> parse_message(b'{"sensorReadingTime": 1, "distanceFromObject": 2.50}', "s").readings
    (b'{"sensorReadingTime":1,"distanceFromObject":2.50,"serialNumber":"s"}',)
    >>> parse_message(b"junk", "s").refused
    (b'{"serialNumber":"s","refusedReason":"BAD_JSON","refusedMessage":"junk"}',)
    """
    if not payload.strip():
        return MessageLines()
    try:
        found = tuple(_lines(_unpacked(payload), serialnumber))
    except (_RefusedError, ValueError, RecursionError, zlib.error) as fault:
        return MessageLines(refused=refused_lines(payload, serialnumber, _reason(fault)))
    if any(len(line) > MAX_LINE_BYTES for line in found):
        return MessageLines(refused=refused_lines(payload, serialnumber, Reason.LINE_TOO_LONG))
    return MessageLines(readings=found)


def refused_lines(
    payload: bytes, serialnumber: str | None, reason: Reason, topic: str | None = None
) -> tuple[bytes, ...]:
    """Keep the bytes of a message in lines that staging refuses, for they hold no reading.

    Args:
        payload: The message.
        serialnumber: The one of its topic; None where the topic has none.
        reason: Why it is refused; the quarantine tells it.
        topic: The topic, where it has no serial number.
    """
    step = PART_BYTES - OVERLAP_BYTES
    starts = range(0, max(1, len(payload) - OVERLAP_BYTES), step)
    whose = {SERIAL_NUMBER: serialnumber} if serialnumber is not None else {"topic": topic}
    lines = []
    for number, start in enumerate(starts, start=1):
        piece = payload[start : start + PART_BYTES]
        try:
            kept = {TEXT: piece.decode("utf-8")}
        except UnicodeDecodeError:
            kept = {BASE64: base64.b64encode(piece).decode()}
        part = {"part": number, "parts": len(starts)} if len(starts) > 1 else {}
        told = {**whose, **part, REASON: reason.value, **kept}
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        lines.append(line.encode())
    return tuple(lines)


class _RefusedError(Exception):
    """The message is none of readings."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def _reason(fault: Exception) -> Reason:
    """Why a message is refused, from what stopped its parsing."""
    if isinstance(fault, _RefusedError):
        return fault.reason
    if isinstance(fault, zlib.error):
        return Reason.BAD_COMPRESSION
    if isinstance(fault, RecursionError):
        return Reason.TOO_DEEP
    return Reason.BAD_UTF8 if isinstance(fault, UnicodeDecodeError) else Reason.BAD_JSON


class _Object(list[tuple[str, Any]]):
    """The pairs of a JSON object in their order, a repeated name told twice: staging judges that."""


class _Number(str):
    """A number as it was spelt: nothing is rounded on the way."""


def _unpacked(payload: bytes) -> bytes:
    if payload.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=_UNPACK_GZIP)
        content = unpacker.decompress(payload, LONGEST_MESSAGE_BYTES + 1)
        if len(content) <= LONGEST_MESSAGE_BYTES and (not unpacker.eof or unpacker.unused_data):
            raise _RefusedError(Reason.BAD_COMPRESSION)
        payload = content
    if len(payload) > LONGEST_MESSAGE_BYTES:
        raise _RefusedError(Reason.LINE_TOO_LONG)
    return payload


def _lines(payload: bytes, serialnumber: str) -> Iterator[bytes]:
    for told in _texts(payload.decode("utf-8-sig")):
        for each in told if isinstance(told, list) and not isinstance(told, _Object) else [told]:
            if not isinstance(each, _Object):
                raise _RefusedError(Reason.NOT_AN_OBJECT)
            yield from _object_lines(each, serialnumber)


def _texts(text: str) -> list[Any]:
    """The JSON texts of a message: one, however it is laid out, or one on each line."""
    try:
        return [_read(text)]
    except ValueError:
        return [_read(line) for line in text.split("\n") if line.strip(" \t\r")]


def _object_lines(told: _Object, serialnumber: str) -> Iterator[bytes]:
    lists = [held for key, held in told if names_readings(key)]
    if not lists:
        yield _line(told, serialnumber)
        return
    others = [pair for pair in told if not names_readings(pair[0]) and not _names_serial(pair[0])]
    readings = lists[0]
    if len(lists) > 1 or not isinstance(readings, list) or isinstance(readings, _Object):
        raise _RefusedError(Reason.BAD_ENVELOPE)
    for reading in readings:
        if not isinstance(reading, _Object) or any(names_readings(key) for key, _ in reading):
            raise _RefusedError(Reason.BAD_ENVELOPE)
    if not others:
        for reading in readings:
            yield _line(reading, serialnumber)
        return
    # What else the envelope tells stays with it; staging judges it.
    bare = [_Object(pair for pair in reading if not _names_serial(pair[0])) for reading in readings]
    yield _line(_Object([*others, ("readings", bare)]), serialnumber)


def _line(told: _Object, serialnumber: str) -> bytes:
    pairs = [pair for pair in told if not _names_serial(pair[0])]
    return _written(_Object([*pairs, (SERIAL_NUMBER, serialnumber)])).encode()


def _names_serial(key: str) -> bool:
    return key.isascii() and key.lower() == SERIAL_NUMBER.lower()


def _read(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_Number
    )


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str.__str__(value)
    if isinstance(value, _Object):
        return "{" + ",".join(f"{json.dumps(name)}:{_written(held)}" for name, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(held) for held in value) + "]"
    return json.dumps(value)
