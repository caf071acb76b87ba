"""A lake of an earlier version is opened, brought up to date by the next run, and equals a new one."""

import fcntl
import json
import shutil
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from make_lake import COUNTS, KEYS, LAKE, ROOT

from stedi import audit
from stedi.engine.parquet import read_parquet
from stedi.erasure.person import rows
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import LAKE_FILE, Lake, opened
from stedi.landing import requests
from stedi.privacy.keys import NAMES, Keys
from stedi.run.run import run
from stedi.sources.placing import place
from stedi.store.opening import store_of
from stedi.store.rows import append_rows, rows_of
from stedi.tables import DERIVED, SOURCES, STAGED, TABLES, table
from stedi_fleet.simulator import simulate

STORED = sorted(Path(__file__).parent.glob("lake-*.tar.xz"))
OF_FILES = {"_file_sha256", "_line", "_item", "landed_at"}
"""Columns that tell of landed files: an erasure changes these."""


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def lake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stored lake, in the one folder where it can lie; whoever else tests waits."""
    monkeypatch.setenv("STEDI_KEYS", str(KEYS))
    with ROOT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(ROOT, ignore_errors=True)
        ROOT.mkdir(mode=0o700)
        try:
            with tarfile.open(request.param) as packed:
                packed.extractall(ROOT, filter="tar")
            yield LAKE
        finally:
            shutil.rmtree(ROOT)


def contents(lake: Lake) -> dict[str, Counter[tuple[Any, ...]]]:
    """The rows of every staged and derived table, without what tells of files."""
    found = {}
    with opened_store(lake) as store:
        for each in (*STAGED, *DERIVED):
            names = [name for name in each.names if name not in OF_FILES]
            found[each.name] = Counter(
                tuple(row.values())
                for file in store.files(each)
                for row in read_parquet(file.path, names).to_pylist()
            )
    return found


def twin(of: Lake, root: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A new lake with the keys, the landed files and the requests of another."""
    own = Keys(keys / of.lake_id)
    own.folder.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(Keys(KEYS / of.lake_id).path(name), own.path(name))
    shutil.copytree(of.landing, root / "landing")
    told = json.loads((of.root / LAKE_FILE).read_text())
    (root / LAKE_FILE).write_text(json.dumps({**told, "root": str(root.resolve())}))
    with opened_store(of) as store:
        asked = rows_of(store, requests.TABLE)
    monkeypatch.setenv("STEDI_KEYS", str(keys))
    lake = opened(root)
    audit.begin(lake)
    store = store_of(lake)
    try:
        store.create(TABLES)
        append_rows(store, requests.TABLE, asked, "copied")
    finally:
        store.close()
    return lake


def test_a_stored_lake_is_brought_up_to_date(
    lake: Path, tmp_path: Path, stedi: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(lake: Path, *command: object) -> Any:
        done = stedi("--lake", lake, *command)
        assert done.code == 0, done.err
        return done

    # As it is.
    release = json.loads(of(lake, "status", "--json").out)["release"]
    assert release >= 4
    for name, count in json.loads((ROOT / COUNTS).read_text()).items():
        told = json.loads(of(lake, "query", "--json", f"select count(*) from {name}").out)
        assert told["rows"] == [[count]], name
    for command in (["check"], ["audit", "verify"], ["snapshots"], ["privacy", "status"], ["plan"]):
        of(lake, *command)

    # A new delivery, and what a new lake makes of all of it.
    simulate(tmp_path / "fleet", customers=2, minutes=0.5, seed=3)
    old = opened(lake)
    place(tmp_path / "fleet", old.landing, SOURCES, key=old.key("suppression"), settle_s=0)
    report = run(old)
    assert report.published and report.release.number == release + 1
    before = contents(old)
    assert len(before["machine_learning_curated"]) > 765
    of(lake, "check")
    fresh = twin(old, tmp_path / "fresh", tmp_path / "keys", monkeypatch)
    run(fresh)
    assert contents(fresh) == before

    # Somebody leaves who was there before.
    email = sorted(row["person"] for row in rows_in_use(fresh))[0]
    now_ms = time.time_ns() // 1_000_000
    carry_out(fresh, "erase", email, clock=lambda: now_ms)
    monkeypatch.setenv("STEDI_KEYS", str(KEYS))
    certificate = carry_out(old, "erase", email, clock=lambda: now_ms).certificate
    assert certificate is not None and certificate["proof"]["clean"]
    assert verify(old, email).clean
    assert contents(old) == contents(fresh) != before
    assert not run(old).published
    of(lake, "check")


def rows_in_use(lake: Lake) -> list[dict[str, Any]]:
    with opened_store(lake) as store:
        return list(rows(store, table("phone_readings"), ("person",)))


@pytest.mark.parametrize("newer", ["stedi.lake/2", "stedi.lake/10"])
def test_a_lake_of_a_newer_version_is_left_alone(lake: Path, stedi: Callable[..., Any], newer: str) -> None:
    told = json.loads((lake / LAKE_FILE).read_text())
    (lake / LAKE_FILE).write_text(json.dumps({**told, "format": newer}))
    for command in (["status"], ["run"], ["query", "select 1"], ["check"]):
        refused = stedi("--lake", lake, *command)
        assert refused.code == 2
        assert (
            f"A newer version of stedi wrote this lake ({newer}; this one reads stedi.lake/1)" in refused.err
        )
        assert "nothing was read or written" in refused.err
        assert "See which version this is: stedi --version" in refused.err


def test_a_table_with_columns_of_a_newer_version_is_left_alone(lake: Path, stedi: Callable[..., Any]) -> None:
    from pyiceberg.types import StringType

    store = store_of(opened(lake))
    try:
        loaded = store._load(table("customer_trusted"))
        with loaded.update_schema() as update:
            update.add_column("of_tomorrow", StringType())
    finally:
        store.close()
    files = {path: path.stat().st_mtime_ns for path in (lake / "tables").rglob("*") if path.is_file()}
    refused = stedi("--lake", lake, "run")
    assert refused.code == 2
    assert "customer_trusted was made by another version of stedi" in refused.err
    assert "`of_tomorrow` is declared no more" in refused.err
    assert {path: path.stat().st_mtime_ns for path in (lake / "tables").rglob("*") if path.is_file()} == files
