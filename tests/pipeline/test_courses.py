"""Random courses through lakes, by a clock that jumps: they end as the plain telling says."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from balance import unbalanced
from contents import contents
from privacy.course_frames import Told, differing, expected_of
from privacy.courses import Course, random_course
from privacy.plain_landing import plain_histories
from stedi.asking.reader import reading
from stedi.erasure.person import Person, request_rows
from stedi.erasure.procedure import carry_out
from stedi.lake.config import Lake, create
from stedi.landing import requests
from stedi.privacy.identity import normalised_email
from stedi.privacy.window import Window
from stedi.run.run import run
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows
from stedi.tables import SOURCES, table

LAKES, MANY = 12, 25
"""Three hundred histories: those of one lake share its clock."""

SHOWN = {
    "consent": ("participant", "person", "state", "start_at", "erased_at"),
    "customer_trusted": ("person",),
    "accelerometer_trusted": ("person", "timestamp"),
    "step_trainer_trusted": ("person", "serialnumber", "sensorreadingtime"),
}


COMMANDS = 2
"""So many requests of a lake are carried out by the command; the others are logged as it logs them."""


def take(lake: Lake, course: Course) -> None:
    """Let everything land, be asked and be run at its time."""
    asked = 0
    for number, clock in enumerate(course.clocks):
        for each in course.of(number, "withdraw"):
            who = each.parsed()["email"]
            asked += 1
            if asked > COMMANDS:
                log(lake, who, name=f"{number}.{asked}", at=max(course.clocks[: number + 1]))
                continue
            carry_out(lake, "withdraw", who, unknown=True, clock=lambda at=clock: at)  # type: ignore[misc]
        for source in SOURCES:
            if lines := course.of(number, source.name):
                folder = lake.landing / source.name
                folder.mkdir(parents=True, exist_ok=True)
                # Blank lines make it another file where the same lands twice.
                content = "".join(each.text() + "\n" for each in lines) + "\n" * number
                (folder / f"{number}.json").write_text(content)
        run(lake, settle_s=0, clock=lambda at=clock: at)  # type: ignore[misc]


def log(lake: Lake, who: str, *, name: str, at: int) -> None:
    """Log a request to withdraw by an address."""
    person = Person((normalised_email(who),), (), ())
    rows = request_rows(person, request=name, kind="withdraw", requested_at=at, key=lake.key("suppression"))
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        append_rows(store, requests.TABLE, rows, "asked")
    finally:
        store.close()


def told_of(lake: Lake) -> Told:
    """What the newest release of a lake holds."""
    told: Told = {}
    with reading(lake) as reader:
        for name, columns in SHOWN.items():
            rows: Counter[Any] = Counter()
            for file in reader.files(table(name)):
                read = pq.ParquetFile(file.path).read(columns=list(columns))
                rows.update(tuple(row[c] for c in columns) for row in read.to_pylist())
            told[name] = rows
        for source, dispositions in reader.release.dispositions.items():
            told[source] = +Counter(dispositions)
    return told


@pytest.mark.parametrize(
    ("seed", "histories", "landings"),
    [(28, 5, 3), *(pytest.param(n, MANY, 0, marks=pytest.mark.long) for n in range(9, 9 + LAKES))],
)
def test_courses_through_a_lake(tmp_path: Path, seed: int, histories: int, landings: int) -> None:
    window = Window.WHOLE_HISTORY if seed % 5 == 0 else Window.FROM_CONSENT
    lake = create(tmp_path / "lake", window=window, buckets=2)
    course = random_course(seed, histories, landings=landings)
    take(lake, course)
    wrong = differing(told_of(lake), expected_of(plain_histories(course), window))
    assert not wrong, wrong
    assert unbalanced(lake) == []
    if histories < MANY:
        return
    updated = contents(lake)
    run(lake, full=True, clock=lambda: course.now)
    assert contents(lake) == updated
