"""An erasure ends though its person's devices send on, and though they register anew meanwhile."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from line_cases import SERIAL
from stedi.erasure.certificate_formats import as_text
from stedi.erasure.certificate_page import page_of
from stedi.erasure.procedure import carry_out, resume
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import Lake, create
from stedi.run.run import run

MINUTE = 60_000
AT = 1_790_000_000_000
ANA = "ana@test.example"


def record(number: int, email: str, at: int, **changed: object) -> dict[str, object]:
    return {
        "customerName": f"Vorname Nachname{number}", "email": email, "birthDay": f"1970-01-0{number}",
        "serialNumber": SERIAL % number, "registrationDate": at, "lastUpdateDate": at,
        "shareWithResearchAsOfDate": at, **changed,
    }  # fmt: skip


def phone(at: int, email: str = ANA) -> dict[str, object]:
    return {"user": email, "timestamp": at, "x": 0.5, "y": 9.5, "z": 0.25}


def step(at: int, number: int = 1) -> dict[str, object]:
    return {"sensorReadingTime": at, "serialNumber": SERIAL % number, "distanceFromObject": 1000}


def put(lake: Lake, name: str, *lines: dict[str, Any]) -> Path:
    path = lake.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = create(tmp_path / "lake", buckets=2)
    put(
        lake,
        "customer/1.json",
        record(1, ANA, AT - 99 * MINUTE),
        record(2, "bob@test.example", AT - 99 * MINUTE),
    )
    put(lake, "accelerometer/1.json", phone(AT - 50 * MINUTE), phone(AT - 50 * MINUTE, "bob@test.example"))
    put(lake, "step_trainer/1.json", step(AT - 50 * MINUTE), step(AT - 50 * MINUTE, 2))
    run(lake, clock=lambda: AT - 40 * MINUTE)
    yield lake


def erased(lake: Lake, lands: Callable[[], object]) -> dict[str, Any]:
    """The certificate of an erasure asked for at `AT`, ten minutes before it looks at what landed."""
    now = AT

    def tell(told: str) -> None:
        nonlocal now
        if told.startswith("marking"):
            now = AT + 10 * MINUTE
            lands()

    certificate = carry_out(lake, "erase", ANA, tell=tell, clock=lambda: now).certificate
    assert certificate is not None
    return certificate


LATER = {
    "phone readings": ("accelerometer/2.json", [phone(AT + 6 * MINUTE)], 1),
    "step readings": ("step_trainer/2.json", [step(AT + 6 * MINUTE), step(AT + 6 * MINUTE, 2)], 1),
    "an envelope": (
        "step_trainer/2.json",
        [{"serialNumber": SERIAL % 1, "readings": [{**step(AT + 6 * MINUTE + n)} for n in range(3)]}],
        1,
    ),
    "a fresh registration": ("customer/2.json", [record(1, ANA, AT + 6 * MINUTE)], 1),
    "a fresh record without a consent": (
        "customer/2.json", [record(1, ANA, AT + 6 * MINUTE, shareWithResearchAsOfDate=None)], 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LATER)
def test_what_came_after_the_request_stays_and_is_told(what: str, lake: Lake) -> None:
    name, lines, count = LATER[what]
    written: list[bytes] = []
    certificate = erased(lake, lambda: written.append(put(lake, name, *lines).read_bytes()))
    assert certificate["later"] == {"files": 1, "lines": count}
    assert certificate["proof"]["clean"]
    landed = next(zone for zone in certificate["zones"] if zone["zone"] == "landed files")
    assert landed["rows_after"] == count and landed["traces_after"] >= count
    assert (lake.landing / name).read_bytes() == written[0]
    shown = " ".join(as_text(page_of(certificate, "sha256:0", vouched=True)).split())
    assert "none tells of the person, but for" in shown and "should not be" not in shown


COVERED = {
    "readings within five minutes": ("accelerometer/2.json", [phone(AT + 4 * MINUTE)]),
    "step readings within five minutes": ("step_trainer/2.json", [step(AT + 4 * MINUTE)]),
    "a stale copy of the consent": (
        "customer/2.json", [record(1, ANA, AT + 6 * MINUTE, shareWithResearchAsOfDate=AT - MINUTE)],
    ),
    "a refused line": ("accelerometer/2.json", [{**phone(AT + 6 * MINUTE), "x": "no"}]),
}  # fmt: skip


@pytest.mark.parametrize("what", COVERED)
def test_what_the_request_covers_goes_though_it_came_later(what: str, lake: Lake) -> None:
    name, lines = COVERED[what]
    certificate = erased(lake, lambda: put(lake, name, *lines))
    assert certificate["later"] == {"files": 0, "lines": 0}
    assert (lake.landing / name).read_bytes() == b"\n"


def test_a_file_with_a_covered_reading_beside_later_ones_keeps_the_later_ones_alone(lake: Lake) -> None:
    lines = [phone(AT + 6 * MINUTE), phone(AT + 4 * MINUTE), phone(AT + 6 * MINUTE, "bob@test.example")]
    certificate = erased(lake, lambda: put(lake, "accelerometer/2.json", *lines))
    assert certificate["later"] == {"files": 1, "lines": 1}
    left = (lake.landing / "accelerometer/2.json").read_text().splitlines()
    assert [json.loads(line) if line else None for line in left] == [lines[0], None, lines[2]]


def test_a_person_inside_the_line_of_another_is_not_excused(lake: Lake) -> None:
    """The search still finds what nothing here takes for later."""
    line = {**phone(AT + 6 * MINUTE, "bob@test.example"), "note": ANA}
    try:
        certificate = erased(lake, lambda: put(lake, "accelerometer/2.json", line))
    except PrivacyGateError as refused:
        assert any("accelerometer/2.json" in fault for fault in refused.faults)
    else:
        assert certificate["later"] == {"files": 0, "lines": 0}
        assert ANA not in (lake.landing / "accelerometer/2.json").read_text()


def test_resumed_ten_minutes_later_it_ends(lake: Lake) -> None:
    class KilledError(Exception):
        pass

    def dies(told: str) -> None:
        if told.startswith("emptying"):
            raise KilledError

    with pytest.raises(KilledError):
        carry_out(lake, "erase", ANA, tell=dies, clock=lambda: AT)
    put(lake, "accelerometer/2.json", phone(AT + 8 * MINUTE))
    (certificate,) = resume(lake, clock=lambda: AT + 10 * MINUTE)
    assert certificate["later"] == {"files": 1, "lines": 1}
    run(lake, clock=lambda: AT + 11 * MINUTE)
