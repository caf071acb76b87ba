"""Readings from text: both formats, any names and units, and every broken line named."""

import math

import pytest

from stedi.detector.plausible import STANDARD_GRAVITY, InputError, Sample
from stedi.detector.samples import LONGEST_LINE, samples
from stedi.ground.errors import UsageError

NAMES = ("t", "x", "y", "z")


def read(
    text: str | bytes,
    columns: tuple[str, str, str, str] = NAMES,
    *,
    time_unit: str = "ms",
    unit: str = "m/s2",
) -> list[Sample]:
    content = text.encode() if isinstance(text, str) else text
    return list(samples(content.splitlines(keepends=True), columns, time_unit=time_unit, unit=unit))


ONE = [Sample(5.0, 1.0, 2.0, 3.0, 1)]
TWO = [Sample(5.0, 1.0, 2.0, 3.0, 2)]


@pytest.mark.parametrize(
    "text, columns, expected",
    [
        ("5,1,2,3", NAMES, ONE),
        ("5;1;2;3\r\n", NAMES, ONE),
        ("5\t1\t2\t3\n", NAMES, ONE),
        ("t,x,y,z\n5,1,2,3\n", NAMES, TWO),
        ("\ufefft, x ,y,z\n5, 1 ,2,3\n", NAMES, TWO),
        ('"T","X","Y","Z"\n"5","1","2","3"\n', NAMES, TWO),
        ("z,y,note,x,Time\n3,2,hello,1,5\n", ("Time", "x", "y", "z"), TWO),
        ("5,3,1,2,3\n", ("1", "3", "4", "5"), ONE),
        ("a,b,c,d,e\n5,3,1,2,3\n", ("1", "3", "4", "5"), TWO),
        ('{"t": 5, "x": 1, "y": 2.0, "z": 3, "more": []}\n', NAMES, ONE),
        ('{"at": "5", "a": "1", "b": 2, "c": 3}', ("at", "a", "b", "c"), ONE),
        ("\n  \nt,x,y,z\n\n5,1,2,3\n\n", NAMES, [Sample(5.0, 1.0, 2.0, 3.0, 5)]),
        ("", NAMES, []),
        ("t,x,y,z\n", NAMES, []),
    ],
)
def test_both_formats(text: str, columns: tuple[str, str, str, str], expected: list[Sample]) -> None:
    assert read(text, columns) == expected


def test_units_become_ms_and_metres_a_second_squared() -> None:
    (sample,) = read("1.5,0,0,1", time_unit="s", unit="g")
    assert (sample.t_ms, sample.z) == (1500.0, STANDARD_GRAVITY)
    assert read("1500,0,0,1", time_unit="us")[0].t_ms == 1.5
    # The clock of a phone in ns has more digits than a float.
    (sample,) = read("1700000000123456789,0,0,1", time_unit="ns")
    assert sample.t_ms == 1700000000123.456789
    assert read('{"t":1700000000123456789,"x":0,"y":0,"z":1}', time_unit="ns")[0].t_ms == sample.t_ms


@pytest.mark.parametrize("missing", ["", "nan", "NaN", "null", " "])
def test_a_missing_value_is_a_drop_out(missing: str) -> None:
    (sample,) = read(f"5,1,{missing},3\n")
    assert math.isnan(sample.y) and sample.z == 3.0
    assert math.isnan(read('{"t": 5, "x": null, "y": 2, "z": NaN}')[0].x)


GOOD = "5,1,2,3\n"
OBJECT = '{"t":5,"x":1,"y":2,"z":3}\n'


@pytest.mark.parametrize(
    "text, told",
    [
        (GOOD + "6,1,2", "line 2 has 3 columns, and column 4 is asked for"),
        (GOOD + "6,1,two,3", "line 2: a value is no number"),
        (GOOD + "nan,1,2,3", "line 2: a value is no number"),
        (GOOD + ",1,2,3", "line 2: a value is no number"),
        (GOOD + "inf,1,2,3", "line 2: a value is no number"),
        (GOOD + "1_000,1,2,3", "line 2: a value is no number"),
        (GOOD + "9" * 400 + ",1,2,3", "line 2: a value is no number"),
        (GOOD.encode() + b"6,1,\xff,3", "line 2 is not text in UTF-8"),
        (GOOD + "6," + "1" * LONGEST_LINE, f"line 2 is longer than {LONGEST_LINE:,} bytes: it is no reading"),
        (OBJECT + "[6,1,2,3]", "line 2 is no JSON object"),
        (OBJECT + '{"t":6', "line 2 is no JSON"),
        (OBJECT + "[" * 60000, "line 2 is no JSON"),
        (OBJECT + '{"t":6,"x":1}', "line 2 lacks 2 of the columns"),
        (OBJECT + '{"t":true,"x":1,"y":2,"z":3}', "line 2: a value is no number"),
        (OBJECT + '{"t":6,"x":[1],"y":2,"z":3}', "line 2: a value is no number"),
        (OBJECT + '{"t":1e999,"x":1,"y":2,"z":3}', "line 2: a value is no number"),
        (OBJECT + '{"t":' + "9" * 400 + ',"x":1,"y":2,"z":3}', "line 2: a value is no number"),
    ],
)
def test_a_broken_line_is_named(text: str | bytes, told: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)
    assert error.value.faults == (told,) and error.value.exit_code == 3


@pytest.mark.parametrize(
    "text, columns, told",
    [
        ("time,x,y,z\n5,1,2,3", NAMES, "has no column t"),
        ('{"time": 5, "x": 1}', NAMES, "has no column t, y, z"),
        ("5,3,1,2,3", NAMES, "has 5 columns and no header"),
        ("5,1,2,3", ("1", "2", "3", "5"), "has 4 columns"),
        ("5,1,2,3", ("0", "1", "2", "3"), "count from 1"),
        ("PK\x03\x04 not a table", NAMES, "has no column"),
    ],
)
def test_a_column_that_is_not_there(text: str, columns: tuple[str, str, str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(text, columns)
