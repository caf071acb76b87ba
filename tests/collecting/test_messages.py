import base64
import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stedi.collecting.messages import PART_BYTES, parse_message, refused_lines
from stedi.landing.step_trainer import SOURCE
from stedi.sources.lines import Block, read_blocks
from stedi.sources.reasons import Reason

SERIAL = "11111111-1111-4111-8111-111111111111"
VICTIM = "22222222-2222-4222-8222-222222222222"
NOW = 1_800_000_000_000
READING = b'{"sensorReadingTime":1700000000000,"distanceFromObject":7}'
VICTIMS = b'{"serialNumber":"%s","sensorReadingTime":1700000000000,"distanceFromObject":7}' % VICTIM.encode()


def landed(payload: bytes) -> list[bytes]:
    return list(parse_message(payload, SERIAL).readings)


def staged(payload: bytes) -> list[Block]:
    stream = io.BytesIO(b"".join(line + b"\n" for line in parse_message(payload, SERIAL).all))
    return list(read_blocks(stream, SOURCE, landed_at=NOW, buckets=4))


def serials(payload: bytes) -> set[str]:
    return {s for block in staged(payload) for s in block.accepted.column("serialnumber").to_pylist()}


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sensorReadingTime": 5, "distanceFromObject": 7}',
        b'{"serialNumber": "somebody else", "sensorReadingTime": 5, "distanceFromObject": 7}',
        b'{"SERIALNUMBER": "somebody else", "sensorReadingTime": 5, "distanceFromObject": 7}',
        b'{"serial\\u004eumber": "somebody else", "sensorReadingTime": 5, "distanceFromObject": 7}',
        b'{"serialNumber": "a", "serialnumber": "b", "sensorReadingTime": 5, "distanceFromObject": 7}',
        b'[{"sensorReadingTime": 5, "distanceFromObject": 7}]',
        b'{"readings": [{"sensorReadingTime": 5, "distanceFromObject": 7}]}',
        b'{"Readings": [{"sensorReadingTime": 5, "distanceFromObject": 7}]}',
        b'{"serialNumber": "x", "readings": [{"distanceFromObject": 7, "sensorReadingTime": 5}]}',
        b'{"readings": [{"distanceFromObject": 7, "sensorReadingTime": 5, "serialNumber": 1}]}',
        b'[{"readings": [{"distanceFromObject": 7, "sensorReadingTime": 5}]}]',
        b'\n {"sensorReadingTime": 5,\r\n "distanceFromObject": 7}\n',
        b'\xef\xbb\xbf{"sensorReadingTime": 5, "distanceFromObject": 7}',
        gzip.compress(b'{"sensorReadingTime": 5, "distanceFromObject": 7}', mtime=0),
    ],
)
def test_a_reading_is_its_topics(payload: bytes) -> None:
    [line] = landed(payload)
    assert b"\n" not in line
    assert json.loads(line) == {"sensorReadingTime": 5, "distanceFromObject": 7, "serialNumber": SERIAL}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
def test_lines_of_json_are_readings_of_the_topic(end: bytes) -> None:
    found = landed(end.join([VICTIMS, READING, VICTIMS]) + end)
    assert [json.loads(line)["serialNumber"] for line in found] == [SERIAL] * 3
    assert landed(gzip.compress(end.join([VICTIMS, READING, VICTIMS]), mtime=0)) == found


def test_an_envelope_is_a_line_a_reading_in_its_order() -> None:
    readings = [{"sensorReadingTime": at, "distanceFromObject": 250.5} for at in (3, 1, 2)]
    found = [json.loads(line) for line in landed(json.dumps({"readings": readings}).encode())]
    assert found == [{**reading, "serialNumber": SERIAL} for reading in readings]


def test_an_envelope_keeps_what_else_it_tells() -> None:
    [line] = landed(b'{"serialNumber":"%s","battery":5,"readings":[%s]}' % (VICTIM.encode(), VICTIMS))
    assert json.loads(line) == {
        "battery": 5, "readings": [json.loads(READING)], "serialNumber": SERIAL,
    }  # fmt: skip


@pytest.mark.parametrize("number", [b"1e3", b"250.10", b"-0", b"12345678901234567890", b"NaN", b"1.0"])
def test_a_number_is_carried_as_it_was_spelt(number: bytes) -> None:
    [line] = landed(b'{"distanceFromObject":' + number + b"}")
    assert b'"distanceFromObject":' + number + b"," in line


def test_a_name_told_twice_stays_told_twice() -> None:
    [line] = landed(b'{"distanceFromObject":1,"distanceFromObject":2}')
    assert line.count(b"distanceFromObject") == 2


def test_text_keeps_its_meaning() -> None:
    [line] = landed('{"note":"\\u2028 \\n ä \\ud83d\\ude00"}'.encode())
    assert json.loads(line)["note"] == "\u2028 \n ä \U0001f600" and b"\n" not in line


REFUSED = [
    (b"no JSON", "BAD_JSON"),
    (b"\xff\xfe", "BAD_UTF8"),
    (b"5", "NOT_AN_OBJECT"),
    (b'"text"', "NOT_AN_OBJECT"),
    (b"[1]", "NOT_AN_OBJECT"),
    (b'[{"a":1},2]', "NOT_AN_OBJECT"),
    (b"{", "BAD_JSON"),
    (b"null", "NOT_AN_OBJECT"),
    (b"one\r\ntwo\n\n  \nthree", "BAD_JSON"),
    (b"[" * 100_000, "TOO_DEEP"),
    (VICTIMS + b"\njunk", "BAD_JSON"),
    (b"junk\n" + VICTIMS, "BAD_JSON"),
    (b"\0\n" + VICTIMS + b"\n\0", "BAD_JSON"),
    (VICTIMS + VICTIMS, "BAD_JSON"),
    (VICTIMS + b" // a comment", "BAD_JSON"),
    (VICTIMS.decode().encode("utf-16"), "BAD_UTF8"),
    (VICTIMS.decode().encode("utf-16-le"), "BAD_JSON"),
    (b'{"readings":[],"readings":[' + VICTIMS + b"]}", "BAD_ENVELOPE"),
    (b'{"readings":{"readings":[' + VICTIMS + b"]}}", "BAD_ENVELOPE"),
    (b'{"readings":[{"readings":[' + VICTIMS + b"]}]}", "BAD_ENVELOPE"),
    (gzip.compress(VICTIMS, mtime=0)[:-4], "BAD_COMPRESSION"),
    (gzip.compress(VICTIMS, mtime=0) + b"junk", "BAD_COMPRESSION"),
    (gzip.compress(b" " * (8 * 1024 * 1024 + 1), mtime=0), "LINE_TOO_LONG"),
    (b'{"note":"' + b"x" * (1 << 20) + b'"}', "LINE_TOO_LONG"),
]


@pytest.mark.parametrize(("payload", "reason"), REFUSED)
def test_what_is_no_reading_is_kept_whole_and_is_nobodys_reading(payload: bytes, reason: str) -> None:
    lines = parse_message(payload, SERIAL)
    assert lines.readings == () and lines.refused
    pieces = []
    for line in lines.refused:
        assert b"\n" not in line and len(line) < 1 << 20
        told = json.loads(line)
        assert told["serialNumber"] == SERIAL
        text = told.get("refusedMessage")
        pieces.append(text.encode() if text is not None else base64.b64decode(told["refusedMessageBase64"]))
    whole = pieces[0] + b"".join(piece[4096:] for piece in pieces[1:])
    assert whole == payload
    blocks = staged(payload)
    assert sum(block.accepted.num_rows for block in blocks) == 0
    assert sum(block.refused.num_rows for block in blocks) == len(lines.refused)
    for block in blocks:
        assert all(SERIAL.encode() in raw for raw in block.refused.column("raw").to_pylist())
        assert set(block.refused.column("reason").to_pylist()) == {reason}


def test_a_message_without_a_serial_number_in_its_topic_says_so() -> None:
    [line] = refused_lines(READING, None, Reason.BAD_SERIAL, "stedi/nobody/readings")
    [block] = read_blocks(io.BytesIO(line), SOURCE, landed_at=NOW, buckets=4)
    assert block.refused.column("reason").to_pylist() == ["BAD_SERIAL"]


def test_a_long_message_is_refused_for_its_own_reason_and_not_for_its_length() -> None:
    payload = b"junk" * PART_BYTES
    assert {reason for block in staged(payload) for reason in block.refused.column("reason").to_pylist()} == {
        "BAD_JSON"
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("UNIT", "MISSING"),
        ("nonsense", "MISSING"),
        (7, "MISSING"),
        (None, "MISSING"),
        ("BAD_UTF8", "BAD_UTF8"),
    ],
)
def test_only_reasons_of_messages_take_the_place_of_another(reason: Any, told: str) -> None:
    """What a device itself says of its line changes no row, and no reason of a reading."""
    said = {"refusedMessage": "x", "refusedReason": reason}
    assert [r for b in staged(json.dumps(said).encode()) for r in b.refused["reason"].to_pylist()] == [told]
    reading = json.dumps({**json.loads(READING), **said}).encode()
    assert sum(block.accepted.num_rows for block in staged(reading)) == 1


@pytest.mark.parametrize("size", [1, 4096, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_parts_of_a_refused_message_overlap(size: int) -> None:
    payload = bytes(200 + n % 50 for n in range(size))
    pieces = [
        base64.b64decode(json.loads(line)["refusedMessageBase64"])
        for line in refused_lines(payload, SERIAL, Reason.BAD_UTF8)
    ]
    assert pieces[0] + b"".join(piece[4096:] for piece in pieces[1:]) == payload


@pytest.mark.parametrize("payload", [b"", b"\n", b"  ", b"[]", b'{"readings": []}'])
def test_nothing_is_no_line(payload: bytes) -> None:
    assert parse_message(payload, SERIAL).all == ()


def test_deep_nesting_within_a_reading_stops_nothing() -> None:
    for depth in range(10, 3000, 97):
        assert serials(b'{"x":' + b"[" * depth + b"]" * depth + b"," + VICTIMS[1:]) <= {SERIAL}


KEYS = st.sampled_from(
    ["serialNumber", "SERIALNUMBER", "serialnumber", "\u017ferialNumber", "readings", "READINGS", "user",
     "sensorReadingTime", "distanceFromObject", "refusedMessage", "refusedReason", "x"]
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([VICTIM, VICTIM.upper(), 1_700_000_000_000, 7, None, "\n", "\r\u2028\0", 10**400, 1e300]),
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(KEYS, inner), max_size=5),
    max_leaves=12,
)
AROUND = st.sampled_from([b"", b"\n", b"\r", b"\r\n", b"\0", b",", b" ", b"\xef\xbb\xbf", b"junk", b"\n//\n"])


def _spelt(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return "{" + ",".join(f"{json.dumps(key)}:{_spelt(held)}" for key, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelt, value)) + "]"
    return json.dumps(value)


PIECES = VALUES.map(lambda value: _spelt(value).encode()) | st.sampled_from([VICTIMS, READING]) | st.binary()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(AROUND, PIECES, AROUND), max_size=4), st.integers(0, 3))
def test_no_message_makes_a_row_of_another_serial(
    pieces: list[tuple[bytes, bytes, bytes]], packing: int
) -> None:
    payload = b"".join(b"".join(piece) for piece in pieces)
    payload = gzip.compress(payload, mtime=0) if packing == 3 else payload
    lines = parse_message(payload, SERIAL)
    assert serials(payload) <= {SERIAL}
    assert all(b"\n" not in line and b"\r" not in line for line in lines.all)
    for block in staged(payload):
        assert block.blank <= block.readings
        told = zip(
            block.refused.column("raw").to_pylist(),
            block.refused.column("envelope_of").to_pylist(),
            strict=True,
        )
        assert all(SERIAL.encode() in raw or of == SERIAL for raw, of in told)
