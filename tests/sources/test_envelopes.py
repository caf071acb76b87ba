"""An envelope of readings: each has the verdict it would have as a line, and nothing is lost on the way."""

import io
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line_cases import LINE_CASES, LineCase, phone, step
from random_lines import mutated, require_equal, single_line
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.envelopes import envelope_of, without_readings
from stedi.sources.lines import Block, read_blocks
from stedi.sources.source import Source
from stedi.sources.strict_json import MAX_LINE_BYTES

LANDED_AT = 1_790_000_000_000
SERIAL = "50f7b4f3-7af5-4b07-a421-000000000001"
USER = "person1@example.org"
PHONE, STEPS = accelerometer.SOURCE, step_trainer.SOURCE
OF_THE_LINE = {"BAD_JSON", "BAD_UTF8", "NUL", "LONE_CR", "LINE_TOO_LONG"}


def read(content: bytes, source: Source = STEPS, **how: Any) -> Block:
    # In one block: what stands behind the last newline is another.
    stream = io.BytesIO(content + b"\n")
    (block,) = read_blocks(stream, source, landed_at=LANDED_AT, buckets=16, **how)
    assert block.lines == block.plain + block.envelopes
    assert block.plain + block.readings == block.accepted.num_rows + block.refused.num_rows + block.blank
    return block


def reading(number: int, more: str = "") -> bytes:
    return b'{"sensorReadingTime":%d,"distanceFromObject":218%s}' % (
        1_655_564_444_000 + number,
        more.encode(),
    )


def around(*readings: bytes, head: str = f'"serialNumber":"{SERIAL}"', tail: str = "") -> bytes:
    return b'{%s,"readings":[%s]%s}' % (head.encode(), b",".join(readings), tail.encode())


def told(block: Block) -> list[tuple[int, int | None, str]]:
    """Line, place and verdict of whatever is no blank."""
    accepted = zip(block.accepted["_line"].to_pylist(), block.accepted["_item"].to_pylist(), strict=True)
    refused = [(row["_line"], row["_item"], row["reason"]) for row in block.refused.to_pylist()]
    rows = [*((line, item, "accepted") for line, item in accepted), *refused]
    return sorted(rows, key=lambda row: (row[0], row[1] or 0))


def all_told(content: bytes) -> list[tuple[int, int | None, str]]:
    blocks = read_blocks(io.BytesIO(content), STEPS, landed_at=LANDED_AT, buckets=16)
    return [row for block in blocks for row in told(block)]


GOOD = reading(1)
OTHER = SERIAL.replace("1", "2")

# fmt: off
LINES: dict[str, tuple[bytes, list[tuple[int | None, str]], int]] = {
    # what: (line, place and verdict of whatever is no blank, blanks)
    "good": (around(GOOD, reading(2)), [(1, "accepted"), (2, "accepted")], 0),
    "a line as ever": (step(1, 1)[:-1], [(None, "accepted")], 0),
    "spaced": (b' { "serialNumber" : "%s" , "readings" : [ %s , %s ] } ' % (SERIAL.encode(), GOOD, GOOD),
               [(1, "accepted"), (2, "accepted")], 0),
    "CRLF": (around(GOOD) + b"\r", [(1, "accepted")], 0),
    "readings first": (b'{"readings":[%s],"serialNumber":"%s"}' % (GOOD, SERIAL.encode()),
                       [(1, "accepted")], 0),
    "keys in another case": (around(GOOD).replace(b"serialN", b"SERIALN").replace(b"readings", b"Readings"),
                             [(1, "accepted")], 0),
    "an escaped key": (around(GOOD).replace(b"readings", rb"r\u0065adings"), [(1, "accepted")], 0),
    "unknown fields of the envelope": (around(GOOD, tail=',"sentAt":1,"more":{"a":[1,{}]}'),
                                       [(1, "accepted")], 0),
    "unknown fields of a reading": (around(reading(1, ',"more":{"a":[1,{}],"b":"]}"}'), reading(2)),
                                    [(1, "accepted"), (2, "accepted")], 0),
    "the identity again": (around(reading(1, f',"serialNumber":"{SERIAL.upper()}"')), [(1, "accepted")], 0),
    "no identity again": (around(reading(1, ',"serialNumber":null')), [(1, "accepted")], 0),
    "empty": (around(), [], 0),
    "nulls are blank": (around(b"null", GOOD, b"null"), [(2, "accepted")], 2),

    "another identity": (around(GOOD, reading(2, f',"serialNumber":"{OTHER}"'), reading(3)),
                         [(1, "accepted"), (2, "OTHER_IDENTITY"), (3, "accepted")], 0),
    "no identity of its own": (around(GOOD, reading(2, ',"serialNumber":5')),
                               [(1, "accepted"), (2, "BAD_TYPE")], 0),
    "no objects": (around(GOOD, b"5", b'"x"', b"[]", b"true"),
                   [(1, "accepted"), *((n, "NOT_AN_OBJECT") for n in (2, 3, 4, 5))], 0),
    "a key twice in a reading": (around(GOOD, reading(2, ',"sensorReadingTime":1')),
                                 [(1, "accepted"), (2, "DUPLICATE_KEY")], 0),
    "an envelope in an envelope": (around(GOOD, around(GOOD)), [(1, "accepted"), (2, "BAD_ENVELOPE")], 0),
    "too deep": (around(GOOD, *(reading(n, f',"a":{"[" * n + "]" * n}') for n in (16, 15))),
                 [(1, "accepted"), (2, "TOO_DEEP"), (3, "accepted")], 0),
    "far too deep": (around(GOOD, reading(2, ',"a":' + "[" * 99_999 + "]" * 99_999)),
                     [(1, "accepted"), (2, "TOO_DEEP")], 0),
    "a long field of a reading": (around(GOOD, reading(2, ',"a":"' + "a" * 4097 + '"')),
                                  [(1, "accepted"), (2, "FIELD_TOO_LONG")], 0),

    "no list": (around(GOOD).replace(b"[", b"").replace(b"]", b""), [(None, "BAD_ENVELOPE")], 0),
    "nothing for a list": (around().replace(b"[]", b"null"), [(None, "BAD_ENVELOPE")], 0),
    "nobody's": (around(GOOD, head='"a":1'), [(None, "MISSING")], 0),
    "no serial number": (around(GOOD, head='"serialNumber":"STEDI-1"'), [(None, "BAD_SERIAL")], 0),
    "a key twice in the envelope": (around(GOOD, tail=',"serialnumber":1'), [(None, "DUPLICATE_KEY")], 0),
    "readings twice": (around(GOOD, tail=',"readings":[]'), [(None, "DUPLICATE_KEY")], 0),
    "readings twice, one no list": (around(GOOD, head=f'"readings":5,"serialNumber":"{SERIAL}"'),
                                    [(None, "DUPLICATE_KEY")], 0),
    "fields of a reading beside": (around(GOOD, tail=',"distanceFromObject":1'), [(None, "BAD_ENVELOPE")], 0),
    "NaN in the envelope": (around(GOOD, tail=',"a":NaN'), [(None, "BAD_NUMBER")], 0),
    "a long field of the envelope": (around(GOOD, tail=',"a":"' + "a" * 4097 + '"'),
                                     [(None, "FIELD_TOO_LONG")], 0),
    "too deep in the envelope": (around(GOOD, tail=',"a":' + "[" * 16 + "]" * 16), [(None, "TOO_DEEP")], 0),
    "two glued": (around(GOOD) + around(GOOD), [(None, "BAD_JSON")], 0),
    "cut": (around(GOOD)[:-1], [(None, "BAD_JSON")], 0),
    "cut in a reading": (around(GOOD)[:-9], [(None, "BAD_JSON")], 0),
    "more behind": (around(GOOD) + b"x", [(None, "BAD_JSON")], 0),
    "a comma too many": (around(GOOD, b""), [(None, "BAD_JSON")], 0),
    "a comma too few": (around(GOOD + GOOD), [(None, "BAD_JSON")], 0),
    "other brackets": (around(GOOD)[:-2] + b"}]", [(None, "BAD_JSON")], 0),
    "a reading that is no JSON": (around(GOOD, b"{'a':1}"), [(None, "BAD_JSON")], 0),
    "in a list": (b"[" + around(GOOD) + b"]", [(None, "NOT_AN_OBJECT")], 0),
    "bytes that are no text": (around(GOOD, b'"\xff'), [(None, "BAD_UTF8")], 0),
    "no UTF-8 in a reading": (around(GOOD, b'{"a":"\xff"}'), [(None, "BAD_UTF8")], 0),
    "NUL": (around(GOOD) + b"\0", [(None, "NUL")], 0),
    "a lone CR": (around(GOOD, b"\r" + reading(2)), [(None, "LONE_CR")], 0),
    "too long a line": (around(GOOD, tail=',"a":"' + "a" * MAX_LINE_BYTES + '"'),
                        [(None, "LINE_TOO_LONG")], 0),
}
# fmt: on


@pytest.mark.parametrize(("line", "expected", "blank"), LINES.values(), ids=LINES)
def test_line(line: bytes, expected: list[tuple[int | None, str]], blank: int) -> None:
    block = read(line)
    assert told(block) == [(1, item, verdict) for item, verdict in expected]
    assert block.blank == blank
    assert block.envelopes == all(item is not None for item, _ in expected)
    # Beside others, by whatever way they are read, it has the same verdicts.
    many = b"\n".join(
        [around(GOOD, reading(9)), line, step(1, 2)[:-1], line, around(GOOD), around(GOOD), b""]
    )
    require_equal(many, STEPS)
    assert [(item, what) for n, item, what in all_told(many) if n == 4] == expected


def test_what_is_refused_is_kept_with_whose_it_is() -> None:
    bad, broken = b'{"distanceFromObject": 1}', around(GOOD)[:-1]
    rows = read(
        around(GOOD, bad, head=f'"serialNumber":"{SERIAL.upper()}"') + b"\n" + broken
    ).refused.to_pylist()
    assert rows == [
        {"_line": 1, "_item": 2, "reason": "MISSING", "raw": bad, "envelope_of": SERIAL},
        {"_line": 2, "_item": None, "reason": "BAD_JSON", "raw": broken, "envelope_of": None},
    ]


def test_the_user_is_stored_as_the_envelope_or_the_reading_sent_it() -> None:
    item = b'{"timestamp":1655564444103,"x":1,"y":1,"z":1%s}'
    line = around(item % b"", item % b',"user":"PERSON1@example.org"', head='"user":" Person1@Example.org"')
    rows = read(line, PHONE).accepted.to_pylist()
    assert [row["user"] for row in rows] == [" Person1@Example.org", "PERSON1@example.org"]
    assert {row["participant"] for row in rows} == {USER}


def test_unknown_fields_are_counted_once_an_envelope_and_once_a_reading() -> None:
    line = around(reading(1, ',"battery":1'), reading(2, ',"battery":1'), tail=',"gateway":"a"')
    content = b"\n".join([line] * 3 + [around(), around(tail=',"gateway":"a"')])
    require_equal(content, STEPS)
    assert read(content).notes == {"unknown:battery": 6, "unknown:gateway": 4, "empty_envelope": 2}


def test_customers_have_no_envelopes() -> None:
    line = b'{"email":"a@b.example","readings":[{"email":"c@d.example"}]}'
    block = read(line, customer.SOURCE)
    assert (block.plain, block.envelopes, block.readings) == (1, 0, 0)
    assert block.accepted["email"].to_pylist() == ["a@b.example"]


def in_an_envelope(case: LineCase, line: bytes, verdict: str) -> str:
    """The verdict on a line that stands in an envelope, of which it names the identity or another."""
    if verdict == "blank" or b"\r" in line:
        return {"blank": "BAD_JSON"}.get(verdict, "LONE_CR") if b"\r" not in line else "LONE_CR"
    if line == b"null":
        return "blank"
    if case.number == 30 and b"user" not in line:
        return "accepted"
    others = (b"nobody@", b"ze\xcc\x81@", b"z\xc3\xa9@", b"00000000-")
    return "OTHER_IDENTITY" if any(other in line for other in others) else verdict


@pytest.mark.parametrize(
    ("case", "line", "verdict"),
    [(c, *told) for c in LINE_CASES if c.source != "customer" for told in c.lines],
    ids=[f"{c.number}-{n}" for c in LINE_CASES if c.source != "customer" for n, _ in enumerate(c.lines)],
)
def test_each_case_of_a_line_is_one_of_a_reading(case: LineCase, line: bytes, verdict: str) -> None:
    is_phone = case.source == "accelerometer"
    source, good = (PHONE, phone) if is_phone else (STEPS, step)
    head = f'"user":"{USER}"' if is_phone else f'"serialNumber":"{SERIAL}"'
    first, last = good(case.number, 901)[:-1], good(case.number, 902)[:-1]
    expected = in_an_envelope(case, line, verdict)
    block = read(around(first, line, last, head=head), source)
    # A list that nobody closes takes the rest of the line.
    if expected in OF_THE_LINE or line.count(b"[") != line.count(b"]"):
        assert told(block) == [(1, None, expected)]
    elif expected == "blank":
        assert (told(block), block.blank) == ([(1, 1, "accepted"), (1, 3, "accepted")], 1)
    else:
        middle = "accepted" if expected == "duplicate" else expected
        assert told(block) == [(1, 1, "accepted"), (1, 2, middle), (1, 3, "accepted")]


def rows_of(block: Block) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in row.items() if k not in ("_line", "_item")} for row in block.accepted.to_pylist()
    ]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([PHONE, STEPS]), st.booleans())
def test_an_envelope_gives_the_rows_of_as_many_lines(seed: int, source: Source, spoil: bool) -> None:
    draw = random.Random(seed)
    identity = source.identity.key
    whose = json.loads(single_line(source, draw))[identity]
    items = []
    while len(items) < 8:
        fields = json.loads(single_line(source, draw))
        fields.pop(identity)
        item = json.dumps(fields).encode()
        if spoil and draw.random() < 0.5:
            item = mutated(item, draw)
        # What would be another line, or name somebody, is for the cases above.
        if not {10, 13} & set(item) and item[:1] == b"{" and identity.lower().encode() not in item.lower():
            items.append(item)
    names = f'"{identity}":{json.dumps(whose)}'
    lines = [b"{" + names.encode() + b"," + item[1:] for item in items]
    plain = read(b"\n".join(lines), source)
    if (
        OF_THE_LINE & set(plain.refused["reason"].to_pylist())
        or plain.refused.num_rows + plain.accepted.num_rows < 8
    ):
        require_equal(around(*items, head=names), source)
        return
    enveloped = read(around(*items, head=names), source)
    assert (enveloped.envelopes, enveloped.readings) == (1, 8)
    assert rows_of(enveloped) == rows_of(plain)
    assert enveloped.accepted["_item"].to_pylist() == plain.accepted["_line"].to_pylist()
    assert [(r["_item"], r["reason"], r["raw"]) for r in enveloped.refused.to_pylist()] == [
        (r["_line"], r["reason"], items[r["_line"] - 1]) for r in plain.refused.to_pylist()
    ]


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("more", [0, 100])
def test_a_long_envelope(over: int, more: int) -> None:
    """Of the longest line every reading is read; one byte more, though it be cut off, and none is."""
    head = f'"a":"%s","serialNumber":"{SERIAL}"'
    readings = [reading(n) for n in range((MAX_LINE_BYTES - 200) // (len(GOOD) + 1))]
    short = around(*readings, head=head % "")
    line = around(*readings, head=head % ("x" * (MAX_LINE_BYTES + over - len(short))))
    assert len(line) == MAX_LINE_BYTES + over
    learnt = around(GOOD, reading(2), head=head % "x")
    content = b"\n".join([learnt, line + b"x" * more * over, learnt])
    require_equal(content, STEPS)
    refused = [row for row in all_told(content) if row[2] != "accepted"]
    assert refused == ([(2, None, "LINE_TOO_LONG")] if over else [])
    assert len(all_told(content)) == 4 + (1 if over else len(readings))


def test_readings_that_are_taken_out_leave_the_others_their_place() -> None:
    line = around(GOOD, b" null ", reading(3, ',"a":"]},{"'), tail=',"b":[1]')
    left = without_readings(line, {1})
    assert json.loads(left)["readings"] == [None, None, json.loads(reading(3, ',"a":"]},{"'))]
    assert len(left) == len(line) - len(GOOD) + 4
    assert without_readings(left, {1}) == left
    assert without_readings(left, {3}) == b""
    assert envelope_of(b'{"a":{"readings":[1]}}') is None
