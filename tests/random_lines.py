"""Lines and envelopes at random, spoilt at random, and both ways of reading them compared."""

import io
import json
import random

import pyarrow as pa

from stedi.landing import accelerometer, step_trainer
from stedi.sources.lines import Block, read_blocks
from stedi.sources.source import Source

LANDED_AT = 1_700_000_000_000
SERIALS = ["50f7b4f3-7af5-4b07-a421-7b902c8d2b7c", "20400202-C1DA-4328-8E94-5BACC7D61ECB"]
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
    if source.has_envelopes and draw.random() < 0.3:
        return valid_envelope(source, draw)
    return single_line(source, draw)


def valid_envelope(source: Source, draw: random.Random) -> bytes:
    """As gateways write them, most in one of few shapes."""
    identity = source.identity.key
    whose = json.loads(single_line(source, draw))[identity]
    items = [json.loads(single_line(source, draw)) for _ in range(draw.choice([0, 1, 1, 2, 3, 5]))]
    for item in items:
        item.pop(identity)
    if items and draw.random() < 0.2:
        items[-1] = draw.choice([None, 5, [], {}, {**items[-1], identity: whose}, {"readings": []}])
    told = {identity: whose, "readings": items}
    if draw.random() < 0.2:
        told = draw.choice([{"sentAt": 5, **told}, {**told, "ok": True}, dict(reversed(told.items()))])
    return json.dumps(told, separators=draw.choice([(",", ":"), (", ", ": ")])).encode()


def single_line(source: Source, draw: random.Random) -> bytes:
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


def told_once(rows: pa.RecordBatch) -> bool:
    """Whether no dictionary tells a text twice: rows are compared by their codes."""
    coded = [column.dictionary for column in rows.columns if pa.types.is_dictionary(column.type)]
    return all(len(texts.unique()) == len(texts) and not texts.null_count for texts in coded)


def require_equal(content: bytes, source: Source) -> tuple[int, int]:
    """Compare both ways of reading; return how many lines were accepted and refused."""
    proved, single = read(content, source), read(content, source, shapes=0)
    for fast, slow in zip(proved, single, strict=True):
        assert fast.accepted.schema == slow.accepted.schema
        assert told_once(fast.accepted) and told_once(slow.accepted)
        assert fast.refused.equals(slow.refused)
        assert (fast.lines, fast.blank, fast.notes) == (slow.lines, slow.blank, slow.notes)
        told = (fast.plain, fast.envelopes, fast.readings)
        assert told == (slow.plain, slow.envelopes, slow.readings)
        # As text: equality holds for -0.0 and 0.0, and dictionaries may tell the same in another order.
        assert str(fast.accepted.to_pylist()) == str(slow.accepted.to_pylist())
        assert fast.lines == fast.plain + fast.envelopes
        assert fast.plain + fast.readings == fast.accepted.num_rows + fast.refused.num_rows + fast.blank
        fast.accepted.validate(full=True)
    return sum(b.accepted.num_rows for b in proved), sum(b.refused.num_rows for b in proved)
