"""Who is kept out is known by keyed hashes alone, whatever the spelling; a file keeps its lines."""

import base64
import gzip
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stedi.decoding import limits
from stedi.erasure.person_finder import PersonFinder
from stedi.landing import customer, requests
from stedi.privacy.suppression import About, covered_until, device_hash, email_hash, line_hash
from stedi.prover.traces import Kind, Text, Traces
from stedi.schema.arrow import arrow_schema
from stedi.sources.emptying import empty_lines
from stedi.sources.listing import FileState
from stedi.sources.opening import FileChangedError
from stedi.sources.source import Source
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

KEY = b"k" * 32
AT = 1_700_000_000_000
LONG = random.Random(1).randbytes(1_500_000).hex().encode()
ENVELOPE = b'{"user":"a@b", "readings": [ {"x":"},{"}, {"y":[1,{}]} ,null, {"z":1}], "more":[1,2]}'
WITHOUT_SECOND = ENVELOPE.replace(b'{"y":[1,{}]}', b"null")
BIG = b'{"readings":["' + LONG[:900_000] + b'",{},1],"user":"a@b"}'
SERIAL = "0c1a9c4e-1111-4222-8333-0123456789ab"


def row(about: About, hashed: str, begins: int | None = None, ends: int | None = None) -> dict[str, Any]:
    return {
        "request": "r", "kind": requests.ERASE, "requested_at": AT, "about": about.value, "hash": hashed,
        "covers_from": begins, "covers_until": ends,
    }  # fmt: skip


@pytest.fixture
def suppressor() -> Suppressor:
    emails = [row(About.EMAIL, email_hash(e, KEY)) for e in ("ana@test.com", "o'brien@test.com")]
    return Suppressor([*emails, row(About.DEVICE, device_hash(SERIAL, KEY), 10, 20)], KEY)


@pytest.mark.parametrize(
    ("line", "held"),
    [
        (b'{"email": "ana@test.com"', True),
        (b'{"email": " ANA@Test.com ", x', True),
        (b'{"user": "ana\\u0040test.com", x', True),
        (b"user=ana%40test.com;", True),
        (b'{"email": "o\'brien@test.com"', True),
        ('{"user": "ana@test.com"'.encode("utf-16-le"), True),
        (f'{{"serialNumber": "{SERIAL.upper()}"'.encode(), True),
        (SERIAL.replace("-", "").encode(), True),
        (b'{"email": "banana@test.com"', False),
        (b'{"email": "ana@test.com.au"', False),
        (b"@" * 100_000, False),
        (b'"' * 100_000, False),
        (b"a" * 1_000_000, False),
        (b'{"serialNumber": "a' + SERIAL.encode(), True),
        (b"a" * 1_000_000 + SERIAL.encode() + b"f" * 1_000_000, True),
        (b"1234-1234-" + SERIAL.encode(), True),
        (SERIAL.encode()[1:], False),
        (SERIAL.encode()[:-1] + b"g", False),
        (b"x" + SERIAL.replace("-", "").encode() + b"x", True),
        (b"a" + SERIAL.replace("-", "").encode(), False),
    ],
)
def test_refused_lines(suppressor: Suppressor, line: bytes, held: bool) -> None:
    assert suppressor.holds(line) == held


def test_a_refused_line_that_was_taken_out_stays_out_though_it_names_nobody() -> None:
    email = row(About.EMAIL, email_hash("ana@test.com", KEY))
    theirs, named = b'{"user":5,"timestamp":1}', b'{"user":"ana@test.com","x":"Ana Lee"}'
    erasing = Suppressor(
        [email],
        KEY,
        recognises=lambda lines: [
            n for n, raw in enumerate(lines) if b'"timestamp":1}' in raw or b"ana lee" in raw.lower()
        ],
    )
    assert all(erasing.holds(raw) for raw in (theirs, named, b"ana lee"))
    # What an address tells needs no hash of the line.
    assert erasing.need_line_hash([theirs, named, b"ana lee", b"{}"]) == [theirs, b"ana lee"]

    later = Suppressor([email, row(About.LINE, line_hash(theirs, KEY))], KEY)
    assert later.holds(b" " + theirs + b"\r")
    assert not later.holds(theirs.replace(b"5", b"6"))
    assert not later.holds(b"ana lee")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_rows_of_every_source_are_looked_at(suppressor: Suppressor, source: Source) -> None:
    rows = arrow_schema(source.staged).empty_table()
    assert len(suppressor.accepted(source.name, rows)) == 0


def test_readings(suppressor: Suppressor) -> None:
    last = covered_until(AT)
    phone = pa.table(
        {
            "participant": ["ana@test.com"] * 3 + ["bob@test.com"],
            "timestamp": pa.array([AT, last - 1, last, AT], pa.int64()),
        }
    )
    assert suppressor.accepted("accelerometer", phone).tolist() == [True, True, False, False]
    steps = pa.table(
        {"serialnumber": [SERIAL] * 4, "sensorreadingtime": pa.array([9, 10, 19, 20], pa.int64())}
    )
    assert suppressor.accepted("step_trainer", steps).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("updated_at", "counts_from", "consented_at", "kept_out"),
    [
        (AT - 1, AT - 1, None, True),
        (AT, AT, AT + 1, True),
        (AT + 2, AT + 2, AT, True),  # A stale grant in a newer record.
        (AT + 2, AT + 2, AT + 1, False),  # A fresh consent.
        (AT + 2, AT + 2, None, False),  # It may take a fresh consent back.
        (AT + 9, AT + 2, AT + 1, False),  # Its clock is ahead; both consent and landing are from after.
        (AT + 9, AT + 2, AT, True),
        (AT + 9, AT, AT + 1, True),  # It was there before the request.
        (AT + 9, AT + 2, None, True),  # What it takes back is told by its hash: it may be an old one.
        (None, AT + 5, None, True),
    ],
)
def test_records(
    suppressor: Suppressor,
    updated_at: int | None,
    counts_from: int,
    consented_at: int | None,
    kept_out: bool,
) -> None:
    told = {
        "participant": "ana@test.com", "registrationdate": 1, "birthday": "1960-01-01", "customername": "Ana",
        "lastupdatedate": updated_at, "effective_at": counts_from,
        "sharewithresearchasofdate": consented_at, "bucket": 0,
    }  # fmt: skip
    records = pa.Table.from_pylist([told], schema=arrow_schema(customer.TABLE))
    assert suppressor.accepted("customer", records).tolist() == [kept_out]


def test_paths(suppressor: Suppressor) -> None:
    redacted = suppressor.redacted("accelerometer/user=ana@test.com.json")
    assert "ana" not in redacted
    assert redacted.endswith(".json")
    assert suppressor.redacted("accelerometer/user=bob@test.com.json").startswith("accelerometer/user=bob")


def test_nobody_erased_costs_nothing() -> None:
    withdrawn = {**row(About.EMAIL, email_hash("ana@test.com", KEY)), "kind": requests.WITHDRAW}
    assert not Suppressor([withdrawn], KEY)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "places", "after"),
    [
        (b"a\nb\nc\n", {(2, 0)}, b"a\n\nc\n"),
        (b"a\nb", {(2, 0)}, b"a\n\n"),
        (b"a\nb", {(1, 0)}, b"\nb"),
        (b"\xef\xbb\xbfa\r\nb\r\n", {(1, 0)}, b"\xef\xbb\xbf\nb\r\n"),
        (LONG + b"\nb\n" + LONG, {(1, 0), (3, 0)}, b"\nb\n\n"),
        (b"a\n" + ENVELOPE + b"\nb", {(2, 2)}, b"a\n" + WITHOUT_SECOND + b"\nb"),
        (b"a\n" + ENVELOPE + b"\r\nb", {(2, 2), (1, 0)}, b"\n" + WITHOUT_SECOND + b"\r\nb"),
        # What holds nobody's reading any more names nobody either.
        (b"a\n" + ENVELOPE + b"\nb", {(2, 1), (2, 2), (2, 4)}, b"a\n\nb"),
        (b"a\n" + ENVELOPE, {(2, 1), (2, 2), (2, 4)}, b"a\n\n"),
        (LONG + b"\n" + ENVELOPE, {(2, 2)}, LONG + b"\n" + WITHOUT_SECOND),
        (
            BIG + b"\n" + BIG,
            {(2, 2), (1, 2)},
            BIG.replace(b"{}", b"null") + b"\n" + BIG.replace(b"{}", b"null"),
        ),
    ],
)
def test_lines_become_empty(
    tmp_path: Path, content: bytes, places: set[tuple[int, int]], after: bytes, packed: bool
) -> None:
    path = tmp_path / "landed.json"
    path.write_bytes(gzip.compress(content) if packed else content)
    state = FileState.of(path.lstat())
    done = empty_lines(path, state, places, tmp_path)
    assert (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()) == after
    assert done.state == FileState.of(path.lstat())
    with pytest.raises(FileChangedError):
        empty_lines(path, state, places, tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["landed.json"]


def test_a_long_line_of_digits_costs_no_search_for_each_part_of_it(suppressor: Suppressor) -> None:
    assert not suppressor.holds(LONG)
    assert not suppressor._devices  # Nothing in it was hashed.


BOMB = base64.b64encode(gzip.compress(bytes(1 << 20)))
NESTED = base64.b64encode(b"written to ana@test.com by hand")


def test_a_line_that_unpacks_to_too_much_hides_no_other(
    suppressor: Suppressor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused lines are searched many at once, within a bound for what they unpack to."""
    monkeypatch.setattr(limits, "HARMLESS_BYTES", 1 << 18)
    monkeypatch.setattr(limits, "LARGEST_EXPANSION", 2)
    large = [b'{"a":"' + BOMB + b'"' for _ in range(2)]
    lines = [large[0], b"{}", NESTED, large[1], b"bea@test.com", b"ana@test.com", NESTED + b"\r"]
    rows = pa.table({"raw": lines, "envelope_of": pa.nulls(len(lines), pa.string())})
    assert suppressor.refused(rows).tolist() == [False, False, True, False, False, True, True]
    # Not even in one line.
    assert suppressor.holds(large[0] + b',"b":"' + NESTED + b'"')
    finder = PersonFinder(Traces((Text(Kind.EMAIL, "ana@test.com"),)))
    assert finder.which_alone(lines) == [2, 5, 6]
    assert finder.which(lines) == [2, 5, 6]
