"""Files tell of clocks and units that no reading alone gives away."""

import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from balance import unbalanced
from cases import put
from stedi.asking.reader import reading
from stedi.asking.refusals import refusals
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.sources.records import (
    ACCELEROMETER,
    STEP_TRAINER,
    accelerometer_lines,
    envelopes,
    step_trainer_lines,
)
from stedi.staging import batch as staging
from stedi.staging.reports import StageReport

BOOT_NS = 1_505_000_000_000
T0 = 1_655_564_444_000
SERIALS = [f"50f7b4f3-7af5-4b07-a421-{n:012}" for n in range(3)]
rng = np.random.default_rng(2)


def walk(
    count: int, scale: float = 1.0, gravity: float = 9.80665
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    at_s = np.arange(count) / 50
    up = gravity + 2.5 * np.sin(2 * np.pi * 1.8 * at_s)
    axes = np.column_stack([0.2 * up, 0.97 * up, 0.1 * up]) + rng.normal(0, 0.3, (count, 3))
    return np.round(axes * scale, 4)


def at(begin: int, step: int, count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return begin + np.arange(count, dtype=np.int64) * step


def phone(who: str, moments: "np.ndarray[tuple[int], np.dtype[np.int64]]", **kind: float) -> bytes:
    return accelerometer_lines(f"{who}@example.org", moments, walk(len(moments), **kind))


def in_envelopes(source: str, lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in envelopes(source, map(json.loads, lines.splitlines()), 44))


def shuffled(lines: bytes) -> bytes:
    return b"".join(rng.permutation(np.array(lines.splitlines(keepends=True), dtype=object)))


GOOD = phone("ben", at(T0, 20, 1000))
WRONG = phone("ana", at(BOOT_NS, 20_000_000, 5000))
FORMS = {
    "lines": WRONG + GOOD,
    "mixed": shuffled(WRONG + GOOD),
    "envelopes": in_envelopes(ACCELEROMETER, WRONG + GOOD),
    "packed": gzip.compress(WRONG + GOOD),
    "another address of hers": WRONG.replace(b"ana@", b"Ana@") + GOOD,
    "one by one": WRONG.replace(b'"x"', b'"note":[],"x"') + GOOD,
    "microseconds": phone("ana", at(BOOT_NS, 20_000, 5000)) + GOOD,
}


@pytest.mark.parametrize("form", FORMS)
def test_phones_with_a_wrong_clock(lake: Lake, tmp_path: Path, form: str) -> None:
    put(tmp_path / "in", "accelerometer/a.json", FORMS[form])
    report = run(lake, tmp_path / "in", settle_s=0)
    (entry,) = report.stage.entries
    assert (entry.accepted, entry.quarantined, entry.duplicate) == (1000, 5000, 0)
    assert entry.notes["clock_not_ms"] == 5000
    (alert,) = report.stage.alerts
    assert "5,000 readings in 1 file refused as UNIT: 1 device count" in alert
    assert "ana" not in alert.split("List them")[0]
    with reading(lake, counts_only=True) as read:
        assert [(r.reason, r.lines) for r in refusals(read)] == [("UNIT", 5000)]
    assert unbalanced(lake) == []


def test_trainers_with_a_wrong_clock_in_a_file_of_many_blocks(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stedi.sources.lines.BLOCK_LINES", 500)
    good = step_trainer_lines(SERIALS[0], at(T0, 100, 4000), at(200, 0, 4000))
    wrong = step_trainer_lines(SERIALS[1], at(BOOT_NS, 100_000_000, 1800), at(200, 0, 1800))
    daily = step_trainer_lines(SERIALS[2], at(T0 - 100 * 86_400_000, 86_400_000, 90), at(200, 0, 90))
    put(tmp_path / "in", "step_trainer/a.json", good[: len(good) // 2] + b"")
    put(tmp_path / "in", "step_trainer/a.json", good + wrong + daily)
    put(
        tmp_path / "in",
        "step_trainer/b.json",
        in_envelopes(STEP_TRAINER, good.replace(b"200}", b"201}") + wrong),
    )
    entries = run(lake, tmp_path / "in", settle_s=0).stage.entries
    assert [(e.accepted, e.quarantined) for e in entries] == [(4090, 1800), (4000, 1800)]


@pytest.mark.parametrize(
    ("kind", "note", "told"),
    [
        ({"scale": 1 / 9.80665}, "acceleration_in_g", "in g and not in m/s2"),
        ({"gravity": 0.0}, "acceleration_without_gravity", "without gravity"),
    ],
)
@pytest.mark.parametrize(
    "pack", [lambda lines: lines, lambda lines: in_envelopes(ACCELEROMETER, lines), shuffled]
)
def test_phones_of_another_unit_are_noted_and_pass(
    lake: Lake, tmp_path: Path, kind: dict[str, float], note: str, told: str, pack: object
) -> None:
    lines = pack(phone("ana", at(T0, 20, 2000), **kind) + GOOD)  # type: ignore[operator]
    put(tmp_path / "in", "accelerometer/a.json", lines)
    report = run(lake, tmp_path / "in", settle_s=0)
    (entry,) = report.stage.entries
    assert (entry.accepted, entry.quarantined) == (3000, 0)
    assert entry.notes == Counter({note: 2000})
    (alert,) = report.stage.alerts
    assert f"2,000 readings in 1 file seem to be {told}" in alert


def test_the_starter_data_is_of_no_known_unit_and_nothing_is_said(lake: Lake, tmp_path: Path) -> None:
    lines = accelerometer_lines(
        "ana@example.org", at(T0, 3000, 2000), rng.integers(-1, 2, (2000, 3)).astype(float)
    )
    put(tmp_path / "in", "accelerometer/a.json", lines + GOOD)
    report: StageReport = run(lake, tmp_path / "in", settle_s=0).stage
    assert report.alerts == []
    assert [(e.accepted, e.notes) for e in report.entries] == [(3000, Counter())]


def test_a_file_with_a_wrong_clock_that_changes_meanwhile_waits(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "in"
    put(landing, "accelerometer/a.json", WRONG)
    put(landing, "accelerometer/b.json", GOOD)
    look = staging.look

    def looked(*arguments: object, **named: object) -> object:
        found = look(*arguments, **named)  # type: ignore[arg-type]
        monkeypatch.setattr(staging, "look", look)
        put(landing, "accelerometer/a.json", GOOD + WRONG)
        return found

    monkeypatch.setattr(staging, "look", looked)
    assert run(lake, landing, settle_s=0).release.rows["accelerometer_staged"] == 1000
    assert [(e.duplicate, e.quarantined) for e in run(lake, landing, settle_s=0).stage.entries] == [
        (1000, 5000)
    ]
    assert unbalanced(lake) == []
