"""Proving many lines at once gives what reading them one by one gives, whatever is sent.

More lines than by default: STEDI_MUTATED_LINES=1000000 pytest tests/sources/test_lines_paths.py
"""

import io
import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.lines import Block, read_blocks
from stedi.sources.source import Source

LANDED_AT = 1_700_000_000_000
MUTATED_LINES = int(os.environ.get("STEDI_MUTATED_LINES", "20000"))
SERIALS = ["50f7b4f3-7af5-4b07-a421-7b902c8d2b7c", "20400202-C1DA-4328-8E94-5BACC7D61ECB"]
SOURCES = {source.name: source for source in (accelerometer.SOURCE, step_trainer.SOURCE, customer.SOURCE)}
# Bytes that mean something in JSON or to a reader of lines, and some that mean nothing.
TELLING = b"{}[]\",:\\0123456789.-+eEnatfu \t\r\n\x00\x07\x7f\x80\xc3\xa9\xed\xff/*@'\xe2\x80\x8b"
FRAGMENTS = [
    b"null", b"true", b"NaN", b"-0.0", b"-0", b"1e3", b"1E-2", b"1e999", b"00", b"0.1e", b"\\u0041",
    b"\\ud800", b'","x":"', b'"x":1,', b'"X":1,', b'"more":1,', b'"more":"a:b",', b'"more":{"a":[1]},',
    b"1655564444", b"1655564444103", b"1655564444103.0", b"165556444410300", b"9223372036854775808",
    b"1700000300000", b"1700000300001", b"123456789.125", b"0.30000000000000004", b"-9.806650161743164",
    b"99999999", b"160.0000", b"//", b"\r", b"  ", b'"null"', b"\xef\xbb\xbf", b"\xed\xa0\x80",
    *(text.encode() for text in ("\u00e9", "\u200b", "\u017f")),
]  # fmt: skip


def valid_line(source: Source, draw: random.Random) -> bytes:
    moment = draw.randint(1_420_070_400_000, LANDED_AT)
    user = draw.choice(["Ana@test.com", "ANA@test.com ", "b.o+c@d.example", "x@y"])
    real = draw.choice(
        ["1.0", "-1.0", "0", "-9.80665", f"{draw.uniform(-160, 160)!r}", f"{draw.random():.6f}"]
    )
    record: dict[str, object]
    if source is accelerometer.SOURCE:
        values = f'"user":"{user}","timestamp":{moment},"x":{real},"y":-1.0,"z":0.0'
    elif source is step_trainer.SOURCE:
        values = (
            f'"sensorReadingTime":{moment},"serialNumber":"{draw.choice(SERIALS)}","distanceFromObject":'
            f"{draw.randint(0, 10_000)}"
        )
    else:
        record = {
            "customerName": draw.choice(["Ana", "O'Neil, B:"]), "email": user, "phone": "1",
            "birthDay": draw.choice(["1980-01-01", "967-01-01"]), "serialNumber": draw.choice(SERIALS),
            "registrationDate": moment, "lastUpdateDate": moment + draw.choice([0, 10**10]),
        }  # fmt: skip
        for key in ("shareWithResearchAsOfDate", "shareWithPublicAsOfDate", "shareWithFriendsAsOfDate"):
            if draw.random() < 0.5:
                record[key] = draw.choice([moment, moment, None, 0, 4_000_000_000_000])
        values = json.dumps(record)[1:-1]
    if draw.random() < 0.1:
        values += draw.choice([',"more":0.5', ',"more":"a"', ',"more":null', ',"MORE":[1]'])
    return f"{{{values}}}".encode()


def mutated(line: bytes, draw: random.Random) -> bytes:
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        at = draw.randrange(len(line) + 1)
        to = min(len(line), at + draw.choice([0, 1, 1, 1, 2, 8]))
        new = draw.choice(
            [b"", bytes([draw.choice(TELLING)]), draw.choice(FRAGMENTS), bytes([draw.randrange(256)])]
        )
        line = line[:at] + new + line[to:]
    return line


def read(content: bytes, source: Source, *, shapes: int = 32, block_bytes: int = 1 << 21) -> list[Block]:
    return list(
        read_blocks(
            io.BytesIO(content), source, landed_at=LANDED_AT, buckets=16,
            block_bytes=block_bytes, shapes=shapes,
        )
    )  # fmt: skip


def require_equal(content: bytes, source: Source) -> tuple[int, int]:
    """Compare both ways of reading; return how many lines were accepted and refused."""
    proved, single = read(content, source), read(content, source, shapes=0)
    for fast, slow in zip(proved, single, strict=True):
        assert fast.accepted.equals(slow.accepted)
        assert fast.refused.equals(slow.refused)
        assert (fast.lines, fast.blank, fast.notes) == (slow.lines, slow.blank, slow.notes)
        # Equality holds for -0.0 and 0.0, so that their signs are compared as text.
        assert str(fast.accepted.to_pylist()) == str(slow.accepted.to_pylist())
        assert fast.lines == fast.accepted.num_rows + fast.refused.num_rows + fast.blank
        fast.accepted.validate(full=True)
    return sum(b.accepted.num_rows for b in proved), sum(b.refused.num_rows for b in proved)


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
