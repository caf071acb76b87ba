"""Case 7 and 14 of landing.md together: a bomb is what explodes, not what is long."""

import gzip
from pathlib import Path

import pytest

from stedi.landing import accelerometer
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.lines import read_blocks
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import open_content
from stedi.sources.reasons import Reason

SOURCES = (accelerometer.SOURCE,)
PHONE = b'{"user":"a@example.org","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'


def put(landing: Path, content: bytes) -> ListedFile:
    file = landing / "accelerometer/a.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    (found,) = listed(landing, SOURCES, settle_s=0.0)
    return found


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 5 << 20, 15 << 20])
@pytest.mark.parametrize("letter", [b" ", b"a", b"\0"])
def test_a_long_line_is_no_bomb_and_costs_its_own_line_alone(
    tmp_path: Path, size: int, letter: bytes
) -> None:
    content = PHONE + letter * size + b"\n" + PHONE.replace(b"103", b"104")
    packed = gzip.compress(content, 9)
    assert len(content) > 200 * len(packed)
    file = put(tmp_path, packed)
    result = examined(file, SOURCES)
    assert isinstance(result, Examined)
    assert (result.lines, result.size) == (3, len(content))
    with open_content(file, result) as stream:
        blocks = [*read_blocks(stream, accelerometer.SOURCE, landed_at=1_700_000_000_000, buckets=1)]
    assert [time for b in blocks for time in b.accepted["timestamp"].to_pylist()] == [
        1655564444103,
        1655564444104,
    ]
    expected = [] if letter == b" " and size <= 1 << 20 else [2]
    assert [line for b in blocks for line in b.refused["_line"].to_pylist()] == expected


def test_a_file_explodes_beyond_16_mebibytes(tmp_path: Path) -> None:
    content = PHONE + b" " * (16 * 2**20 - len(PHONE))
    result = examined(put(tmp_path, gzip.compress(content, 9)), SOURCES)
    assert isinstance(result, Examined)
    assert result.size == 16 * 2**20
    larger = put(tmp_path, gzip.compress(content + b" ", 9))
    assert examined(larger, SOURCES) == FileRefusal(Reason.BOMB)
