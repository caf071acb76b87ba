"""How good a detector is on a set of recordings, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stedi.model.bootstrap import RESAMPLES, Draws, Floats, Interval
from stedi.model.matching import best_lag_ms
from stedi.model.scoring import TOLERANCES_MS, Answer


@dataclass(frozen=True)
class Scores:
    """How good a detector is on a set of recordings.

    Attributes:
        recordings: How many.
        people: How many.
        seconds: How long they are together.
        true_steps: Outside the masks.
        found_steps: Outside the masks.
        masked_seconds: Left out.
        count_mape: Mean of the recordings' count errors, percent.
        count_worst: The greatest of them, percent; None where nobody walks.
        count_worst_recording: Whose it is.
        f1: By tolerance ("150", "100") and by the lag allowed ("none", "constant", "per_recording").
        constant_lag_ms: The one lag of the set, by tolerance.
        still_seconds: Where nobody walks.
        still_steps: Steps detected there.
        false_steps_per_minute: Of those; None where there is no such time.
        latency_median_ms: Emission minus true step.
        latency_p95_ms: Its 95th percentile.
        walking_latency_median_ms: As above, once walking.
        walking_latency_p95_ms: As above, once walking.
    """

    recordings: int
    people: int
    seconds: float
    true_steps: int
    found_steps: int
    masked_seconds: float
    count_mape: Interval
    count_worst: float | None
    count_worst_recording: str | None
    f1: dict[str, dict[str, Interval]]
    constant_lag_ms: dict[str, float]
    still_seconds: float
    still_steps: int
    false_steps_per_minute: Interval
    latency_median_ms: Interval
    latency_p95_ms: Interval
    walking_latency_median_ms: Interval
    walking_latency_p95_ms: Interval


def constant_lags_ms(answers: Sequence[Answer]) -> dict[str, float]:
    """The one lag of a set of recordings, by tolerance."""
    pairs = [(answer.found_ms, answer.known_true_ms) for answer in answers]
    return {str(tolerance): best_lag_ms(pairs, tolerance) for tolerance in TOLERANCES_MS}


def scored(
    answers: Sequence[Answer],
    *,
    constant_lags: Mapping[str, float] | None = None,
    resamples: int = RESAMPLES,
) -> Scores:
    """Score a detector on a set of recordings.

    Args:
        answers: What it told of each; at least one.
        constant_lags: By tolerance, where they were found on the larger set that this is a part of.
        resamples: Of the bootstrap; 0 gives no intervals.
    """
    draws = Draws(len(answers), resamples)
    lags = dict(constant_lags or constant_lags_ms(answers))
    errors = [answer.count_error_percent for answer in answers]
    walked = [
        (error, answer.name) for error, answer in zip(errors, answers, strict=True) if error is not None
    ]
    worst = max(walked, key=lambda each: each[0], default=(None, None))
    counted = np.array([(0.0, 0.0) if error is None else (error, 1.0) for error in errors])
    still = np.array([answer.still() for answer in answers])
    latencies = [answer.latencies_ms(answer.lags_ms[TOLERANCES_MS[0]]) for answer in answers]
    median, p95 = draws.percentiles([every for every, _ in latencies], (50, 95))
    walking_median, walking_p95 = draws.percentiles([walking for _, walking in latencies], (50, 95))
    return Scores(
        recordings=len(answers),
        people=len({answer.facets.get("person", answer.name) for answer in answers}),
        seconds=sum(answer.ends_ms - answer.begins_ms for answer in answers) / 1000,
        true_steps=sum(len(answer.known_true_ms) for answer in answers),
        found_steps=sum(len(answer.known_found()[0]) for answer in answers),
        masked_seconds=sum(ends - begins for answer in answers for begins, ends in answer.masked) / 1000,
        count_mape=draws.interval(counted, lambda sums: sums[:, 0] / sums[:, 1]),
        count_worst=worst[0],
        count_worst_recording=worst[1],
        f1={
            str(tolerance): _f1(answers, tolerance, lags[str(tolerance)], draws)
            for tolerance in TOLERANCES_MS
        },
        constant_lag_ms=lags,
        still_seconds=float(still[:, 0].sum()),
        still_steps=int(still[:, 1].sum()),
        false_steps_per_minute=draws.interval(still, lambda sums: 60 * sums[:, 1] / sums[:, 0]),
        latency_median_ms=median,
        latency_p95_ms=p95,
        walking_latency_median_ms=walking_median,
        walking_latency_p95_ms=walking_p95,
    )


def _f1(answers: Sequence[Answer], tolerance: int, constant_ms: float, draws: Draws) -> dict[str, Interval]:
    def of(lag_ms: Callable[[Answer], float]) -> Interval:
        told = np.array([answer.paired(tolerance, lag_ms(answer)) for answer in answers], np.float64)
        return draws.interval(told, _harmonic)

    return {
        "none": of(lambda answer: 0.0),
        "constant": of(lambda answer: constant_ms),
        "per_recording": of(lambda answer: answer.lags_ms[tolerance]),
    }


def _harmonic(sums: Floats) -> Floats:
    """F1 of all recordings together, from pairs, detected and true steps."""
    return 2 * sums[:, 0] / (sums[:, 1] + sums[:, 2])
