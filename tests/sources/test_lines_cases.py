"""The cases of the landing rules, one line each: what is sent, and the verdict."""

import io
import json

import pytest

from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.lines import read_blocks
from stedi.sources.source import Source

LANDED_AT = 1_700_000_000_000  # 2023-11-14T22:13:20Z
SERIAL = "50f7b4f3-7af5-4b07-a421-7b902c8d2b7c"
LONG_TEXT = "a" * 4097
ACCEPTED = "accepted"

READING = '{"user":"Ana@test.com","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":0.0}'
STEP = f'{{"sensorReadingTime":1655564444103,"serialNumber":"{SERIAL}","distanceFromObject":218}}'


def reading(**sent: str) -> str:
    """A phone reading with some values replaced, as they stand in the line."""
    values = {"user": '"Ana@test.com"', "timestamp": "1655564444103", "x": "1.0", "y": "-1.0", "z": "0.0"}
    return "{" + ",".join(f'"{key}":{value}' for key, value in (values | sent).items()) + "}"


def nested(depth: int) -> str:
    return reading(more="[" * depth + "]" * depth)


# fmt: off
PHONE = [
    ("10", "invalid UTF-8", reading(user='"An\udcff@test.com"'), "BAD_UTF8"),
    ("10", "a surrogate in UTF-8", READING.encode().replace(b"Ana", b"\xed\xa0\x80"), "BAD_UTF8"),
    ("10", "NUL padding", READING + "\0\0", "NUL"),
    ("10", "nothing but NUL", "\0\0\0", "NUL"),
    ("12", "CRLF", READING + "\r", ACCEPTED),
    ("12", "lone CR between fields", READING.replace(",", ",\r"), "LONE_CR"),
    ("12", "two lines with a lone CR between", READING + "\r" + READING, "LONE_CR"),
    ("13", "spaces and tabs only", " \t ", "blank"),
    ("13", "nothing but CR", "\r", "blank"),
    ("14", "line over 1 MiB", reading(more='"' + "a" * (1 << 20) + '"'), "LINE_TOO_LONG"),
    ("14", "over 1 MiB of blanks before a reading", " " * ((1 << 20) + 1) + READING, "LINE_TOO_LONG"),
    ("14", "line of 1 MiB", READING[:-1] + " " * ((1 << 20) - len(READING)) + "}", ACCEPTED),
    ("14", "field over 4 KiB", reading(user=f'"{LONG_TEXT}@test.com"'), "FIELD_TOO_LONG"),
    ("14", "unknown field over 4 KiB", reading(more=f'"{LONG_TEXT}"'), "FIELD_TOO_LONG"),
    ("14", "unknown field of 4 KiB", reading(more=f'"{LONG_TEXT[1:]}"'), ACCEPTED),
    ("14", "nested text over 4 KiB", reading(more=f'[["{LONG_TEXT}"]]'), "FIELD_TOO_LONG"),
    ("14", "key over 4 KiB", reading(**{LONG_TEXT: "1"}), "FIELD_TOO_LONG"),
    ("14", "4 KiB in bytes, not characters", reading(more='"' + "é" * 2049 + '"'), "FIELD_TOO_LONG"),
    ("14", "number over 4 KiB", reading(x="0." + "1" * 5000), "FIELD_TOO_LONG"),
    ("15", "CSV", "user,timestamp,x,y,z", "BAD_JSON"),
    ("16", "first line of a pretty-printed object", "{", "BAD_JSON"),
    ("16", "its next line", '  "user": "Ana@test.com",', "BAD_JSON"),
    ("16", "JSON array of readings", f"[{READING}]", "NOT_AN_OBJECT"),
    ("26", "truncated", READING[:-9], "BAD_JSON"),
    ("26", "trailing garbage", READING + "x", "BAD_JSON"),
    ("26", "trailing comma", READING[:-1] + ",}", "BAD_JSON"),
    ("26", "two objects", READING + READING, "BAD_JSON"),
    ("26", "a text that is not opened", READING.replace('Ana@test.com"', ""), "BAD_JSON"),
    ("27", "duplicate key", reading()[:-1] + ',"x":1.0}', "DUPLICATE_KEY"),
    ("27", "keys that differ in case only", reading()[:-1] + ',"X":1.0}', "DUPLICATE_KEY"),
    ("27", "duplicate key written as an escape", reading()[:-1] + ',"\\u0078":1.0}', "DUPLICATE_KEY"),
    ("27", "duplicate key inside a field", reading(more='{"a":1,"A":2}'), "DUPLICATE_KEY"),
    ("28", "key in another case", READING.replace("timestamp", "timeStamp"), ACCEPTED),
    ("28", "key with a letter that only folds to s", READING.replace("user", "u\u017fer"), "MISSING"),
    ("29", "unknown field", reading(battery="0.5"), ACCEPTED),
    ("29", "unknown nested field", reading(more='{"a":[1,{"b":null}]}'), ACCEPTED),
    ("30", "required key missing", READING.replace('"x":1.0,', ""), "MISSING"),
    ("30", "required key null", reading(x="null"), "MISSING"),
    ("31", "single quotes", READING.replace('"', "'"), "BAD_JSON"),
    ("31", "comment", READING + " // note", "BAD_JSON"),
    ("31", "null", "null", "NOT_AN_OBJECT"),
    ("31", "a number", "5", "NOT_AN_OBJECT"),
    ("31", "a text", '"x"', "NOT_AN_OBJECT"),
    ("31", "an empty array", "[]", "NOT_AN_OBJECT"),
    ("31", "an empty object", "{}", "MISSING"),
    ("31", "a tab inside a text", reading(more='"a\tb"'), "BAD_JSON"),
    ("31", "byte order mark in the middle of a file", "\ufeff" + READING, "BAD_JSON"),
    ("32", "nested 16 deep", nested(15), ACCEPTED),
    ("32", "nested 17 deep", nested(16), "TOO_DEEP"),
    ("32", "nested 100,000 deep", nested(100_000), "TOO_DEEP"),
    ("32", "brackets in a text are no nesting", reading(more='"' + "[{\\\"" * 30 + '"'), ACCEPTED),
    ("32", "brackets after a text never closed", reading(more='"\\"' + "[" * 30), "BAD_JSON"),
    ("32", "lone surrogate", reading(user='"a\\ud800@test.com"'), "LONE_SURROGATE"),
    ("32", "lone surrogate in an unknown field", reading(more='["\\udc00"]'), "LONE_SURROGATE"),
    ("32", "lone surrogate in a key", reading(**{"\\udc00": "1"}), "LONE_SURROGATE"),
    ("32", "surrogates in a pair", reading(more='"\\ud83d\\ude00"'), ACCEPTED),
    ("33", "NaN", reading(x="NaN"), "BAD_NUMBER"),
    ("33", "Infinity", reading(x="-Infinity"), "BAD_NUMBER"),
    ("33", "1e999", reading(x="1e999"), "BAD_NUMBER"),
    ("33", "1e999 in quotes", reading(x='"1e999"'), "BAD_NUMBER"),
    ("33", "integer over 2^63", reading(timestamp="9223372036854775808"), "BAD_NUMBER"),
    ("33", "integer of 3,000 digits", reading(timestamp="9" * 3000), "BAD_NUMBER"),
    ("33", "NaN in an unknown field", reading(more="[NaN]"), "BAD_NUMBER"),
    ("33", "boolean as number", reading(x="true"), "BAD_TYPE"),
    ("33", "boolean as time", reading(timestamp="true"), "BAD_TYPE"),
    ("33", "an object as number", reading(x="{}"), "BAD_TYPE"),
    ("33", "leading zero", reading(x="01.0"), "BAD_JSON"),
    ("33", "no digit after the point", reading(x="1."), "BAD_JSON"),
    ("33", "no digit before the point", reading(x=".5"), "BAD_JSON"),
    ("33", "plus sign", reading(x="+1.0"), "BAD_JSON"),
    ("33", "minus alone", reading(x="-"), "BAD_JSON"),
    ("34", "digits in quotes", reading(timestamp='"1655564444103"', x='"-1.5"'), ACCEPTED),
    ("34", "Arabic digits in quotes", reading(timestamp='"١٦٥٥٥٦٤٤٤٤١٠٣"'), "BAD_INSTANT"),
    ("34", "time with .0", reading(timestamp="1655564444103.0"), ACCEPTED),
    ("34", "time with an exponent", reading(timestamp="1.655564444103e12"), ACCEPTED),
    ("34", "a hair off a millisecond", reading(timestamp="1655564444102.99999999999"), "FRACTION"),
    ("34", "a hair off, in quotes", reading(timestamp='"1655564444103.0000001"'), "FRACTION"),
    ("33", "below all floats but 0", reading(x="1e-400"), "BAD_NUMBER"),
    ("34", "half a millisecond", reading(timestamp="1655564444103.5"), "FRACTION"),
    ("34", "half a millisecond in quotes", reading(timestamp='"1655564444103.5"'), "FRACTION"),
    ("35", "seconds with milliseconds as a fraction", reading(timestamp="1655564444.103"), "UNIT"),
    ("35", "the same in quotes", reading(timestamp='"1655564444.103"'), "UNIT"),
    ("35", "microseconds with a fraction", reading(timestamp="1655564444103123.5"), "UNIT"),
    ("35", "seconds", reading(timestamp="1655564444"), "UNIT"),
    ("35", "microseconds", reading(timestamp="1655564444103000"), "UNIT"),
    ("35", "nanoseconds", reading(timestamp="1655564444103000000"), "UNIT"),
    ("36", "time 0", reading(timestamp="0"), "BAD_INSTANT"),
    ("36", "negative time", reading(timestamp="-1655564444103"), "BAD_INSTANT"),
    ("36", "last millisecond of 2014", reading(timestamp="1420070399999"), "BAD_INSTANT"),
    ("36", "first millisecond of 2015", reading(timestamp="1420070400000"), ACCEPTED),
    ("36", "5 minutes after landing", reading(timestamp="1700000300000"), ACCEPTED),
    ("36", "a millisecond more", reading(timestamp="1700000300001"), "FUTURE"),
    ("37", "ISO time with Z", reading(timestamp='"2022-06-18T15:00:44.103Z"'), ACCEPTED),
    ("37", "ISO time with a zone", reading(timestamp='"2022-06-18T17:00:44.103+02:00"'), ACCEPTED),
    ("37", "ISO time without a zone", reading(timestamp='"2022-06-18T15:00:44.103"'), "BAD_INSTANT"),
    ("37", "ISO time with microseconds", reading(timestamp='"2022-06-18T15:00:44.103001Z"'), "FRACTION"),
    ("37", "30 February", reading(timestamp='"2022-02-30T15:00:44Z"'), "BAD_INSTANT"),
    ("37", "a day only", reading(timestamp='"2022-06-18"'), "BAD_INSTANT"),
    ("37", "no time at all", reading(timestamp='"yesterday"'), "BAD_INSTANT"),
    ("38", "x, y, z only -1, 0, 1", READING, ACCEPTED),
    ("39", "axis of 160", reading(x="160", y="-160.0"), ACCEPTED),
    ("39", "axis beyond 160", reading(x="160.0000001"), "OUT_OF_RANGE"),
    ("40", "-0.0", reading(x="-0.0", y="-0"), ACCEPTED),
    ("41", "e-mail in other case, with spaces", reading(user='" ANA@Test.com "'), ACCEPTED),
    ("42", "zero-width character", reading(user='"Ana\\u200b@test.com"'), "BAD_TEXT"),
    ("42", "variation selector", reading(user='"Ana\ufe0f@test.com"'), "BAD_TEXT"),
    ("42", "control character", reading(user='"Ana\\u0007@test.com"'), "BAD_TEXT"),
    ("42", "NUL as an escape", reading(user='"Ana\\u0000@test.com"'), "BAD_TEXT"),
    ("42", "delete character", reading(user='"Ana\x7f@test.com"'), "BAD_TEXT"),
    ("42", "newline at its end", reading(user='"Ana@test.com\\n"'), "BAD_TEXT"),
    ("42", "empty", reading(user='""'), "BAD_TEXT"),
    ("42", "spaces", reading(user='"  "'), "BAD_TEXT"),
    ("42", "the word null", reading(user='"NULL"'), "BAD_TEXT"),
    ("42", "no @", reading(user='"ana.test.com"'), "BAD_EMAIL"),
    ("42", "two @", reading(user='"ana@home@test.com"'), "BAD_EMAIL"),
    ("42", "space inside", reading(user='"ana maria@test.com"'), "BAD_EMAIL"),
    ("42", "number as user", reading(user="5"), "BAD_TYPE"),
    ("46", "markup and a lookup in an address", reading(user='"${jndi:x}<script>@test.com"'), "BAD_EMAIL"),
]

STEPS = [
    ("39", "distance 0", STEP.replace("218", "0"), ACCEPTED),
    ("39", "distance below 0", STEP.replace("218", "-1"), "OUT_OF_RANGE"),
    ("39", "distance of 10,000", STEP.replace("218", "10000"), ACCEPTED),
    ("39", "distance over 10,000", STEP.replace("218", "10000.01"), "OUT_OF_RANGE"),
    ("43", "serial in upper case", STEP.replace(SERIAL, SERIAL.upper()), ACCEPTED),
    ("43", "serial not a UUID", STEP.replace(SERIAL, SERIAL[:-1]), "BAD_SERIAL"),
    ("43", "serial in braces", STEP.replace(SERIAL, "{" + SERIAL + "}"), "BAD_SERIAL"),
    ("43", "serial a number", STEP.replace(f'"{SERIAL}"', "50"), "BAD_TYPE"),
]

CUSTOMER = {
    "customerName": "Ana", "email": "Ana@test.com", "phone": "1", "birthDay": "1980-01-01",
    "serialNumber": SERIAL, "registrationDate": 1655564376361, "lastUpdateDate": 1655564376361,
    "shareWithResearchAsOfDate": 1655564376361,
}
CUSTOMERS = [
    ("44", "birthday 967-01-01", CUSTOMER | {"birthDay": "967-01-01"}, "birthday_implausible"),
    ("44", "birthday 1960-02-30", CUSTOMER | {"birthDay": "1960-02-30"}, "birthday_implausible"),
    ("44", "birthday in the future", CUSTOMER | {"birthDay": "2023-11-15"}, "birthday_implausible"),
    ("44", "birthday on the day of landing", CUSTOMER | {"birthDay": "2023-11-14"}, ACCEPTED),
    ("46", "a formula as name", CUSTOMER | {"customerName": "=HYPERLINK(1)"}, ACCEPTED),
    ("46", "a script as name", CUSTOMER | {"customerName": "<script>'; DROP TABLE"}, ACCEPTED),
    ("46", "a terminal escape as name", CUSTOMER | {"customerName": "\x1b[31m"}, ACCEPTED),
    ("42", "no name, for a grant", CUSTOMER | {"customerName": ""}, "BAD_TEXT"),
    ("--", "number as birthday", CUSTOMER | {"birthDay": 5}, "BAD_TYPE"),
]
# fmt: on

ALL = [
    *((accelerometer.SOURCE, *case) for case in PHONE),
    *((step_trainer.SOURCE, *case) for case in STEPS),
    *((customer.SOURCE, n, what, json.dumps(record), verdict) for n, what, record, verdict in CUSTOMERS),
]


def verdict_on(source: Source, line: bytes, shapes: int) -> str:
    good = json.dumps(CUSTOMER) if source is customer.SOURCE else READING
    good = STEP if source is step_trainer.SOURCE else good
    # Between good lines, which teach the fast path and must come through.
    content = "\n".join([good] * 3).encode() + b"\n" + line + b"\n" + good.encode()
    blocks = list(read_blocks(io.BytesIO(content), source, landed_at=LANDED_AT, buckets=16, shapes=shapes))
    assert sum(block.lines for block in blocks) == 5
    accepted = [number for block in blocks for number in block.accepted["_line"].to_pylist()]
    assert {1, 2, 3, 5} <= set(accepted)
    for block in blocks:
        assert block.lines == block.accepted.num_rows + block.refused.num_rows + block.blank
        if block.blank:
            return "blank"
        for refused in block.refused.to_pylist():
            assert (refused["_line"], refused["raw"]) == (4, line[: 1 << 20])
            return str(refused["reason"])
        if block.notes["birthday_implausible"]:
            return "birthday_implausible"
    assert accepted == [1, 2, 3, 4, 5]
    return ACCEPTED


@pytest.mark.parametrize("shapes", [32, 0], ids=["proved", "one by one"])
@pytest.mark.parametrize(
    ("source", "line", "verdict"),
    [(source, line, verdict) for source, _, _, line, verdict in ALL],
    ids=[f"case {number}: {what}" for _, number, what, _, _ in ALL],
)
def test_verdict(source: Source, line: str | bytes, verdict: str, shapes: int) -> None:
    sent = line.encode(errors="surrogateescape") if isinstance(line, str) else line
    assert verdict_on(source, sent, shapes) == verdict
