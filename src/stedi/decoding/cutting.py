"""Where a stream of bytes may be cut: between lines, and never through what belongs together."""

LONGEST_LINE = 2 << 20
"""A longer line is looked at in its parts."""


def cut_at(data: bytes, since: int, reach: int) -> int:
    """Cut between lines, and never through what could span the place."""
    cut = data.rfind(b"\n", since, max(since, len(data) - reach)) + 1
    if cut <= since or len(data) - cut > LONGEST_LINE:
        return max(since, len(data) - reach)
    # Lines of an encoding that goes on over their ends stay together.
    begin = cut
    while (before := data.rfind(b"\n", since, begin - 1) + 1) > since:
        if begin - before < 16 or not is_wrapped(data[before : begin - 1]):
            break
        begin = before
        if cut - begin > LONGEST_LINE:
            return cut
    return begin if begin > since else cut


def goes_on(line: bytes) -> bool:
    """Whether what a line says may go on in the next one."""
    return (len(line) >= 16 and is_wrapped(line)) or line.rstrip(b" \t\r").endswith(b"=")


def is_wrapped(line: bytes) -> bool:
    """Whether a line holds nothing but characters of an encoding."""
    return line.rstrip(b"\r").replace(b"+", b"").replace(b"/", b"").isalnum()
