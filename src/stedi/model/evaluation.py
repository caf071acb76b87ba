"""Judging: every detector on the same walks, all together and by position, phone, surface and person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from stedi.detector.model import EXACT, FAST, Model
from stedi.model.scores import Scores, constant_lags_ms, scored
from stedi.model.scoring import TOLERANCES_MS, Answer
from stedi.model.training import Sessions, Trained, train
from stedi.model.walks import Walk, by_baseline, by_model

SCHEMA = "stedi.evaluation/1"
FACETS = ("position", "phone", "surface", "person")
POINTS = (FAST, EXACT)
BASELINE = "baseline"

LEFT_OUT = "leave one person out"
FROZEN = "one frozen model"

MOST_FOLDS = 10
"""More people are left out some at a time, so that judging takes no more than so many trainings."""

ProgressCallback = Callable[[str], None]


@dataclass(frozen=True)
class Fold:
    """People who are judged by a model that never saw them.

    Attributes:
        subjects: Those left out of training.
        walks: Theirs.
    """

    subjects: frozenset[str]
    walks: tuple[Walk, ...]


def folds(walks: Mapping[str, Sequence[Walk]], subjects: Mapping[str, frozenset[str]]) -> list[Fold]:
    """Leave each person out once, several at a time where there are many.

    Args:
        walks: Of each person.
        subjects: By which the lake knows each person; none where it does not.
    """
    people = [person for person in sorted(walks) if walks[person]]
    groups = [people[n::MOST_FOLDS] for n in range(min(MOST_FOLDS, len(people)))]
    return [
        Fold(
            frozenset().union(*(subjects[person] for person in group)),
            tuple(walk for person in group for walk in walks[person]),
        )
        for group in groups
    ]


def leave_out(
    judged: Sequence[Fold],
    sessions: Callable[[frozenset[str]], Sessions],
    *,
    seed: int,
    told: ProgressCallback,
) -> "tuple[dict[str, list[Answer]], list[Trained]]":
    """What detectors tell of people whom their models never saw.

    Args:
        judged: Whom to leave out, and their walks.
        sessions: All sessions but those of some subjects.
        seed: Of each training.
        told: Hears of progress.

    Returns:
        Answers by detector, and what was trained.
    """
    answers: dict[str, list[Answer]] = {name: [] for name in (*POINTS, BASELINE)}
    models = []
    for number, fold in enumerate(judged, start=1):
        told(f"[{number}/{len(judged)}] training without the people to be judged")
        trained = train(sessions(fold.subjects), seed=seed)
        models.append(trained)
        told(f"[{number}/{len(judged)}] judging {len(fold.walks)} walks")
        for name, some in frozen(Model(trained.onnx, trained.detector), fold.walks).items():
            answers[name] += some
    return answers, models


def frozen(model: Model, walks: Sequence[Walk]) -> dict[str, list[Answer]]:
    """What a model tells of some walks, at each operating point, and the baseline."""
    found = {point: by_model(model, point) for point in POINTS}
    found[BASELINE] = by_baseline
    return {name: [walk.answer(finds) for walk in walks] for name, finds in found.items()}


def evaluation(
    answers: Mapping[str, Sequence[Answer]],
    *,
    protocol: str,
    truth: str,
    refused: Mapping[str, str],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """All scores, as JSON's types.

    Args:
        answers: By detector, of the same walks in the same order.
        protocol: How it was judged.
        truth: By what.
        refused: By walk, why it was not judged.
        about: What was judged: seed, release, model.
    """
    first = answers[FAST]
    return {
        "schema": SCHEMA,
        "protocol": protocol,
        "truth": truth,
        **about,
        "refused": dict(refused),
        "detectors": {name: _of(some) for name, some in answers.items()},
        "examples": _examples(first),
    }


def _of(answers: Sequence[Answer]) -> dict[str, Any]:
    lags = constant_lags_ms(answers)
    return {
        "all": _told(scored(answers, constant_lags=lags)),
        "by": {
            facet: {
                value: _told(scored(some, constant_lags=lags, resamples=1000))
                for value, some in _grouped(answers, facet)
            }
            for facet in FACETS
            if any(facet in answer.facets for answer in answers)
        },
        "recordings": [_one(answer) for answer in answers],
    }


def _told(scores: Scores) -> dict[str, Any]:
    told: dict[str, Any] = _rounded(asdict(scores))
    return told


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return value


def _grouped(answers: Sequence[Answer], facet: str) -> Iterator[tuple[str, list[Answer]]]:
    for value in sorted({answer.facets.get(facet, "unknown") for answer in answers}):
        yield value, [answer for answer in answers if answer.facets.get(facet, "unknown") == value]


def _one(answer: Answer) -> dict[str, Any]:
    tolerance = TOLERANCES_MS[0]
    pairs, found, true = answer.paired(tolerance, answer.lags_ms[tolerance])
    seconds, steps = answer.still()
    return {
        "name": answer.name,
        **answer.facets,
        "true_steps": true,
        "found_steps": found,
        "count_error_percent": _rounded(answer.count_error_percent),
        f"f1_{tolerance}": _rounded(2 * pairs / (found + true)) if found + true else None,
        "lag_ms": answer.lags_ms[tolerance],
        "still_seconds": _rounded(seconds),
        "still_steps": steps,
    }


def _examples(answers: Sequence[Answer]) -> dict[str, str]:
    """The worst, a median and the best walk: by count error, then by F1 with a lag of its own."""

    def badness(answer: Answer) -> tuple[float, float]:
        tolerance = TOLERANCES_MS[0]
        pairs, found, true = answer.paired(tolerance, answer.lags_ms[tolerance])
        return answer.count_error_percent or 0.0, -2 * pairs / max(found + true, 1)

    ranked = sorted((a for a in answers if a.count_error_percent is not None), key=badness)
    if not ranked:
        return {}
    middle = median(range(len(ranked)))
    return {"best": ranked[0].name, "median": ranked[int(middle)].name, "worst": ranked[-1].name}


def nameless(found: Mapping[str, Any]) -> dict[str, Any]:
    """The scores without names of people or recordings, to be kept with a model of the lake."""
    told = {name: value for name, value in found.items() if name not in ("examples", "refused")}
    told["refused"] = len(found["refused"])
    told["detectors"] = {}
    for name, of in found["detectors"].items():
        people = {
            f"person {number}": scores
            for number, scores in enumerate(of["by"].get("person", {}).values(), start=1)
        }
        told["detectors"][name] = {
            "all": _unnamed(of["all"]),
            "by": {
                facet: {
                    value: _unnamed(scores)
                    for value, scores in (people if facet == "person" else of["by"][facet]).items()
                }
                for facet in of["by"]
            },
        }
    return told


def _unnamed(scores: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in scores.items() if name != "count_worst_recording"}
