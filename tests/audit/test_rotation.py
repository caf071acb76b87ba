"""A rotated pseudonym key gives other pseudonyms and the same rows; killed anywhere, the lake has one key."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

import preforked
from stedi import audit
from stedi.asking.reader import reading
from stedi.ground.errors import KeyMissingError, UsageError
from stedi.ground.zones import Zone
from stedi.lake.config import Lake, create, opened
from stedi.run.run import run
from stedi.tables import DERIVED, table
from stedi.upkeep.rotation import plan, rotate
from stedi_fleet.simulator import simulate

PSEUDONYMS = ("subject_key", "session", "bucket")

ROTATES = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.upkeep.rotation import rotate
rotate(opened(Path(sys.argv[1])), "pseudonym")
"""


def killed(lake: Lake, point: str) -> None:
    environment = os.environ | {"STEDI_FAILPOINT": point}
    done = preforked.run(ROTATES, lake.root, env=environment)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("point", ["rotation.key_aside", "rotation.marked", "rotation.replaced"])
def test_killed_it_has_one_key_and_rotates_again(lake: Lake, point: str) -> None:
    old = lake.key("pseudonym")
    killed(lake, point)
    found = opened(lake.root).key("pseudonym")
    assert (found == old) == (point == "rotation.key_aside")
    rotate(opened(lake.root), "pseudonym")
    assert opened(lake.root).key("pseudonym") not in (old, found)
    assert not lake.keys.aside("pseudonym").exists()
    events = [json.loads(line)["event"] for line in (lake.root / "audit.ndjson").read_text().splitlines()]
    assert events.count("key_rotation_begun") == 2
    assert events[-1] == "key_rotated"
    audit.verify(lake)


def test_a_lost_key_is_replaced(lake: Lake) -> None:
    lake.keys.path("pseudonym").unlink()
    with pytest.raises(KeyMissingError):
        lake.key("pseudonym")
    rotate(lake, "pseudonym")
    assert opened(lake.root).key("pseudonym")


@pytest.mark.parametrize(
    ("key", "why"), [("suppression", "would come back"), ("audit", "verified"), ("x", "pseudonym")]
)
def test_the_other_keys_stay(lake: Lake, key: str, why: str) -> None:
    before = {path.name: path.read_bytes() for path in lake.keys.folder.iterdir()}
    for refused in (plan, rotate):
        with pytest.raises(UsageError, match=why):
            refused(lake, key)
    assert {path.name: path.read_bytes() for path in lake.keys.folder.iterdir()} == before


def rows(lake: Lake, name: str, without: tuple[str, ...] = ()) -> list[str]:
    import pyarrow.parquet as pq

    with reading(lake) as reader:
        found: list[dict[str, Any]] = []
        for file in reader.files(table(name)):
            found += pq.ParquetFile(file.path).read().to_pylist()
    return sorted(json.dumps({k: v for k, v in r.items() if k not in without}, sort_keys=True) for r in found)


def keys_of(lake: Lake, name: str) -> set[str]:
    return {json.loads(row)["subject_key"] for row in rows(lake, name)}


def test_the_same_rows_under_other_pseudonyms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    simulate(tmp_path / "fleet", customers=6, minutes=0.5)
    lake = create(tmp_path / "lake")
    run(lake, tmp_path / "fleet", settle_s=0)
    curated = [t.name for t in DERIVED if t.zone is Zone.CURATED]
    others = [t.name for t in DERIVED if t.zone is not Zone.CURATED]
    before = {name: rows(lake, name, PSEUDONYMS if name in curated else ()) for name in curated + others}
    old = {name: keys_of(lake, name) for name in curated}

    rotate(lake, "pseudonym")
    # A run that was asked for before the rotation uses the new key.
    assert run(lake, tmp_path / "fleet", settle_s=0).changed
    lake = opened(lake.root)

    assert {n: rows(lake, n, PSEUDONYMS if n in curated else ()) for n in curated + others} == before
    for name in curated:
        assert old[name]
        assert len(keys_of(lake, name)) == len(old[name])
        assert not keys_of(lake, name) & old[name]
    assert not run(lake, tmp_path / "fleet", settle_s=0).changed
    events = [json.loads(line)["event"] for line in (lake.root / "audit.ndjson").read_text().splitlines()]
    assert events == ["lake_created", "run_published", "key_rotation_begun", "key_rotated", "run_published"]
