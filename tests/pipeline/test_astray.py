"""Withdrawals that land in a wrong place or form: a run tells of them, and `status` until they are read."""

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import pytest

from cases import phones, put
from line_cases import GOOD_CUSTOMERS, step
from stedi.asking.reader import reading
from stedi.asking.refusals import refusals
from stedi.asking.status import status
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.sources.astray import OWN_KEYS, customer_keys
from stedi.staging.astray import Unresolved

SERIAL = "50f7b4f3-7af5-4b07-a421-7b902c8d2b7c"
RECORD = {
    "customerName": "Ana Bell", "email": "ana@example.org", "phone": "8015551212", "birthDay": "1960-01-01",
    "serialNumber": SERIAL, "registrationDate": 1655564376361, "lastUpdateDate": 1655565376361,
}  # fmt: skip
LINE = json.dumps(RECORD).encode() + b"\n"
READING = b'{"user":"ana@example.org","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.json", content)
    return packed.getvalue()


CSV = b"id;Customer Name;E-Mail;share_with_research_as_of_date\n1;Ana;ana@example.org;\n"
SNAKE = json.dumps(
    {"email": "ana@example.org", "last_update_date": 1, "share-with-research-as-of-date": None}
)
CUT = gzip.compress(os.urandom(400).hex().encode() + LINE * 300 + os.urandom(4000))[:-700]
BOMB = gzip.compress(LINE + b" " * (20 << 20), 9)

WHOLE = {
    "a CSV": CSV,
    "an array": json.dumps([RECORD]).encode(),
    "zip": zipped(LINE),
    "zip in gzip": gzip.compress(zipped(LINE)),
    "gzip in gzip": gzip.compress(gzip.compress(LINE)),
    "bz2": bz2.compress(LINE),
    "xz": lzma.compress(LINE),
    "UTF-16": LINE.decode().encode("utf-16"),
    "UTF-32": LINE.decode().encode("utf-32-le"),
    "cut gzip": CUT,
    "records of customers": LINE * 3,
    "a bomb": BOMB,
    "many steps and then a record": step(1, 1) * 9000 + LINE,
    "text": b"From: us\nregistrationDate=1, email=ana@example.org\n",
    "base64": base64.b64encode(LINE * 3) + b"\n",
}


@pytest.mark.parametrize("what", WHOLE)
def test_whole_files(lake: Lake, tmp_path: Path, what: str) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/good.json", phones(1))
    put(landing, "accelerometer/x.json", WHOLE[what])
    report = run(lake, landing, settle_s=0)
    (alert,) = report.stage.alerts
    assert "accelerometer/ looks like customer records" in alert
    assert "accelerometer/x.json (the whole file)" in alert
    assert f"stedi --lake {lake.root} quarantine list --customers" in alert
    assert "ana" not in alert.lower().replace("quarantine", "")
    assert _unresolved(lake) == (Unresolved("accelerometer", "accelerometer/x.json", 0),)
    with reading(lake, counts_only=True) as read:
        (found,) = refusals(read, customers=True)
    assert (found.source, found.lines, found.file) == ("accelerometer", 0, "accelerometer/x.json")


LINES = {
    "a record": (LINE, 1),
    "three": (LINE * 3, 3),
    "snake case": (SNAKE.encode() + b"\n", 1),
    "upper case": (LINE.upper(), 1),
    "only a withdrawal": (b'{"email":"ana@example.org","lastUpdateDate":1}\n', 1),
    "an e-mail and a phone": (b'{"email":"ana@example.org","phone":"8"}\n', 1),
    "cut in two": (LINE[:95] + b"\n" + LINE[95:], 2),
    "pretty-printed": (json.dumps(RECORD, indent=1).encode() + b"\n", 6),
    "no UTF-8": (LINE.replace(b"Ana", b"\xff"), 1),
    "two on a line": (LINE[:-1] + LINE, 1),
    "an array on a line": (b"[" + LINE[:-1] + b"]\n", 1),
    "in an envelope": (b'{"user":"ana@example.org","readings":[' + LINE[:-1] + b"," + LINE[:-1] + b"]}\n", 2),
    "a broken envelope": (b'{"email":"x@example.org","birthDay":"1","readings":[' + LINE[:-1] + b"]}\n", 1),
    "escaped": (json.dumps({"body": LINE.decode()}).encode() + b"\n", 1),
    "in base64": (json.dumps({"data": base64.b64encode(LINE).decode()}).encode() + b"\n", 1),
    "a long line": (LINE[:-2] + b',"more":"' + b"a" * (1 << 20) + b'"}\n', 1),
}


@pytest.mark.parametrize("what", LINES)
@pytest.mark.parametrize("source", ["accelerometer", "step_trainer"])
def test_lines_among_good_ones(lake: Lake, tmp_path: Path, what: str, source: str) -> None:
    lines, count = LINES[what]
    if source == "step_trainer" and what == "in an envelope":
        lines = lines.replace(b'"user":"ana@example.org"', f'"serialNumber":"{SERIAL}"'.encode())
    landing = tmp_path / "in"
    good = [phones(n) if source == "accelerometer" else step(n, 1) for n in range(2)]
    put(landing, f"{source}/x.json", good[0] + lines + good[1])
    (alert,) = run(lake, landing, settle_s=0).stage.alerts
    told = "1 line" if count == 1 else f"{count} lines"
    assert f"{source}/x.json ({told})" in alert
    assert _unresolved(lake) == (Unresolved(source, f"{source}/x.json", count),)


ORDINARY = (
    b"{broken}\n" + READING[:-9] + b"\n" + READING.replace(b"1.0", b"NaN") + READING + READING[:-1] + READING
    + b'{"user":"email@example.org","timestamp":"date","x":1,"y":1,"z":"phone"}\n'
    + b'{"email":"ana@example.org","phone":"Pixel","timestamp":1655564444103,"x":1.0,"y":-1.0}\n'
    + b'{"user":"customer@registration.example","timestamp":1655564444,"x":1.0,"y":-1.0,"z":2}\n'
    + b"please mail or phone us\n"
)  # fmt: skip


def test_ordinary_bad_readings_raise_no_alarm(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/a.json", phones(1) + ORDINARY)
    put(landing, "accelerometer/steps.json", step(1, 1) * 20)
    put(landing, "accelerometer/table.json", b"user,timestamp,x,y,z\nana@example.org,1655564444103,1,1,1\n")
    put(landing, "step_trainer/cut.json", gzip.compress(READING * 1000)[:-9])
    report = run(lake, landing, settle_s=0)
    assert report.stage.alerts == []
    assert _unresolved(lake) == ()
    assert sum(entry.quarantined for entry in report.stage.entries) == 8


@pytest.mark.parametrize("name", ["customers/1.json", "Customer/1.json", "kunden/1.json", "stray.json"])
def test_folders_of_no_source(lake: Lake, tmp_path: Path, name: str) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/good.json", phones(1))
    put(landing, name, LINE)
    put(landing, "readings/1.json", READING)
    alerts = run(lake, landing, settle_s=0).stage.alerts
    assert sorted("looks like customer records" in alert for alert in alerts) == [False, True]
    assert all("belongs to no source and was not read" in alert for alert in alerts)


def test_unfinished_files(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/good.json", phones(1))
    put(landing, "accelerometer/a.json.part", LINE[:-30])
    put(landing, "accelerometer/b.json.part", READING)
    put(landing, "customer/c.json.tmp", b"")
    alerts = run(lake, landing, settle_s=0).stage.alerts
    assert [alert.split(" ")[0] for alert in alerts] == ["accelerometer/a.json.part", "customer/c.json.tmp"]
    assert all("a withdrawal of consent may stand in it" in alert for alert in alerts)


def test_fields_of_customers_in_accepted_lines(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(
        landing,
        "customer/c.json",
        GOOD_CUSTOMERS[0] + b'{"email":"a@example.org","readings":[' + LINE[:-1] + b"]}\n",
    )
    put(landing, "accelerometer/a.json", READING[:-2] + b',"lastUpdateDate":1,"email":"b@example.org"}\n')
    alerts = run(lake, landing, settle_s=0).stage.alerts
    assert any("1 line of customer/ hold a list `readings`" in alert for alert in alerts)
    assert any("1 line accepted in accelerometer/ also hold" in alert for alert in alerts)


def test_what_lands_in_the_right_place_is_resolved(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/a.json", LINE)
    put(landing, "accelerometer/b.json", CSV)
    put(landing, "customer/c.json", b"{broken\n" + GOOD_CUSTOMERS[0])
    put(landing, "customer/d.json", CSV)
    first = run(lake, landing, settle_s=0)
    assert len(first.stage.alerts) == 3
    assert len(_unresolved(lake)) == 4
    put(landing, "customer/a.json", LINE)
    put(landing, "accelerometer/b.json", phones(3))
    put(landing, "customer/d.json", GOOD_CUSTOMERS[1])
    run(lake, landing, settle_s=0)
    assert _unresolved(lake) == (Unresolved("customer", "customer/c.json", 1),)


def test_keys_are_known_in_whatever_spelling() -> None:
    for write in (str, str.lower, str.upper, lambda k: "".join(f"_{c}" if c.isupper() else c for c in k)):
        for key in OWN_KEYS:
            assert customer_keys(f'{{"{write(key)}":1}}'.encode()) == {key}
    assert customer_keys(b'"emails": "mailphone birthdayparty"') == set()


def _unresolved(lake: Lake) -> tuple[Unresolved, ...]:
    with reading(lake, counts_only=True) as read:
        return status(read, now_ms=0).unresolved
