"""Many phones at once give each the steps it would have alone."""

import numpy as np
import pytest

from stedi.detector import fleet
from stedi.detector.fleet import Fleet
from stedi.detector.online import Detector
from walking import model, walk

PHONES = {f"phone-{seed}": walk(200 + seed, seconds=20.0, rate_hz=40.0 + 30.0 * seed) for seed in range(4)}


def readings() -> list[tuple[str, float, float, float, float]]:
    rows = [
        (name, float(t), *map(float, reading))
        for name, walked in PHONES.items()
        for t, reading in zip(walked.t_ms, walked.acceleration, strict=True)
        if not 9_000.0 < t < 11_000.0
    ]
    return sorted(rows, key=lambda row: row[1])


@pytest.mark.parametrize("most", [1, 7, 512])
def test_each_phone_has_the_steps_it_would_have_alone(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "MOST_WAITING", most)
    together = Fleet(model())
    rows = readings()
    found = [step for some in np.array_split(np.arange(len(rows)), 50) for step in together.detect(
        [rows[i] for i in some]
    )]  # fmt: skip
    total = 0
    for name in PHONES:
        mine = np.array([row[1:] for row in rows if row[0] == name])
        alone = Detector(model())
        steps = alone.detect_many(mine[:, 0], mine[:, 1:])
        assert [step for phone, step in found if phone == name] == steps
        assert together.leave(name) == alone.flush()
        total += len(steps)
    assert total > 50
    assert together.leave("never seen") == []


def test_who_leaves_and_comes_back_begins_anew() -> None:
    name, walked = next(iter(PHONES.items()))
    alone = Detector(model())
    steps = alone.detect_many(walked.t_ms, walked.acceleration)
    together = Fleet(model())
    rows = [(float(t), *map(float, r)) for t, r in zip(walked.t_ms, walked.acceleration, strict=True)]
    for _ in range(2):
        found = together.detect([(name, *row) for row in rows])
        assert [step for _, step in found] == steps
        assert together.leave(name) == alone.flush()
        alone = Detector(model())
        alone.detect_many(walked.t_ms, walked.acceleration)
