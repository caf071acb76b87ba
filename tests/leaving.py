"""Lakes that own their files, and the people in them who are to leave."""

import gzip
import random
import zlib
from dataclasses import dataclass
from pathlib import Path

from stedi.erasure.bystanders import Others, others
from stedi.erasure.person import Person, person_of, rows
from stedi.erasure.planning import opened_store
from stedi.lake.config import Lake, create
from stedi.prover.people import OwnedDevice, SoughtPerson, traces_of
from stedi.prover.traces import Traces
from stedi.run.run import run
from stedi.sources.content import LandedFile, uncompressed
from stedi.sources.placing import place
from stedi.tables import SOURCES, table

LONG_BYTES = 1 << 20


def landed_lake(root: Path, source: Path, buckets: int = 3) -> Lake:
    """A lake that holds its own copies of some landed files, run once."""
    lake = create(root, buckets=buckets)
    place(source, lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0)
    run(lake)
    return lake


def consenting(lake: Lake, seed: int = 1, count: int = 1) -> list[str]:
    """Some people who have rows in curated."""
    with opened_store(lake) as store:
        people = sorted(row["person"] for row in rows(store, table("phone_readings"), ("person",)))
    return random.Random(seed).sample(people, count)


def traces(lake: Lake, email: str) -> Traces:
    """What tells of a person, looked up while they are there."""
    with opened_store(lake) as store:
        person = person_of(store, email, lake.key("suppression"))
    devices = tuple(OwnedDevice(s.serialnumber, s.begins, s.ends) for s in person.devices)
    return traces_of(lake, [SoughtPerson(frozenset(person.participants), devices)])[0]


def of_others(lake: Lake, *emails: str) -> dict[str, Others]:
    """A digest of everybody else's rows in the tables of use."""
    with opened_store(lake) as store:
        theirs = {
            p for email in emails for p in person_of(store, email, lake.key("suppression")).participants
        }
        return others(lake, store, Person(tuple(sorted(theirs)), (), ()))


def delivered_again(landed: Path, lake: Lake) -> int:
    """Put every readable file into the lake once more: renamed, packed the other way; how many."""
    placed = 0
    for path in sorted(landed.rglob("*")):
        source = path.relative_to(landed).parts[0]
        if not path.is_file() or path.is_symlink() or source == "truth":
            continue
        with LandedFile(path) as file:
            packed = file.compression().value == "gzip"
            try:
                content = uncompressed(file, file.compression()).read()
            except Exception:
                continue  # A broken file; its bytes are nobody's rows.
        folder = lake.landing / source / "again"
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / f"again-{len(list(folder.iterdir()))}.json"
        name.write_bytes(content if packed else gzip.compress(content))
        placed += 1
    return placed


def without_long_lines(landed: Path) -> None:
    """Take lines of a megabyte out of files of sensors, for each is searched long; one of customers stays."""
    for path in (*landed.glob("accelerometer/*.json*"), *landed.glob("step_trainer/*.json*")):
        content = path.read_bytes()
        is_packed = content.startswith(b"\x1f\x8b")
        try:
            lines = (gzip.decompress(content) if is_packed else content).split(b"\n")
        except (EOFError, OSError, zlib.error):
            continue  # A broken file.
        if any(len(line) > LONG_BYTES for line in lines):
            kept = b"\n".join(line for line in lines if len(line) <= LONG_BYTES)
            path.write_bytes(gzip.compress(kept) if is_packed else kept)


@dataclass(frozen=True)
class Said:
    """What a command left."""

    code: int
    out: str
    err: str
