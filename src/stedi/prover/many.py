"""Find very many texts at once in bytes, in time that grows with the bytes and not with how many they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

WIDTHS = (8, 4)
"""Bytes by which a text is first known: those of this many that fewest others have."""

AT_ONCE = 1 << 22
"""Bytes looked at together."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Many:
    """Texts, ready to be found.

    Args:
        texts: Bytes, each once and none of them empty.
    """

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._short = [(n, text) for n, text in enumerate(texts) if len(text) < WIDTHS[-1]]
        self._windows = []
        known = list(enumerate(texts))
        for width in WIDTHS:
            self._windows.append(_Windows(width, [(n, text) for n, text in known if len(text) >= width]))
            known = [(n, text) for n, text in known if len(text) < width]

    def places(self, data: bytes) -> dict[int, list[int]]:
        """Where each text stands, in order, by its number; without those that stand nowhere."""
        found: dict[int, list[int]] = defaultdict(list)
        for windows in self._windows:
            for number, place in windows.found(data):
                found[number].append(place)
        for number, text in self._short:
            found[number] += _each(data, text)
        return {number: sorted(places) for number, places in found.items() if places}


def _each(data: bytes, text: bytes) -> Iterator[int]:
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


class _Windows:
    """Texts known by some of their bytes, which stand at a place of their own in each."""

    def __init__(self, width: int, texts: Sequence[tuple[int, bytes]]) -> None:
        self._width = width
        self._type = np.dtype(f"<u{width}")
        common = Counter(window for _, text in texts for window in set(_all(text, width)))
        # By such bytes: how far into a text they stand, how long it is, and the texts that are so.
        self._texts: dict[int, dict[tuple[int, int], dict[bytes, int]]] = {}
        for number, text in texts:
            at, window = min(enumerate(_all(text, width)), key=lambda each: (common[each[1]], each[0]))
            alike = self._texts.setdefault(int.from_bytes(window, "little"), {})
            alike.setdefault((at, len(text)), {})[text] = number
        self._keys = np.array(sorted(self._texts), self._type)
        self._bits = np.uint64(64 - min(26, max(12, (32 * len(self._keys)).bit_length())))
        self._may = np.zeros(1 << (64 - int(self._bits)), np.bool_)
        self._may[self._places(self._keys)] = True

    def _places(self, windows: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.uint64]:
        spread: npt.NDArray[np.uint64] = (windows.astype(np.uint64) * _SPREAD) >> self._bits
        return spread

    def found(self, data: bytes) -> Iterator[tuple[int, int]]:
        """The number of each text that stands in the data, and where."""
        width = self._width
        if not len(self._keys):
            return
        for since in range(0, len(data), AT_ONCE):
            for shift in range(width):
                begin = since + shift
                many = (min(len(data), since + AT_ONCE + shift) - begin) // width
                if many <= 0:
                    continue
                windows = np.frombuffer(data, self._type, many, begin)
                maybe = np.flatnonzero(self._may[self._places(windows)])
                places = (maybe * width + begin).tolist()
                for place, window in zip(places, windows[maybe].tolist(), strict=True):
                    yield from self._at(data, place, window)

    def _at(self, data: bytes, place: int, window: int) -> Iterator[tuple[int, int]]:
        for (before, length), texts in self._texts.get(window, {}).items():
            begin = place - before
            number = texts.get(data[begin : begin + length]) if begin >= 0 else None
            if number is not None:
                yield number, begin


def _all(text: bytes, width: int) -> Iterable[bytes]:
    return (text[at : at + width] for at in range(len(text) - width + 1))
