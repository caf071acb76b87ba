"""Physical lines: where one ends, whatever the file and however it is handed out."""

import io
import json
import random
import tracemalloc
from typing import Any

import pytest

from stedi.landing.accelerometer import SOURCE
from stedi.sources.lines import Block, accepted_schema, read_blocks

LANDED_AT = 1_700_000_000_000
GOOD = b'{"user":"a@b","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":0.0}'
MIB = 1 << 20


def read(content: bytes, **how: Any) -> list[Block]:
    return list(read_blocks(io.BytesIO(content), SOURCE, landed_at=LANDED_AT, buckets=16, **how))


def told(blocks: list[Block]) -> tuple[int, list[int], list[tuple[int, str]], int]:
    """Lines, numbers of the accepted ones, numbers and reasons of the refused ones, blank ones."""
    return (
        sum(block.lines for block in blocks),
        [number for block in blocks for number in block.accepted["_line"].to_pylist()],
        [(row["_line"], row["reason"]) for block in blocks for row in block.refused.to_pylist()],
        sum(block.blank for block in blocks),
    )


# fmt: off
FILES: dict[str, tuple[bytes, int, list[int], list[tuple[int, str]], int]] = {
    # what: (content, lines, accepted, refused, blank)
    "empty": (b"", 0, [], [], 0),
    "a byte order mark and nothing": (b"\xef\xbb\xbf", 0, [], [], 0),
    "one line": (GOOD + b"\n", 1, [1], [], 0),
    "no final newline": (GOOD + b"\n" + GOOD, 2, [1, 2], [], 0),
    "cut in the last line": (GOOD + b"\n" + GOOD[:-5], 2, [1], [(2, "BAD_JSON")], 0),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD + b"\n", 1, [1], [], 0),
    "two byte order marks": (b"\xef\xbb\xbf" * 2 + GOOD + b"\n", 1, [], [(1, "BAD_JSON")], 0),
    "CRLF": (GOOD + b"\r\n" + GOOD + b"\r\n", 2, [1, 2], [], 0),
    "CRLF and LF": (GOOD + b"\r\n" + GOOD + b"\n" + GOOD + b"\r\n", 3, [1, 2, 3], [], 0),
    "blank lines": (b"\n\n" + GOOD + b"\n \t\n\r\n", 5, [3], [], 4),
    "only newlines": (b"\n" * 5, 5, [], [], 5),
    "line separators of Unicode end no line": (
        GOOD + "\u2028".encode() + GOOD + b"\n", 1, [], [(1, "BAD_JSON")], 0),
    "an overlong line between good ones": (
        GOOD + b"\n" + b"x" * (3 * MIB) + b"\n" + GOOD + b"\n", 3, [1, 3], [(2, "LINE_TOO_LONG")], 0),
    "an overlong last line": (GOOD + b"\n" + b"x" * (3 * MIB), 2, [1], [(2, "LINE_TOO_LONG")], 0),
    "an overlong line that ends in CRLF where it is cut": (
        GOOD[:-1] + b" " * (MIB - len(GOOD)) + b"}\r\n" + GOOD, 2, [2], [(1, "LINE_TOO_LONG")], 0),
    "an overlong line that would be fine if it were cut": (
        GOOD[:-1] + b" " * (MIB - len(GOOD)) + b"}" + b" " * MIB, 1, [], [(1, "LINE_TOO_LONG")], 0),
}
# fmt: on


@pytest.mark.parametrize("block_bytes", [100_000, MIB, 4 * MIB])
@pytest.mark.parametrize(("content", "expected"), [(c, tuple(e)) for c, *e in FILES.values()], ids=FILES)
def test_file(content: bytes, expected: tuple[object, ...], block_bytes: int) -> None:
    blocks = read(content, block_bytes=block_bytes)
    assert told(blocks) == expected
    for block in blocks:
        assert block.lines == block.accepted.num_rows + block.refused.num_rows + block.blank
        assert block.accepted.schema == accepted_schema(SOURCE.staged)


def test_refused_lines_are_kept_byte_for_byte() -> None:
    bad = bytes(b for b in range(256) if b != 10)
    (block,) = read(GOOD + b"\n" + bad + b"\n")
    assert block.refused["raw"].to_pylist() == [bad]


class Dribble(io.BytesIO):
    """Hands out a few bytes at a time, as sockets and decompressors do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, random.Random(self.tell()).randint(1, 7)))


def test_streams_that_hand_out_little() -> None:
    content = b"\xef\xbb\xbf" + b"\n".join([GOOD, b"bad", b"", GOOD] * 20)
    blocks = list(read_blocks(Dribble(content), SOURCE, landed_at=LANDED_AT, buckets=16, block_bytes=500))
    assert told(blocks) == told(read(content))


class Endless(io.RawIOBase):
    """The same bytes over and over, up to a size; held nowhere."""

    def __init__(self, piece: bytes, size: int) -> None:
        self._piece, self._left = piece, size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return (self._piece * (size // len(self._piece) + 1))[:size]


@pytest.mark.parametrize(
    "piece", [b"x", GOOD + b"\n", b"\n", b"x\n", GOOD.replace(b"1.0", b"1e0") + b"\n"],
    ids=["one line without end", "good lines", "blank lines", "short bad lines", "lines read one by one"],
)  # fmt: skip
def test_memory_is_bounded(piece: bytes) -> None:
    def peak(size: int, block_bytes: int) -> int:
        tracemalloc.start()
        stream: Any = Endless(piece, size)
        for _ in read_blocks(stream, SOURCE, landed_at=LANDED_AT, buckets=16, block_bytes=block_bytes):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    size, block_bytes = (60_000, 6000) if b"\n" in piece else (20 * MIB, MIB)
    assert peak(2 * size, block_bytes) < 1.1 * peak(size, block_bytes) + 64_000


def test_blocks_hold_few_lines() -> None:
    blocks = read(b"x\n" * 150_000 + GOOD)
    assert max(block.lines for block in blocks) <= 1 << 16
    lines, accepted, refused, _ = told(blocks)
    assert (lines, accepted) == (150_001, [150_001])
    assert [number for number, _ in refused] == list(range(1, 150_001))


def test_texts_are_judged_once_and_coded() -> None:
    content = b"\n".join(GOOD.replace(b"a@b", user) for user in [b"A@b", b"a@B ", b"c@d", b"A@b"])
    rows = [row for block in read(content) for row in block.accepted.to_pylist()]
    assert [row["user"] for row in rows] == ["A@b", "a@B ", "c@d", "A@b"]
    assert [row["participant"] for row in rows] == ["a@b", "a@b", "c@d", "a@b"]
    assert rows[0]["bucket"] == rows[1]["bucket"] == rows[3]["bucket"]


def test_unknown_fields_are_counted_by_plain_names() -> None:
    keys = ["battery", "battery", "a b", "ana@test.com", "\u001b[31m", "é", *(f"k{n}" for n in range(200))]
    lines = [GOOD[:-1] + b"," + json.dumps(key).encode() + b":1}" for key in keys]
    (block,) = read(b"\n".join(lines) + b"\n")
    assert block.accepted.num_rows == len(keys)
    assert block.notes["unknown:battery"] == 2
    assert len(block.notes) == 101
    assert block.notes["unknown:(not named)"] == len(keys) - 101
