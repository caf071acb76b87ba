"""The simulated fleet: repeatable, declared shapes, and a truth that a plain recount confirms."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from stedi.ground.errors import UsageError
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.records import SHAPES
from stedi_fleet.simulator import Fleet, simulate

SOURCES = {source.name: source for source in (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return simulate(tmp_path_factory.mktemp("fleet"), customers=12, minutes=0.5)


def rows(folder: Path, source: str) -> list[dict]:
    files = sorted((folder / source).rglob("*.json"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


@pytest.mark.parametrize("source", SOURCES)
def test_lines_have_the_declared_keys(fleet: Fleet, source: str) -> None:
    columns = SOURCES[source].landed.columns
    assert SHAPES[source].keys == tuple(column.key for column in columns)
    assert SHAPES[source].identity == SOURCES[source].identity.key
    needed = {column.key for column in columns if column.required}
    for row in rows(fleet.folder, source):
        assert needed <= set(row) <= {column.key for column in columns}
        assert None not in row.values()


@pytest.mark.parametrize("dirty", [False, True], ids=["clean", "dirty"])
def test_same_arguments_same_bytes_in_another_process(tmp_path: Path, dirty: bool) -> None:
    simulate(tmp_path / "here", customers=6, minutes=0.5, seed=3, dirty=dirty)
    code = (
        "import sys; from pathlib import Path; from stedi_fleet.simulator import simulate;"
        f"simulate(Path(sys.argv[1]), customers=6, minutes=0.5, seed=3, dirty={dirty})"
    )
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "there"],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo"},
    )
    assert tree(tmp_path / "here") == tree(tmp_path / "there")


def test_another_seed_gives_another_fleet(tmp_path: Path, fleet: Fleet) -> None:
    other = simulate(tmp_path, customers=12, minutes=0.5, seed=8)
    addresses = {row["email"] for row in rows(fleet.folder, "customer")}
    assert addresses.isdisjoint(row["email"] for row in rows(other.folder, "customer"))


def test_files_that_are_there_are_left_untouched(tmp_path: Path) -> None:
    def touched() -> dict[Path, int]:
        return {f: f.stat().st_mtime_ns for f in tmp_path.rglob("*") if f.is_file()}

    first = simulate(tmp_path, customers=5, minutes=0.5)
    before = touched()
    assert first.written == first.files == len(list(tmp_path.glob("[!t]*/*")))
    assert simulate(tmp_path, customers=5, minutes=0.5).written == 0
    assert touched() == before
    # A call that was cut short is completed by the next.
    lost = next(tmp_path.glob("step_trainer/*"))
    lost.unlink()
    (tmp_path / "truth" / "expected.json").unlink()
    assert simulate(tmp_path, customers=5, minutes=0.5).written == 1
    assert set(touched()) == set(before)


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    simulate(tmp_path / "fleet", customers=5, minutes=0.5)
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="other parameters"):
        simulate(tmp_path / "fleet", customers=5, minutes=0.5, seed=1)
    (tmp_path / "real" / "customer").mkdir(parents=True)
    with pytest.raises(UsageError, match="no fleet's"):
        simulate(tmp_path / "real")
    with pytest.raises(UsageError, match=r"1 customer(.|\n)*0\.5 to 240 minutes"):
        simulate(tmp_path / "none", customers=0, minutes=0.1)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("customers", [5, 12, 24])
def test_every_kind_of_customer_is_there(tmp_path: Path, customers: int) -> None:
    expected = simulate(tmp_path, customers=customers, minutes=0.5).expected
    assert len(expected["customers"]["by_kind"]) == 5
    assert expected["accepted"]["from_consent"]["accelerometer"].keys() == {
        "passed", "before_start", "not_consented",
    }  # fmt: skip


def test_customer_records_follow_the_rules_of_consent(fleet: Fleet) -> None:
    records = rows(fleet.folder, "customer")
    assert all(r["email"].rsplit("@")[1] in ("example.org", "example.com", "example.net") for r in records)
    assert len({r["email"] for r in records}) == len({r["serialNumber"] for r in records}) == 12
    first_reading = min(row["timestamp"] for row in rows(fleet.folder, "accelerometer"))
    for record in records:
        consent = record.get("shareWithResearchAsOfDate")
        assert record["registrationDate"] < first_reading
        assert consent is None or record["registrationDate"] <= consent <= record["lastUpdateDate"]
    without = {r["email"] for r in records if "shareWithResearchAsOfDate" not in r}
    agreed = {r["email"] for r in records if "shareWithResearchAsOfDate" in r}
    assert without & agreed, "some send a record before they agree and another after"
    assert without - agreed, "some never agree"


def sessions(times: list[int]) -> list[list[int]]:
    found = [[times[0]]]
    for before, after in zip(times, times[1:], strict=False):
        found.append([]) if after - before > 30_000 else None
        found[-1].append(after)
    return found


@pytest.mark.parametrize("window", ["from_consent", "whole_history"])
def test_expected_counts_equal_a_recount_of_the_files(fleet: Fleet, window: str) -> None:
    latest = {}
    for record in sorted(rows(fleet.folder, "customer"), key=lambda r: r["lastUpdateDate"]):
        latest[record["email"]] = record
    consents = {email: record.get("shareWithResearchAsOfDate") for email, record in latest.items()}
    agreed = {email: since for email, since in consents.items() if since}
    start = agreed if window == "from_consent" else dict.fromkeys(agreed, 0)

    phone, trainer = defaultdict(list), defaultdict(list)
    for row in rows(fleet.folder, "accelerometer"):
        if row["timestamp"] >= start.get(row["user"], float("inf")):
            phone[row["user"]].append(row["timestamp"])
    owner = {record["serialNumber"]: email for email, record in latest.items()}
    for row in rows(fleet.folder, "step_trainer"):
        email = owner[row["serialNumber"]]
        if email in phone and row["sensorReadingTime"] >= start[email]:
            trainer[email].append(row["sensorReadingTime"])
    covered = [
        session
        for email in phone
        for session in sessions(sorted(phone[email]))
        if any(session[0] <= at <= session[-1] for at in trainer[email])
    ]
    assert fleet.expected["lake"][window] == {
        "customer_trusted": len(agreed),
        "accelerometer_trusted": sum(map(len, phone.values())),
        "step_trainer_trusted": sum(map(len, trainer.values())),
        "customers_curated": len(phone),
        "machine_learning_curated": sum(map(len, covered)),
        "sessions": len(covered),
    }


def test_every_line_has_a_fate(fleet: Fleet) -> None:
    assert json.loads((fleet.folder / "truth" / "expected.json").read_text()) == fleet.expected
    for source in SOURCES:
        lines = fleet.expected["lines"][source]
        assert lines == {"lines": len(rows(fleet.folder, source)), "accepted": lines["lines"], "reasons": {}}
        files = len(list((fleet.folder / source).iterdir()))
        assert fleet.expected["files"][source] == {"files": files, "read": files}
        for fate in fleet.expected["accepted"].values():
            assert sum(fate[source].values()) == lines["accepted"]


def test_truth_names_every_step_and_walk(fleet: Fleet) -> None:
    def told(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((fleet.folder / "truth" / name).read_text().splitlines()))

    steps, walks = told("steps.csv"), told("walks.csv")
    assert fleet.expected["walked"] == {"steps": len(steps), "bouts": len(walks)}
    assert sum(int(walk["steps"]) for walk in walks) == len(steps)
    for walk in walks:
        within = [
            step
            for step in steps
            if step["email"] == walk["email"]
            and int(walk["start_ms"]) <= int(step["step_ms"]) <= int(walk["end_ms"])
        ]
        assert len(within) == int(walk["steps"])
    kinds = Counter(person["kind"] for person in told("customers.csv"))
    assert kinds == fleet.expected["customers"]["by_kind"]
