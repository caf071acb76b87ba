"""Digits of many lines at once: eight bytes are one word, and a word is checked whole."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Characters: TypeAlias = npt.NDArray[np.uint8]
Words: TypeAlias = npt.NDArray[np.uint64]
Positions: TypeAlias = npt.NDArray[np.int64]
Reals: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

NARROW = 8
"""Characters of a number, its sign aside, that fit one word."""
INSTANT_DIGITS = 13


def _each(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ZEROS = _each(ord("0"))
_POINTS = _each(ord(".") ^ ord("0"))
_HIGH, _LOW = _each(0x80), _each(0x7F)
_BEYOND_NINE = _each(0x80 - 10)
_ONE, _SEVEN, _EIGHT, _FIRST_BYTE = np.uint64(1), np.uint64(7), np.uint64(8), np.uint64(0xFF)
# Times 256**i, its top byte is 7 - i: how many bytes follow the i-th.
_BYTES_AFTER = np.uint64(0x0706050403020100)
_POWERS_OF_TEN = 10.0 ** np.arange(NARROW)


def words_at(buffer: bytes) -> Words:
    """The word that begins at each byte of a buffer, the first byte lowest."""
    return np.ndarray(len(buffer) - 7, dtype="<u8", buffer=buffer, strides=(1,))


def mismatch(words: Words, at: Positions, literal: bytes) -> Words:
    """Nonzero for every line that does not hold `literal` at its position."""
    found = np.zeros(len(at), dtype=np.uint64)
    for begin in range(0, len(literal), 8):
        piece = literal[begin : begin + 8]
        wanted = np.uint64(int.from_bytes(piece, "little"))
        word = words[at + begin] ^ wanted
        found |= word if len(piece) == 8 else word & np.uint64((1 << 8 * len(piece)) - 1)
    return found


def instants(words: Words, start: Positions, end: Positions) -> tuple[Positions, Mask]:
    """The numbers of 13 digits, and which lines hold one."""
    head, tail = words[start] ^ _ZEROS, words[start + (INSTANT_DIGITS - 8)] ^ _ZEROS
    proved = (end - start == INSTANT_DIGITS) & (_not_digits(head) | _not_digits(tail) == 0)
    number = _eight_digits(head) // np.uint64(1000) * np.uint64(10**8) + _eight_digits(tail)
    return number.view(np.int64), proved


def narrow_reals(
    characters: Characters, words: Words, start: Positions, end: Positions
) -> tuple[Reals, Mask]:
    """The numbers of up to 8 characters without sign and exponent, and which lines hold one.

    The grammar is JSON's. A value is a whole number below 10**8 over a power of ten, both
    exact, so that the quotient is the double nearest to what is written.
    """
    negative = characters[start] == ord("-")
    width = end - start - negative
    # The last 8 bytes; those before the number become zeros.
    unused = ((NARROW - np.clip(width, 1, NARROW)) << 3).astype(np.uint64)
    from_first = (words[end - 8] ^ _ZEROS) >> unused
    word = from_first << unused
    point = _zero_bytes(word ^ _POINTS) >> _SEVEN
    has_point = point != 0
    below = point - has_point
    digits = ((word & below) << _EIGHT) | (word & ~(below | point * np.uint64(0xFF)))
    decimals = (((point * _BYTES_AFTER) >> np.uint64(56)) & _SEVEN).view(np.int64)
    whole = width - has_point - decimals
    leading_zero = from_first & _FIRST_BYTE == 0
    proved = (
        (width >= 1)
        & (width <= NARROW)
        & (point & (point - _ONE) == 0)
        & (_not_digits(digits) == 0)
        & (decimals >= has_point)
        & (whole >= 1)
        & ~(leading_zero & (whole > 1))
    )
    value = _eight_digits(digits).astype(np.float64) / _POWERS_OF_TEN[decimals]
    # Adding zero turns -0.0 into 0.0: the two are one value.
    return value * (1 - 2 * negative.astype(np.int8)) + 0.0, proved


def _zero_bytes(word: Words) -> Words:
    result: Words = ~(((word & _LOW) + _LOW) | word | _LOW)
    return result


def _not_digits(word: Words) -> Any:
    return ((word + _BEYOND_NINE) | word) & _HIGH


def _eight_digits(word: Words) -> Words:
    pairs = word * np.uint64(10) + (word >> _EIGHT)
    mask = np.uint64(0x000000FF000000FF)
    high = (pairs & mask) * np.uint64(100 + (1_000_000 << 32))
    low = ((pairs >> np.uint64(16)) & mask) * np.uint64(1 + (10_000 << 32))
    result: Words = (high + low) >> np.uint64(32)
    return result
