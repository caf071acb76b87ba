"""A lake that can be put back as it was, runs that are killed at a failpoint, and what to look at then."""

import dataclasses
import os
import shutil
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import preforked
from contents import contents
from deliveries import BEGIN_MS, DAY_MS, Delivery, Line
from stedi import audit
from stedi.asking.reader import reading
from stedi.audit.chain import ENTRY, unsealed
from stedi.audit.head import log_of
from stedi.ground.failpoints import times
from stedi.lake.config import Lake, create, marked, opened
from stedi.landing import requests
from stedi.privacy.keys import NAMES, key_mark
from stedi.run.run import RunReport, run
from stedi.schema.table import Kind
from stedi.store.local import LocalStore
from stedi.tables import TABLES

Row = tuple[object, ...]
Content = dict[str, Counter[Row]]

BUCKETS = 3

RUN = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import run
run(opened(Path(sys.argv[1])), Path(sys.argv[2]), settle_s=0, clock=lambda: int(sys.argv[3]))
"""

OF_THE_FILE = {"landing", "state", "batch"}
"""What a ledger entry tells of where and when a file was met, which differs between lakes."""


def lake_with_keys(folder: Path, buckets: int = BUCKETS) -> Lake:
    """A lake whose keys are those of every other made so: the same person has the same pseudonym."""
    lake = create(folder, buckets=buckets)
    for number, name in enumerate(NAMES):
        key = bytes([number + 1]) * 32
        lake.keys.path(name).write_text(key.hex() + "\n")
        lake = marked(lake, name, key_mark(key, lake.lake_id))
    return lake


@dataclass(frozen=True)
class Stand:
    """A lake and its keys, set aside to be put back in the same place.

    What had landed is left where it is, since a file that is put back is another one; what landed later goes.
    """

    lake: Lake
    folder: Path

    @classmethod
    def of(cls, lake: Lake, folder: Path) -> "Stand":
        """Set aside how a lake stands."""
        shutil.copytree(lake.root, folder / "lake")
        shutil.copytree(lake.keys.folder, folder / "keys")
        return cls(lake, folder)

    def put_back(self) -> Lake:
        """Let the lake stand as it did."""
        landing, known = self.lake.landing, self.folder / "lake" / self.lake.landing.name
        for path in [path for path in landing.rglob("*") if path.is_file()]:
            if not (known / path.relative_to(landing)).exists():
                path.unlink()
        for there, kept in ((self.lake.root, "lake"), (self.lake.keys.folder, "keys")):
            for path in there.iterdir():
                if path.is_dir() and path != landing:
                    shutil.rmtree(path)
                elif path.is_file():
                    path.unlink()
            for path in (self.folder / kept).iterdir():
                if path.is_dir() and path != known:
                    shutil.copytree(path, there / path.name)
                elif path.is_file():
                    shutil.copy2(path, there)
        return opened(self.lake.root)


@dataclass(frozen=True)
class Due:
    """A run that is due: on what landed where, and at which time, UTC ms."""

    landing: Path
    moment_ms: int


def at(lake: Lake, due: Due) -> RunReport:
    """Run a lake."""
    return run(lake, due.landing, settle_s=0, clock=lambda: due.moment_ms)


def killed(lake: Lake, due: Due, failpoint: str) -> bool:
    """Run a lake in a process of its own that dies at a failpoint, if it reaches it."""
    environment = os.environ | {"STEDI_FAILPOINT": failpoint}
    done = preforked.run(RUN, lake.root, due.landing, due.moment_ms, env=environment)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def counted(lake: Lake, due: Due) -> tuple[RunReport, Counter[str]]:
    """Run a lake, and tell how often it reached each failpoint."""
    before = Counter(times)
    report = at(lake, due)
    return report, times - before


def content(lake: Lake) -> Content:
    """All that two lakes which got the same files must agree in: rows, and what became of each file."""
    told = contents(lake)
    with reading(lake) as reader:
        told["ledger"] = Counter(
            tuple(
                (field.name, str(getattr(entry, field.name)))
                for field in dataclasses.fields(entry)
                if field.name not in OF_THE_FILE
            )
            for entry in reader.ledger().entries
        )
        rows = {name: n for name, n in reader.release.rows.items() if name != requests.TABLE.name}
        told["rows"] = Counter({(name,): n for name, n in rows.items()})
        told["release"] = Counter({(reader.release.number, reader.release.next_change_at): 1})
    return told


def differing(found: Content, expected: Content) -> dict[str, tuple[Counter[Row], Counter[Row]]]:
    """By table, the rows that were found and not expected, and those that were expected and not found."""
    rows = {name: (found.get(name, Counter()), expected.get(name, Counter())) for name in found | expected}
    return {name: (there - due, due - there) for name, (there, due) in rows.items() if there != due}


def files_on_disk(lake: Lake) -> set[Path]:
    """Every file in the folder of the tables."""
    return {path for path in lake.warehouse.rglob("*") if path.is_file()}


def files_reached(lake: Lake) -> set[Path]:
    """Every file that some table's metadata leads to."""
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        return {p for table in TABLES if table.kind is Kind.ICEBERG for p in store.reached(table)}
    finally:
        store.close()


def releases_recorded(lake: Lake) -> list[int]:
    """The releases that the audit log tells of, in its order; the log is whole."""
    audit.verify(lake)
    lines = log_of(lake).read_bytes().splitlines(keepends=True)
    entries = [unsealed(line, ENTRY, lake.key("audit")) or {} for line in lines]
    return [entry["release"] for entry in entries if entry["event"] == "run_published"]


def require_as_unkilled(lake: Lake, due: Due, unkilled: Content) -> None:
    """A lake that was resumed is as one that never died, and has nothing left to do."""
    wrong = differing(content(lake), unkilled)
    assert not wrong, wrong
    assert not lake.scratch.exists()
    assert files_on_disk(lake) == files_reached(lake)
    with reading(lake) as reader:
        number = reader.release.number
    assert releases_recorded(lake) == list(range(1, number + 1))
    again = at(lake, due)
    assert not again.changed
    assert again.release.number == number
    wrong = differing(content(lake), unkilled)
    assert not wrong, wrong


FIRST_MS, SECOND_MS, THIRD_MS = (BEGIN_MS + day * DAY_MS for day in (20, 22, 24))


def history() -> list[Delivery]:
    """Three deliveries. With the second Ana withdraws, Ben's grant comes late, Cem's device goes to Dora."""
    serials = [f"00000000-0000-4000-8000-{n:012}" for n in range(4)]
    told = [Delivery(moment) for moment in (FIRST_MS, SECOND_MS, THIRD_MS)]
    first, second, third = (delivery.lines for delivery in told)
    people = list(zip(("ana", "ben", "cem", "dora"), serials, strict=True))
    for number, (name, serial) in enumerate(people):
        consents = BEGIN_MS if name != "ben" else None
        first["customer"].append(record(name, serial, BEGIN_MS, consents))
        for lines, day in ((first, 5), (second, 21), (third, 23)):
            readings(lines, name, serial, BEGIN_MS + day * DAY_MS + number * 1_000)
    broken: Line = {"sensorReadingTime": "soon", "serialNumber": serials[0]}
    first["step_trainer"].append(broken)
    second["customer"] += [
        record("ana", serials[0], SECOND_MS - DAY_MS, None),
        record("ben", serials[1], SECOND_MS - DAY_MS, BEGIN_MS),
        record("cem", serials[3], BEGIN_MS + 10 * DAY_MS, BEGIN_MS),
        record("dora", serials[2], BEGIN_MS + 10 * DAY_MS, BEGIN_MS),
    ]
    # Late, and twice.
    readings(second, "ben", serials[1], BEGIN_MS + 6 * DAY_MS)
    second["accelerometer"] += first["accelerometer"][:2]
    second["step_trainer"].append(broken | {"distanceFromObject": 1})
    third["customer"].append(record("dora", serials[2], THIRD_MS - DAY_MS, None))
    return told


def record(name: str, serial: str, updated_at: int, consents: int | None) -> Line:
    """A line of the website."""
    told: Line = {
        "customerName": name,
        "email": f"{name}@example.com",
        "phone": "5555555555",
        "birthDay": "1970-01-01",
        "serialNumber": serial,
        "registrationDate": BEGIN_MS,
        "lastUpdateDate": updated_at,
    }
    return told | ({"shareWithResearchAsOfDate": consents} if consents else {})


def readings(lines: dict[str, list[Line]], name: str, serial: str, begin: int) -> None:
    """Three readings of phone and device each."""
    for moment in (begin, begin + 100, begin + 200):
        axes = {"x": 1.0, "y": -1.0, "z": 0.5}
        lines["accelerometer"].append({"user": f"{name}@example.com", "timestamp": moment, **axes})
        step: Line = {"sensorReadingTime": moment, "serialNumber": serial, "distanceFromObject": 200}
        lines["step_trainer"].append(step)
