"""An evaluation: who is left out together, what is told by group, and what is kept without names."""

import json
from typing import Any

import numpy as np
import pytest

from stedi.model.evaluation import FACETS, LEFT_OUT, MOST_FOLDS, evaluation, folds, nameless
from stedi.model.report import markdown
from stedi.model.scoring import Answer
from stedi.model.walks import Walk, by_baseline, judged_only

TRUE = np.arange(20) * 500.0 + 5000.0
PEOPLE = ("Ann", "Bob", "Cid")


def answer(person: str, number: int, missed: int, phone: str = "Pixel") -> Answer:
    found = TRUE[missed:]
    facets = {"person": person, "position": "InHand", "phone": phone, "surface": "Hard"}
    name = f"{phone}_{person}_Hard_InHand_{number}"
    return Answer(name, facets, found, found + 60, TRUE, (), 0.0, 20000.0)


@pytest.fixture
def found() -> dict[str, Any]:
    some = [
        answer(p, n, missed=2 * k + n, phone=("Pixel", "Nexus")[n])
        for k, p in enumerate(PEOPLE)
        for n in (0, 1)
    ]
    answers = {"fast": some, "exact": some, "baseline": some[::1]}
    refused = {"Pixel_Dan_Hard_InHand_1": "gravity is about 1"}
    about = {"seed": 1, "snapshots": {"machine_learning_curated": 5}}
    return evaluation(answers, protocol=LEFT_OUT, truth="contacts", refused=refused, about=about)


def test_everything_is_told_by_group(found: dict[str, Any]) -> None:
    fast = found["detectors"]["fast"]
    assert set(fast["by"]) == set(FACETS)
    assert {name: scores["recordings"] for name, scores in fast["by"]["person"].items()} == dict.fromkeys(
        PEOPLE, 2
    )
    assert fast["by"]["person"]["Cid"]["count_mape"]["value"] == pytest.approx(22.5)
    assert fast["by"]["phone"]["Pixel"]["count_worst"] == pytest.approx(20.0)
    assert len(fast["recordings"]) == 6
    assert found["examples"] == {
        "best": "Pixel_Ann_Hard_InHand_0",
        "median": "Pixel_Bob_Hard_InHand_0",
        "worst": "Nexus_Cid_Hard_InHand_1",
    }
    json.dumps(found, allow_nan=False)


def test_the_page_names_the_worst_and_what_was_not_judged(found: dict[str, Any]) -> None:
    page = markdown(found)
    assert "| worst | Nexus_Cid_Hard_InHand_1 | 20 | 15 | 25.00 |" in page
    assert "- Pixel_Dan_Hard_InHand_1: gravity is about 1" in page
    for facet in FACETS:
        assert f"### By {facet}" in page
    assert "no measure of others" not in page
    assert "It learnt from 2 of these people" in markdown({**found, "people_it_learnt_from": 2})


def test_what_is_kept_with_a_model_names_nobody(found: dict[str, Any]) -> None:
    kept = nameless(found)
    told = json.dumps(kept) + markdown(kept)
    assert [name for name in (*PEOPLE, "Dan", "Pixel_") if name in told] == []
    assert set(kept["detectors"]["fast"]["by"]["person"]) == {"person 1", "person 2", "person 3"}
    assert "could not be judged: 1" in markdown(kept)


def test_nobody_is_judged_by_a_model_that_saw_them() -> None:
    walk = Walk("w", {}, TRUE, np.zeros((20, 3)), TRUE)
    many = {f"p{n:02d}": [walk] for n in range(25)}
    subjects = {person: frozenset({f"key of {person}"}) for person in many}
    some = folds({**many, "silent": []}, {**subjects, "silent": frozenset({"key"})})
    assert len(some) == MOST_FOLDS
    left_out = [subject for fold in some for subject in fold.subjects]
    assert sorted(left_out) == sorted(f"key of {person}" for person in many)
    assert sum(len(fold.walks) for fold in some) == 25


def test_walks_that_are_not_what_they_seem_are_not_scored() -> None:
    t = np.arange(2000) * 10.0
    acceleration = np.column_stack([np.zeros((2000, 2)), 9.81 + 3 * np.sin(t / 1000 * 2 * np.pi * 2)])
    good = Walk("good", {}, t, acceleration, TRUE)
    told_in_g = Walk("g", {}, t, acceleration / 9.81, TRUE)
    shuffled = Walk("shuffled", {}, t[::-1], acceleration, TRUE)
    slow = Walk("slow", {}, t * 10, acceleration, TRUE)
    kept, refused = judged_only([good, told_in_g, shuffled, slow])
    assert [walk.name for walk in kept] == ["good"]
    assert "as if the axes were in g" in refused["g"]
    assert "not in order" in refused["shuffled"]
    assert refused["slow"].startswith("10 readings a second")


def test_the_baseline_finds_a_plain_walk_and_nothing_in_stillness() -> None:
    t = np.arange(6000) * 10.0
    walking = (t > 10_000) & (t < 50_000)
    up = 9.81 + walking * 3 * np.sin(t / 1000 * 2 * np.pi * 2)
    acceleration = np.column_stack([np.zeros((6000, 2)), up])
    steps, emitted = by_baseline(Walk("w", {}, t, acceleration, TRUE))
    assert 78 <= len(steps) <= 82
    assert (emitted - steps == 20.0).all()
    assert ((steps > 9_900) & (steps < 51_000)).all()
    # Causal: what comes later changes nothing of what was told.
    part, _ = by_baseline(Walk("w", {}, t[:3000], acceleration[:3000], TRUE))
    assert part.tolist() == steps[: len(part)].tolist() and len(part) >= len(steps) // 2 - 2
