"""Who judges what requests leave: whether a lake opens, whose rows differ, which lines are gone."""

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import preforked
from fuzzed_people import Drawn
from keeping import every_byte
from killed import lake_with_keys
from second_search import held
from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.privacy.identity import normalised_email
from stedi.privacy.pseudonyms import subject_key
from stedi.run.run import run
from stedi.tables import DERIVED

OPENS = """
import sys
from stedi.cli.main import _ended

counts = "select count(*) from machine_learning_curated"
for command in (["status"], ["query", counts], ["run", "--settle", "0"]):
    code = _ended(["--lake", sys.argv[1], *command])
    if code not in (0, 3):
        print("REFUSED", code, command)
"""


@dataclass
class Request:
    """A request as it is made, and what came of it.

    Attributes:
        form: How the address is written.
        kind: withdraw or erase.
        text: What stands in the file with the address.
        about: Who is meant, where that is somebody.
        ended: Whether it was carried out; False: it was refused.
        kills: How often it was killed or interrupted.
        resumed: How often it was resumed.
        agreed: Whether the second search found what the certificate says; None: there is none of anybody.
    """

    form: str
    kind: str
    text: bytes
    about: Drawn | None = None
    options: list[str] = field(default_factory=list)
    ended: bool | None = None
    kills: int = 0
    resumed: int = 0
    agreed: bool | None = None


@dataclass
class Faults:
    """What went wrong.

    Attributes:
        told: One text for each.
        broken: Whether the lake at hand can be used no longer.
    """

    told: list[str] = field(default_factory=list)
    broken: bool = False

    def tell(
        self,
        seed: int,
        number: int,
        why: str,
        request: Request | None = None,
        ended: preforked.Ended | None = None,
    ) -> None:
        """Hear of a fault; all is invented, so it may be shown."""
        about = ""
        if request:
            of = request.about.form if request.about else "nobody"
            about = f" {request.kind} {request.options} {request.form!r} of {of!r} {request.text[:80]!r}"
        left = f"\n    exit {ended.returncode}: {ended.stderr[-900:]}" if ended else ""
        self.told.append(f"seed {seed}, request {number}:{about}: {why}{left}")
        print(self.told[-1], file=sys.stderr, flush=True)


def pending(folder: Path) -> list[str]:
    """The requests that are not complete."""
    told = [json.loads(path.read_text()) for path in (folder / "lake" / "procedures").glob("*.json")]
    return [procedure["request"] for procedure in told if procedure["step"] != "complete"]


def state_of(folder: Path) -> dict[str, str]:
    """Every byte of a lake and its keys."""
    return every_byte(folder / "lake") | {f"keys/{k}": v for k, v in every_byte(folder / "keys").items()}


def opens(folder: Path) -> str | None:
    """Why a lake does not open, if it does not."""
    (ended,) = preforked.together([preforked.Job(OPENS, (folder / "lake",))])
    if ended.returncode or "REFUSED" in ended.stdout:
        return f"{ended.stdout[-300:]} {ended.stderr[-900:]}"
    return None


def differing_rows(lake: Lake, twin: Lake, left: Sequence[Drawn]) -> Iterator[tuple[str, int, int]]:
    """Tables in which rows of people who asked for nothing differ: how many are missing, how many more."""
    addresses = {normalised_email(a) for drawn in left for a in (drawn.email, drawn.address_before) if a}
    serials = {drawn.serial for drawn in left if not drawn.shares_device}
    theirs = addresses | {subject_key(a, lake.key("pseudonym")) for a in addresses} | serials
    for found, expected in zip(_tables(lake), _tables(twin), strict=True):
        (name, here), (_, there) = found, expected
        here, there = (Counter(dict(_of_others(rows, theirs))) for rows in (here, there))
        if here != there:
            yield name, sum((there - here).values()), sum((here - there).values())


def _of_others(rows: Counter[tuple[Any, ...]], theirs: set[str]) -> Iterator[tuple[tuple[Any, ...], int]]:
    for row, count in rows.items():
        texts = {normalised_email(cell) for cell in row if isinstance(cell, str)}
        if not texts & theirs:
            yield row, count


def _tables(lake: Lake) -> Iterator[tuple[str, Counter[tuple[Any, ...]]]]:
    with reading(lake) as reader:
        for table in DERIVED:
            rows: Counter[tuple[Any, ...]] = Counter()
            for file in reader.files(table):
                read = pq.ParquetFile(file.path).read(columns=table.names)
                # Whose a disputed device is not, another may say in other words.
                rows.update(
                    tuple(row.values()) for row in read.to_pylist() if row.get("standing") in (None, "owned")
                )
            yield table.name, rows


def lost_lines(lake: Lake, twin: Lake, left: Sequence[Drawn]) -> list[bytes]:
    """Refused lines that tell of nobody who asked, and are gone."""
    gone = _refused(twin) - _refused(lake)
    return [line for line in gone if not any(_tells_of(line, drawn) for drawn in left)]


def _tells_of(line: bytes, drawn: Drawn) -> bool:
    if held(line, drawn.values()):
        return True
    told = (drawn.name, drawn.phone, drawn.birthday, drawn.serial)
    words = [re.escape(text.strip()) for text in told if text.strip()]
    text = line.decode("utf-8", "replace").casefold()
    return any(re.search(rf"(?<!\w){word.casefold()}(?!\w)", text) for word in words)


def _refused(lake: Lake) -> Counter[bytes]:
    with reading(lake) as reader:
        return Counter(
            raw
            for file in reader.stored_files(quarantine.TABLE)
            for raw in pq.ParquetFile(file.path).read(columns=["raw"])["raw"].to_pylist()
        )


def beside_twin(folder: Path, lake: Lake, left: Sequence[Drawn], *, whole: bool) -> Iterator[str]:
    """What differs of others in a lake of the same deliveries without a request; refused lines if `whole`."""
    twin = lake_with_keys(folder / "twin", buckets=1)
    shutil.copytree(folder / "deliveries", twin.landing, dirs_exist_ok=True)
    run(twin, settle_s=0)
    for table, missing, more in differing_rows(lake, twin, left):
        yield f"rows of others differ in {table}: {missing} missing, {more} more"
    for line in lost_lines(lake, twin, left)[:2] if whole else ():
        yield f"a refused line of others is gone: {line!r}"
