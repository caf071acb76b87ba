"""From a message of a Step Trainer to lines as they land."""

import json
from collections.abc import Iterator
from typing import Any

SERIAL_NUMBER = "serialNumber"
READINGS = "readings"


def lines(payload: bytes, serialnumber: str) -> Iterator[bytes]:
    """The lines of one message, each with the serial number of its topic, without line ends.

    A message is a reading, a list of readings, or an envelope, an object whose `readings` are a list.
    The topic says whose readings they are, because it is what a device's credentials bind: a serial number
    in the payload gives way to it. What is none of these lands as it came, and staging quarantines it.

    Args:
        payload: The message.
        serialnumber: As the topic spells it.

    >>> list(lines(b'{"sensorReadingTime": 1, "distanceFromObject": 2.50}', "s"))
    [b'{"sensorReadingTime":1,"distanceFromObject":2.50,"serialNumber":"s"}']
    """
    try:
        told = _read(payload)
    except (ValueError, RecursionError):
        yield from _as_it_came(payload)
        return
    if isinstance(told, _Object) and READINGS in dict(told):
        told = dict(told)[READINGS]
    readings = [told] if isinstance(told, _Object) else told
    if not isinstance(readings, list) or not all(isinstance(reading, _Object) for reading in readings):
        yield from _as_it_came(payload)
        return
    for reading in readings:
        pairs = [pair for pair in reading if pair[0] != SERIAL_NUMBER]
        yield _written(_Object([*pairs, (SERIAL_NUMBER, serialnumber)])).encode()


class _Object(list[tuple[str, Any]]):
    """The pairs of a JSON object in their order, a repeated name told twice: staging judges that."""


class _Number(str):
    """A number as it was spelt: nothing is rounded on the way."""


def _read(payload: bytes) -> Any:
    return json.loads(
        payload.decode("utf-8"),
        object_pairs_hook=_Object,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
    )


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str.__str__(value)
    if isinstance(value, _Object):
        return "{" + ",".join(f"{json.dumps(name)}:{_written(held)}" for name, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(held) for held in value) + "]"
    return json.dumps(value)


def _as_it_came(payload: bytes) -> Iterator[bytes]:
    yield from (line for line in payload.replace(b"\r", b"\n").split(b"\n") if line.strip())
