"""Proving many lines at once gives what reading them one by one gives, whatever is sent.

More lines than by default: STEDI_MUTATED_LINES=1000000 pytest tests/sources/test_lines_paths.py
"""

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from random_lines import SERIALS, TELLING, mutated, read, require_equal, valid_line
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.source import Source

MUTATED_LINES = int(os.environ.get("STEDI_MUTATED_LINES", "20000"))
SOURCES = {source.name: source for source in (accelerometer.SOURCE, step_trainer.SOURCE, customer.SOURCE)}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_mutated_lines(source: Source) -> None:
    draw = random.Random(f"{source.name} {MUTATED_LINES}")
    share, accepted, refused = MUTATED_LINES // len(SOURCES), 0, 0
    for _ in range(0, share, 1000):
        lines = []
        for _ in range(1000):
            line = valid_line(source, draw)
            lines.append(mutated(line, draw) if draw.random() < 0.9 else line)
        verdicts = require_equal(b"\n".join(lines), source)
        accepted, refused = accepted + verdicts[0], refused + verdicts[1]
    # Mutations that are all refused, or all harmless, would prove nothing.
    assert accepted > share // 20
    assert refused > share // 20


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-200, 200).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-200, 200, places=7).map(lambda d: f"{d:f}"),
    st.from_regex(r"-?[0-9.eE+-]{1,12}", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
@example(["-0.0", "-0", "0.0", "00", "1.", "-", "-.5", "1.5.5", "--1"])
@example(["1234567", "12345678", "-12345678", "123456789", "1.234567", "-1.2345678"])
def test_numbers_are_python_s(numbers: list[str]) -> None:
    lines = [
        f'{{"user":"a@b","timestamp":1655564444103,"x":0,"y":0,"z":{number}}}' for number in ["1", *numbers]
    ]
    content = "\n".join(lines).encode()
    require_equal(content, accelerometer.SOURCE)
    sent = dict(enumerate(["1", *numbers], start=1))
    for row in (row for block in read(content, accelerometer.SOURCE) for row in block.accepted.to_pylist()):
        assert str(row["z"]) == str(float(json.loads(sent[row["_line"]])) + 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*TELLING, *b"az"]).map(lambda b: bytes([b])), max_size=60).map(b"".join))
def test_any_text_in_any_column(text: bytes) -> None:
    user = b'{"user":"%s@b","timestamp":1655564444103,"x":0,"y":0,"z":0}'
    serial = b'{"sensorReadingTime":1655564444103,"serialNumber":"%s","distanceFromObject":1}'
    require_equal(b"\n".join([user % b"a", user % text, user % b"a"]), accelerometer.SOURCE)
    fine = serial % SERIALS[0].encode()
    require_equal(b"\n".join([fine, serial % text, fine]), step_trainer.SOURCE)
    unknown = fine[:-1] + b',"more":"%s"}'
    require_equal(b"\n".join([unknown % b"a", unknown % text, unknown % b"\t", fine]), step_trainer.SOURCE)


@pytest.mark.parametrize("block_bytes", [16, 100, 1000, 4096])
def test_blocks_change_no_verdict(block_bytes: int) -> None:
    draw = random.Random(block_bytes)
    lines = [mutated(valid_line(accelerometer.SOURCE, draw), draw) for _ in range(200)]
    content = b"\xef\xbb\xbf" + b"\n".join(lines)
    whole = read(content, accelerometer.SOURCE)
    parts = read(content, accelerometer.SOURCE, block_bytes=block_bytes)
    assert sum(b.lines for b in parts) == sum(b.lines for b in whole)
    assert [r for b in parts for r in b.accepted.to_pylist()] == [
        r for b in whole for r in b.accepted.to_pylist()
    ]
    assert [r for b in parts for r in b.refused.to_pylist()] == [
        r for b in whole for r in b.refused.to_pylist()
    ]


@pytest.mark.data
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_starter_data(source: Source, stedi_data: Path) -> None:
    for file in sorted((stedi_data / source.name / "landing").glob("*.json")):
        content = file.read_bytes()
        assert require_equal(content, source) == (content.count(b"\n"), 0)
