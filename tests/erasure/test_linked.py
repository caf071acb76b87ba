"""Two addresses of one person leave together, and a device that passed on stays its next owner's."""

import json
from pathlib import Path

from balance import unbalanced
from leaving import of_others, traces
from stedi.erasure.finding import derived_rows, in_use
from stedi.erasure.person import person_of
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake, create, opened
from stedi.prover.proof import IN_USE, prove
from stedi.run.run import run
from stedi.upkeep.rotation import rotate

HOUR, DAY = 3_600_000, 86_400_000
BEGAN = 1_700_000_000_000
OLD, NEW, PIA, QUIN = "ana@old.org", "ana@new.org", "pia@test.org", "quin@test.org"
ONE, TWO, THREE = (f"0c1a9c4e-0000-4000-8000-{number:012}" for number in range(3))


def record(email: str, name: str, serial: str, day: int) -> dict[str, object]:
    return {
        "customerName": name, "email": email, "phone": "1", "birthDay": f"1960-01-0{len(name)}",
        "serialNumber": serial, "registrationDate": BEGAN, "lastUpdateDate": BEGAN + day * DAY,
        "shareWithResearchAsOfDate": BEGAN,
    }  # fmt: skip


def landed(lake: Lake) -> None:
    """Ana changed her address; Pia's first device passed to Quin on the tenth day."""
    records = [
        record(OLD, "Ana", ONE, 1), record(NEW, "Ana", ONE, 5),
        record(PIA, "Pia P", TWO, 1), record(PIA, "Pia P", THREE, 9), record(QUIN, "Quin Q", TWO, 10),
    ]  # fmt: skip
    days = (2, 6, 12, 15)
    phone = [
        {"user": user, "timestamp": BEGAN + day * DAY + n, "x": float(n), "y": 0.0, "z": 1.0}
        for user in (OLD, NEW, PIA, QUIN) for day in days for n in range(5)
    ]  # fmt: skip
    steps = [
        {"serialNumber": serial, "sensorReadingTime": BEGAN + day * DAY + n, "distanceFromObject": 100 + n}
        for serial in (ONE, TWO, THREE) for day in (*days, 10) for n in range(5)
    ]  # fmt: skip
    for source, lines in (("customer", records), ("accelerometer", phone), ("step_trainer", steps)):
        (lake.landing / source).mkdir(parents=True)
        (lake.landing / source / "one.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


def left(lake: Lake, *participants: str) -> int:
    """Rows of use that are left of addresses, each asked for alone."""
    with opened_store(lake) as store:
        people = [person_of(store, participant, lake.key("suppression")) for participant in participants]
        return sum(
            loss.rows
            for person in people
            for loss in derived_rows(lake, store, person, in_use(erased=False)).values()
        )


def test_linked_people_and_devices_that_passed_on(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    landed(lake)
    run(lake)
    ana, pia = traces(lake, NEW), traces(lake, PIA)
    assert left(lake, OLD) == left(lake, NEW) > 0
    before = of_others(lake, NEW)

    # Withdrawn under the new address, the readings under the old one leave too.
    certificate = carry_out(lake, "withdraw", NEW).certificate
    assert certificate is not None
    assert certificate["still_told_by"] == ["consent", "devices"]
    assert left(lake, OLD, NEW) == 0
    assert prove(lake, [ana], clean=IN_USE, allowed=("consent", "devices")).clean
    assert verify(lake, OLD) == verify(lake, NEW)
    assert of_others(lake, NEW) == before

    # What Quin's device measured since stays, and what it measured for Pia goes.
    others = of_others(lake, PIA)
    assert carry_out(lake, "erase", PIA).certificate is not None
    assert of_others(lake, PIA) == others
    assert left(lake, QUIN) > 0
    assert prove(lake, [pia]).clean

    # Under another pseudonym key all of that still holds, once what is older has left.
    rotate(lake, "pseudonym")
    lake = opened(lake.root)
    run(lake)
    assert verify(lake, OLD).clean
    assert verify(lake, PIA).clean
    assert left(lake, OLD, NEW, PIA) == 0
    assert prove(lake, [pia, *[traces(lake, PIA)]]).clean
    assert unbalanced(lake) == []
