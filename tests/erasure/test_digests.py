"""No unkeyed digest of what was erased stays, and what is delivered again is known all the same."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from balance import unbalanced
from leaving import consenting, traces
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.steps import faults
from stedi.lake.config import Lake
from stedi.prover.proof import prove
from stedi.run.run import run
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import Ledger, LedgerEntry


def entries(lake: Lake) -> dict[str, LedgerEntry]:
    with opened_store(lake) as store:
        return {entry.path: entry for entry in Ledger.of(store).entries}


def holds_digest(lake: Lake, digest: str) -> list[str]:
    """Files of the lake and beside its keys that hold a digest, as text or in a table."""
    found = []
    for folder in (lake.root, lake.keys.folder):
        for path in folder.rglob("*"):
            if path.is_file() and digest.encode() in path.read_bytes():
                found.append(str(path))
    if any(digest in str(entry) for entry in entries(lake).values()):
        found.append("landed_files")
    return found


@pytest.fixture
def alone(walked: Lake) -> tuple[Lake, str, bytes]:
    """A lake with a file of one reading, and a copy of it that was refused as a duplicate."""
    lake, (email,) = walked, consenting(walked)
    reading = {"user": email, "timestamp": 1_735_000_000_000, "x": 0.25, "y": -1.5, "z": 9.75}
    content = json.dumps(reading).encode() + b"\n"
    folder = lake.landing / "accelerometer"
    (folder / "single.json").write_bytes(content)
    run(lake)
    (folder / "copy.json.gz").write_bytes(gzip.compress(content))
    run(lake)
    assert entries(lake)["accelerometer/copy.json.gz"].verdict is FileVerdict.DUPLICATE
    return lake, email, content


def test_a_guessed_reading_cannot_be_confirmed(alone: tuple[Lake, str, bytes]) -> None:
    lake, email, content = alone
    digest = hashlib.sha256(content).hexdigest()
    sought = traces(lake, email)
    assert entries(lake)["accelerometer/single.json"].file_sha256 == digest
    carry_out(lake, "erase", email)
    assert holds_digest(lake, digest) == []
    kept = {entries(lake)[f"accelerometer/{name}"].file_sha256 for name in ("single.json", "copy.json.gz")}
    assert len(kept) == 1 and str(kept.pop()).startswith("keyed:")

    # The same file again, twice in one delivery and once later, packed and not: known, and emptied.
    folder = lake.landing / "accelerometer"
    for names in (("again.json", "twice.json.gz"), ("later.json",)):
        for name in names:
            (folder / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        run(lake)
        for name in names:
            entry = entries(lake)[f"accelerometer/{name}"]
            assert entry.verdict is FileVerdict.DUPLICATE
            assert str(entry.file_sha256).startswith("keyed:")
            raw = (folder / name).read_bytes()
            assert (gzip.decompress(raw) if name.endswith("gz") else raw) == b"\n"
        assert holds_digest(lake, digest) == []
    assert faults(prove(lake, [sought])) == []
    assert unbalanced(lake) == []


def test_what_lands_first_after_the_erasure_is_keyed_too(walked: Lake) -> None:
    lake, (email,) = walked, consenting(walked)
    carry_out(lake, "erase", email)
    reading = {"user": email, "timestamp": 1_735_000_000_000, "x": 0.5, "y": -1.5, "z": 9.75}
    content = json.dumps(reading).encode() + b"\n"
    for name in ("new.json", "twin.json", "again.json"):
        (lake.landing / "accelerometer" / name).write_bytes(content)
        if name != "new.json":
            run(lake)
    digest = hashlib.sha256(content).hexdigest()
    assert holds_digest(lake, digest) == []
    found = [entries(lake)[f"accelerometer/{name}"] for name in ("new.json", "twin.json", "again.json")]
    verdicts = sorted(entry.verdict for entry in found)
    assert verdicts == [FileVerdict.DUPLICATE, FileVerdict.DUPLICATE, FileVerdict.READ]
    assert not any((lake.landing / entry.path).read_bytes().strip() for entry in found)


def test_a_file_that_holds_rows_of_others_keeps_its_digest(walked: Lake, tmp_path: Path) -> None:
    lake, (email, other) = walked, consenting(walked, count=2)
    content = b"".join(
        json.dumps({"user": each, "timestamp": 1_735_000_000_000, "x": 0.5, "y": 1.5, "z": 9.5}).encode()
        + b"\n"
        for each in (email, other)
    )
    (lake.landing / "accelerometer" / "both.json").write_bytes(content)
    run(lake)
    digest = hashlib.sha256(content).hexdigest()
    carry_out(lake, "erase", email)
    assert entries(lake)["accelerometer/both.json"].file_sha256 == digest
    carry_out(lake, "erase", other)
    assert holds_digest(lake, digest) == []
    (lake.landing / "accelerometer" / "both-again.json").write_bytes(content)
    run(lake)
    assert not (lake.landing / "accelerometer" / "both-again.json").read_bytes().strip()
    assert holds_digest(lake, digest) == []
    assert unbalanced(lake) == []
