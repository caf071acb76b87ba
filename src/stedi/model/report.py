"""Scores as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stedi.detector.model import EXACT, FAST

TITLES = {FAST: "fast (default)", EXACT: "exact", "baseline": "band-pass and peaks"}
LAGS = {"none": "no lag", "constant": "one lag", "per_recording": "lag per recording"}


def markdown(found: Mapping[str, Any]) -> str:
    """An evaluation as a page's sections, without a title."""
    # JSON that was sorted has them in another order.
    detectors = {name: found["detectors"][name] for name in TITLES if name in found["detectors"]}
    everything = detectors[FAST]["all"]
    parts = [
        f"Judged by: {found['protocol']}. Truth: {found['truth']}. "
        f"{everything['recordings']} recordings of {everything['people']} people, "
        f"{everything['seconds']:,.0f} s, {everything['true_steps']:,} true steps; "
        f"{everything['masked_seconds']:,.0f} s in which the truth is not known are left out.",
        *(
            [f"**It learnt from {known} of these people: the scores are no measure of others.**"]
            if (known := found.get("people_it_learnt_from"))
            else []
        ),
        headline(detectors),
    ]
    for facet in detectors[FAST]["by"]:
        parts += [f"### By {facet}", by_facet(detectors, facet)]
    if examples := found.get("examples"):
        rows = {row["name"]: row for row in detectors[FAST].get("recordings", ())}
        parts += ["### Worst, median and best recording", _examples(examples, rows)]
    if refused := found.get("refused"):
        if isinstance(refused, Mapping):
            parts += ["### Not judged", "\n".join(f"- {name}: {why}" for name, why in refused.items())]
        else:
            parts.append(f"Recordings that could not be judged: {refused}.")
    return "\n\n".join(parts) + "\n"


def headline(detectors: Mapping[str, Any]) -> str:
    """All numbers of all detectors, with 95 % intervals."""
    shown: list[tuple[str, list[str]]] = []

    def row(title: str, of: Any) -> None:
        shown.append((title, [of(each["all"]) for each in detectors.values()]))

    row("count error, mean %", lambda s: _interval(s["count_mape"], 2))
    row("count error, worst recording %", lambda s: _number(s["count_worst"], 1))
    for tolerance in ("150", "100"):
        for lag, told in LAGS.items():
            row(f"F1 ±{tolerance} ms, {told}", lambda s, t=tolerance, n=lag: _interval(s["f1"][t][n], 3))
    row("the one lag at ±150 ms, ms", lambda s: _number(s["constant_lag_ms"]["150"], 0))
    row("false steps a minute where nobody walks", lambda s: _interval(s["false_steps_per_minute"], 1))
    row("  of how many seconds", lambda s: _number(s["still_seconds"], 0))
    row("latency, median ms", lambda s: _interval(s["latency_median_ms"], 0))
    row("latency, 95th percentile ms", lambda s: _interval(s["latency_p95_ms"], 0))
    row("  once walking, median ms", lambda s: _interval(s["walking_latency_median_ms"], 0))
    row("  once walking, 95th percentile ms", lambda s: _interval(s["walking_latency_p95_ms"], 0))
    titles = ["", *(TITLES.get(name, name) for name in detectors)]
    return table(titles, [[title, *cells] for title, cells in shown])


def by_facet(detectors: Mapping[str, Any], facet: str) -> str:
    """The scores of the default detector by a facet, the baseline's count error and F1 beside."""
    fast = detectors[FAST]["by"][facet]
    plain = detectors["baseline"]["by"][facet]
    rows = [
        [
            value,
            f"{scores['recordings']}",
            f"{scores['true_steps']:,}",
            _interval(scores["count_mape"], 2),
            _number(scores["count_worst"], 1),
            _interval(scores["f1"]["150"]["per_recording"], 3),
            _interval(scores["f1"]["150"]["constant"], 3),
            _number(scores["latency_median_ms"]["value"], 0),
            _number(scores["false_steps_per_minute"]["value"], 1),
            _number(plain[value]["count_mape"]["value"], 2),
            _number(plain[value]["f1"]["150"]["per_recording"]["value"], 3),
        ]
        for value, scores in fast.items()
    ]
    titles = [
        facet, "recordings", "steps", "count error %", "worst %", "F1 ±150, lag per recording",
        "F1 ±150, one lag", "latency ms", "false steps/min", "baseline: count error %", "baseline: F1 ±150",
    ]  # fmt: skip
    return table(titles, rows)


def _examples(examples: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]]) -> str:
    titles = ["", "recording", "true steps", "found", "count error %", "F1 ±150", "its lag, ms"]
    return table(
        titles,
        [
            [
                which,
                name,
                f"{rows[name]['true_steps']:,}",
                f"{rows[name]['found_steps']:,}",
                _number(rows[name]["count_error_percent"], 2),
                _number(rows[name]["f1_150"], 3),
                _number(rows[name]["lag_ms"], 0),
            ]
            for which, name in examples.items()
        ],
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what is in its cells cannot end them."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _interval(told: Mapping[str, float | None], digits: int) -> str:
    value, low, high = (told[name] for name in ("value", "low", "high"))
    if value is None or low is None:
        return _number(value, digits)
    return f"{_number(value, digits)} ({_number(low, digits)} to {_number(high, digits)})"
