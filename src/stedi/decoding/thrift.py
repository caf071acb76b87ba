"""Thrift's compact protocol, as far as Parquet uses it."""

import struct
from typing import Any

Struct = dict[int, Any]
"""Values by field number."""

DEEPEST = 64


class ThriftReader:
    """Reads values one after another.

    Args:
        data: The bytes.
        at: Where the first value begins; afterwards, where the next one does.
    """

    def __init__(self, data: bytes | memoryview, at: int = 0) -> None:
        self._data = data
        self.at = at

    def struct(self, depth: int = 0) -> Struct:
        """The next struct.

        Raises:
            ValueError: There is none.
        """
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        found: Struct = {}
        number = 0
        while (head := self._byte()) != 0:
            delta, kind = head >> 4, head & 15
            number = number + delta if delta else self._signed()
            found[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return self._byte() == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind in (9, 10):
            head = self._byte()
            size = head >> 4 if head >> 4 != 15 else self._unsigned()
            return [self._value(head & 15, depth + 1) for _ in range(self._within(size))]
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError("no value of Parquet")

    def _within(self, size: int) -> int:
        if size > len(self._data) - self.at:
            raise ValueError("cut off")
        return size

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        begin, self.at = self.at, self.at + self._within(size)
        return bytes(self._data[begin : self.at])

    def _unsigned(self) -> int:
        number = shift = 0
        while shift < 70:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
        raise ValueError("no number")

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)


def texts_of(value: Any) -> list[bytes]:
    """Every binary inside a value."""
    if isinstance(value, bytes):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in inner for text in texts_of(part)]
