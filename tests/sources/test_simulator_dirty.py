"""A dirty fleet: every good row is still there, and what was mixed in is counted rightly."""

import gzip
import json
import math
import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from stedi.sources.reasons import Reason
from stedi_fleet.simulator import Fleet, simulate
from stedi_fleet.simulator.file_defects import DRESSES
from stedi_fleet.simulator.line_defects import LINE_DEFECTS, YEAR_2099_MS

SOURCES = ("customer", "accelerometer", "step_trainer")
KEYS = {
    "customer": {
        "customerName", "email", "phone", "birthDay", "serialNumber", "registrationDate", "lastUpdateDate",
        "shareWithResearchAsOfDate", "shareWithPublicAsOfDate", "shareWithFriendsAsOfDate",
    },
    "accelerometer": {"user", "timestamp", "x", "y", "z"},
    "step_trainer": {"sensorReadingTime", "serialNumber", "distanceFromObject"},
}  # fmt: skip
IDENTITY = {"accelerometer": "user", "step_trainer": "serialNumber"}
UUID = re.compile("[0-9a-fA-F-]{36}")
OPTIONAL = {"phone", "birthDay"} | {key for key in KEYS["customer"] if key.startswith("shareWith")}
NAMES = {key.lower(): key for keys in KEYS.values() for key in keys}
TIMES = ("registrationDate", "lastUpdateDate", "timestamp", "sensorReadingTime")
RANGES = {"x": (-160, 160), "y": (-160, 160), "z": (-160, 160), "distanceFromObject": (0, 10_000)}
BROKEN_FILES = ("cut", "sum", "wide", "table", "astray", "again", "bomb")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return simulate(tmp_path_factory.mktemp("clean"), customers=12, minutes=0.5)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return simulate(tmp_path_factory.mktemp("dirty"), customers=12, minutes=0.5, dirty=True)


def content(file: Path) -> bytes:
    data = file.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).removeprefix(b"\xef\xbb\xbf")


def lines(folder: Path, source: str) -> list[bytes]:
    """Physical lines of all files of a source that are whole and its own."""
    found: list[bytes] = []
    for file in sorted((folder / source).rglob("*")):
        if file.is_file() and file.name.split(".")[0] not in BROKEN_FILES:
            data = content(file)
            found += data.removesuffix(b"\n").split(b"\n") if data else []
    return [part for text in found for part in unfolded(text.removesuffix(b"\r"), source)]


class Pairs(list):
    """The pairs of an object, a name told twice kept."""


class Spelt(str):
    """A number as it is spelt."""


def unfolded(text: bytes, source: str) -> list[bytes]:
    """The readings of an envelope as lines, each of whom the envelope names; any other line as it is."""
    identity = IDENTITY.get(source)
    if not identity or len(text) > 1 << 20 or b"[" * 1000 in text:
        return [text]
    try:
        told = json.loads(
            text.decode(), object_pairs_hook=Pairs, parse_int=Spelt, parse_float=Spelt, parse_constant=Spelt
        )
    except ValueError:
        return [text]
    names = [name.lower() for name, _ in told] if isinstance(told, Pairs) else []
    if names.count("readings") != 1 or names.count(identity.lower()) != 1 or len(names) > 3:
        return [text]
    readings, whose = (next(v for n, v in told if n.lower() == k.lower()) for k in ("readings", identity))
    if type(readings) is not list:
        return [text]
    return [reading_line(reading, identity, whose) for reading in readings]


def reading_line(reading: object, identity: str, whose: str) -> bytes:
    if reading is None:
        return b""
    if not isinstance(reading, Pairs):
        return spelt(reading).encode()
    own = [value for name, value in reading if name == identity and isinstance(value, str)]
    if own and type(own[0]) is str and "@" in own[0] and own[0].strip().lower() != whose.strip().lower():
        return b"of another"
    if own and UUID.fullmatch(own[0]) and own[0].lower() != whose.lower():
        return b"of another"
    return spelt(Pairs(reading if identity in dict(reading) else [*reading, (identity, whose)])).encode()


def spelt(value: object) -> str:
    if isinstance(value, Spelt):
        return str.__str__(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(name)}:{spelt(held)}" for name, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelt, value)) + "]"
    return json.dumps(value)


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    named = {NAMES.get(key.lower(), key): value for key, value in pairs}
    if len(named) < len(pairs):
        raise ValueError("a key twice")
    return named


def row(text: bytes, source: str) -> tuple | None:
    """The row a patient reader finds in a line, or None."""
    if len(text) > 1 << 20 or b"\r" in text or b"\0" in text or b"[[" in text:
        return None
    try:
        values = json.loads(text.decode(), object_pairs_hook=unique)
        if source in IDENTITY and "readings" in {key.lower() for key in values}:
            return None
        given = {key for key, value in values.items() if value is not None}
        if KEYS[source] - OPTIONAL - given:
            return None
        for key in TIMES:
            if key in values:
                values[key] = instant(values[key])
        for key, (least, most) in RANGES.items():
            if key in values and (isinstance(values[key], bool) or not least <= values[key] <= most):
                return None
        for key in ("user", "email"):
            text_of = values.get(key, "@")
            if "@" not in text_of or not text_of.isascii() or len(text_of) > 4096:
                return None
        if "-" not in values.get("serialNumber", "-") or len(values.get("serialNumber", "a" * 36)) != 36:
            return None
    except (ValueError, TypeError, AttributeError):
        return None
    return tuple(sorted((k, v) for k, v in values.items() if k in NAMES.values()))


def instant(value: object) -> int:
    if isinstance(value, str) and "T" in value:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("no zone")
        return round(at.timestamp() * 1000)
    number = float(value)  # type: ignore[arg-type]
    if math.floor(number) != number or not 1_420_070_400_000 <= number < YEAR_2099_MS:
        raise ValueError("no instant")
    return int(number)


@pytest.mark.parametrize("source", SOURCES)
def test_every_good_line_comes_through_byte_for_byte(clean: Fleet, dirty: Fleet, source: str) -> None:
    missing = Counter(lines(clean.folder, source)) - Counter(lines(dirty.folder, source))
    assert not missing


@pytest.mark.parametrize("source", SOURCES)
def test_expected_verdicts_equal_those_of_a_naive_reader(dirty: Fleet, source: str) -> None:
    seen: set[tuple] = set()
    verdicts: Counter[str] = Counter()
    for text in lines(dirty.folder, source):
        found = row(text, source)
        if not text:
            verdict = "blank"
        elif found is None:
            verdict = "quarantined"
        else:
            verdict = "duplicate" if found in seen else "accepted"
            seen.add(found)
        verdicts[verdict] += 1
    expected = dict(dirty.expected["lines"][source])
    reasons = expected.pop("reasons")
    plain = expected.pop("lines") - expected.pop("envelopes", 0)
    assert plain + expected.pop("readings", 0) == verdicts.total()
    assert expected == verdicts
    assert sum(reasons.values()) == verdicts["quarantined"]


@pytest.mark.parametrize("source", SOURCES)
def test_every_line_and_row_has_a_fate(dirty: Fleet, source: str) -> None:
    counts = dirty.expected["lines"][source]
    assert counts["lines"] - counts.get("envelopes", 0) + counts.get("readings", 0) == sum(
        counts[v] for v in ("accepted", "quarantined", "duplicate", "blank") if v in counts
    )
    for fate in dirty.expected["accepted"].values():
        assert sum(fate[source].values()) == counts["accepted"]
    files = dirty.expected["files"][source]
    assert files["files"] == files["read"] + files["quarantined"] + files["duplicate"]
    assert files["files"] == sum(f.is_file() for f in (dirty.folder / source).rglob("*"))


def test_accepted_rows_reach_the_tables(clean: Fleet, dirty: Fleet) -> None:
    """Whoever is known under another spelling counts as themselves, in every window."""
    people = {}
    for text in lines(dirty.folder, "customer"):
        if found := row(text, "customer"):
            record = dict(found)
            for key in (record["email"].strip().lower(), record["serialNumber"].lower()):
                if record["lastUpdateDate"] >= people.get(key, record)["lastUpdateDate"]:
                    people[key] = record
    for window, lake in dirty.expected["lake"].items():
        for source, identity in (("accelerometer", "user"), ("step_trainer", "serialNumber")):
            fates: dict[str, int] = defaultdict(int)
            for reading in {row(text, source) for text in lines(dirty.folder, source)} - {None}:
                values = dict(reading)
                owner = people.get(values[identity].strip().lower())
                since = owner and owner.get("shareWithResearchAsOfDate")
                at = values.get("timestamp") or values.get("sensorReadingTime")
                if not owner:
                    fates["no_owner"] += 1
                elif not since:
                    fates["not_consented"] += 1
                elif window == "from_consent" and at < since:
                    fates["before_start"] += 1
                else:
                    fates["passed"] += 1
            expected = dict(dirty.expected["accepted"][window][source])
            assert lake[f"{source}_trusted"] == expected["passed"]
            expected["passed"] += expected.pop("no_accelerometer", 0)
            assert expected == fates
        assert lake["machine_learning_curated"] > clean.expected["lake"][window]["machine_learning_curated"]
        assert lake["sessions"] == clean.expected["lake"][window]["sessions"]
        hostile = 3
        assert lake["customer_trusted"] == clean.expected["lake"][window]["customer_trusted"] + hostile


def test_every_defect_occurs_and_names_a_verdict(dirty: Fleet) -> None:
    told = dirty.expected["defects"]
    assert {defect.name for defect in LINE_DEFECTS} < told["lines"].keys()
    for defect in [*told["lines"].values(), *told["files"].values()]:
        assert sum(defect["by_source"].values()) > 0
        assert defect["verdict"] in {*Reason, "accepted", "duplicate", "blank", "read"}
    # What only a real disk or the clock can show is left to the reader's own tests.
    untold = set(Reason) - {d["verdict"] for kind in told.values() for d in kind.values()}
    assert untold == {
        # No defect spoils what a grant shares otherwise: that is told by test_lines_consent.
        Reason.NOT_GIVEN,
        Reason.TEMPORARY, Reason.VANISHED, Reason.NOT_A_FILE, Reason.BAD_NAME, Reason.UNREADABLE,
    }  # fmt: skip


def test_good_files_arrive_in_every_dress(tmp_path: Path) -> None:
    dirty = simulate(tmp_path, customers=120, minutes=0.5, dirty=True)
    assert {name for name, *_ in DRESSES} < dirty.expected["defects"]["files"].keys()


@pytest.mark.parametrize("customers", [1, 2, 5])
def test_a_tiny_dirty_fleet_works_too(tmp_path: Path, customers: int) -> None:
    dirty = simulate(tmp_path, customers=customers, minutes=0.5, dirty=True)
    assert dirty.expected["lines"]["customer"]["quarantined"] > 0
    for file in dirty.folder.rglob("*.json*"):
        if (
            file.name != "bomb.json.gz"
            and file.parent.name != "truth"
            and file.name[:3] not in ("cut", "sum")
        ):
            assert len(content(file)) <= 100 * file.stat().st_size, "no good file looks like a bomb"


def test_no_two_files_are_the_same_but_those_meant_to_be(dirty: Fleet) -> None:
    contents = Counter()
    for file in dirty.folder.rglob("*"):
        meant = file.name.split(".")[0] in {"again", "cut", "sum"} or "truth" in file.parts
        if file.is_file() and not meant:
            contents[content(file)] += 1
    assert set(contents.values()) == {1}
