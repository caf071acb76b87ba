import json

import pytest

from stedi.collecting.messages import lines

SERIAL = "11111111-1111-4111-8111-111111111111"


def landed(payload: bytes) -> list[bytes]:
    return list(lines(payload, SERIAL))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sensorReadingTime": 5, "distanceFromObject": 7}',
        b'{"serialNumber": "somebody else", "sensorReadingTime": 5, "distanceFromObject": 7}',
        b'[{"sensorReadingTime": 5, "distanceFromObject": 7}]',
        b'{"readings": [{"sensorReadingTime": 5, "distanceFromObject": 7}]}',
        b'{"serialNumber": "x", "readings": [{"distanceFromObject": 7, "sensorReadingTime": 5}]}',
        b'{"readings": [{"distanceFromObject": 7, "sensorReadingTime": 5, "serialNumber": 1}]}',
        b'\n {"sensorReadingTime": 5,\r\n "distanceFromObject": 7}\n',
    ],
)
def test_a_reading_is_its_topics(payload: bytes) -> None:
    [line] = landed(payload)
    assert b"\n" not in line
    assert json.loads(line) == {"sensorReadingTime": 5, "distanceFromObject": 7, "serialNumber": SERIAL}


def test_an_envelope_is_a_line_a_reading_in_its_order() -> None:
    readings = [{"sensorReadingTime": at, "distanceFromObject": 250.5} for at in (3, 1, 2)]
    found = [json.loads(line) for line in landed(json.dumps({"readings": readings}).encode())]
    assert found == [{**reading, "serialNumber": SERIAL} for reading in readings]


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


@pytest.mark.parametrize(
    "payload", [b"no JSON", b"\xff\xfe", b"5", b'"text"', b"[1]", b'[{"a":1},2]', b"{", b"null"]
)
def test_what_is_no_reading_lands_as_it_came(payload: bytes) -> None:
    assert landed(payload) == [payload]


def test_lines_of_what_is_no_reading_stay_lines() -> None:
    assert landed(b"one\r\ntwo\n\n  \nthree") == [b"one", b"two", b"three"]


@pytest.mark.parametrize("payload", [b"", b"\n", b"  ", b"[]", b'{"readings": []}'])
def test_nothing_is_no_line(payload: bytes) -> None:
    assert landed(payload) == []


def test_deep_nesting_lands_as_it_came() -> None:
    payload = b"[" * 100_000
    assert landed(payload) == [payload]
