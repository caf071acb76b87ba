"""Whether bytes are text, or nothing that anybody can read."""

import numpy as np

_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b\b\v")
_CONTROL_BYTES = bytes(sorted(_CONTROL))
_TELLS_BINARY = np.isin(np.arange(256), sorted((_CONTROL - {0}) | {127}))
_WINDOW_BYTES = 160
_IN_WINDOW = 7
"""So many control characters among neighbours no text has; random bytes have twice as many."""


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8 without control characters; a letter may be cut in two at the end."""
    # Deleting is the quickest way to see whether any is there.
    if len(data.translate(None, _CONTROL_BYTES)) != len(data):
        return False
    return is_utf8(data)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8; a letter may be cut in two at the end."""
    for cut in range(4):
        try:
            data[: len(data) - cut].decode("utf-8", "surrogatepass")
            return True
        except UnicodeDecodeError as error:
            # A letter may be cut in two where a chunk ends.
            if error.start < len(data) - 4:
                return False
    return False


def tells_something(data: bytes) -> bool:
    """Whether decoded bytes are text in UTF-8, UTF-16, or one of the encodings of a byte a letter."""
    if is_text(data):
        return True
    if is_wide_text(data):
        return True
    if len(data.translate(None, _CONTROL_BYTES)) != len(data):
        return False
    readable = sum(32 <= byte < 127 for byte in data[:4096])
    return len(data) >= 8 and readable >= 0.85 * min(len(data), 4096)


def is_wide_text(data: bytes) -> bool:
    """Whether bytes are text in UTF-16 or UTF-32, by its mark or by its letters."""
    head = data[:4096]
    for encoding, unit in (("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4)):
        whole = head[: len(head) - len(head) % unit]
        if len(whole) < 4 * unit:
            continue
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        known = sum(letter.isprintable() or letter in "\r\n\t\ufeff" for letter in text)
        common = sum(letter < "\u0250" or letter == "\ufeff" for letter in text)
        if known == len(text) and (common >= 0.3 * len(text) or text[0] == "\ufeff"):
            return True
    return False


def binary_at(data: bytes) -> int | None:
    """Where a stretch begins that is no text in any encoding; None where there is none."""
    if len(data.translate(None, _CONTROL_BYTES)) == len(data):
        return None
    places = np.flatnonzero(_TELLS_BINARY[np.frombuffer(data, np.uint8)])
    if len(places) < _IN_WINDOW:
        return None
    near = places[_IN_WINDOW - 1 :] - places[: 1 - _IN_WINDOW] < _WINDOW_BYTES
    if not near.any():
        return None
    begin = int(places[int(np.argmax(near))])
    return None if is_wide_text(data) else begin
