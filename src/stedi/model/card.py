"""The card of a model: what it is, whom it learnt from, how good it is, and what it cannot do."""

from collections.abc import Mapping
from typing import Any

from stedi.model.report import markdown, table

CUSTOMERS, SIMULATED = "stedi", "simulated"
"""Provenances of lakes; any other is the name of public recordings."""

LIMITS = (
    "Deliberate shaking at the pace of walking looks like walking to any accelerometer.",
    "Slow shuffling and soft walking with the phone in the hand are where it errs most.",
    "It was judged on few people; the intervals are over recordings, not over people.",
    "It detects steps. It says nothing about health, and is no medical device.",
)


def learnt_from(provenance: str) -> str:
    """What to know of the people a model learnt from."""
    if provenance == CUSTOMERS:
        return (
            "It learnt from STEDI customers who had agreed to research use, from readings taken after that."
        )
    if provenance == SIMULATED:
        return "It learnt from simulated customers; nothing it scores is a claim about people."
    return (
        f"It learnt from public recordings ({provenance}). No STEDI customer was used, and distance was "
        "derived from foot contacts."
    )


def card(told: Mapping[str, Any]) -> str:
    """The card of a model, as Markdown.

    Args:
        told: What its `metadata.json` holds.
    """
    source, training = told["source"], told["training"]
    refused = ", ".join(f"{count:,} because {why}" for why, count in training["refused"].items())
    rows = [
        ("people", f"{training['people']:,}"),
        ("sessions", f"{training['sessions']:,}" + (f" (left out: {refused})" if refused else "")),
        ("labelled steps", f"{training['steps']:,}"),
        ("labels lag behind the phone, median ms", f"{training['label_lag_ms']:.0f}"),
        ("rate of the distance, median Hz", f"{training['label_rate_hz']:.1f}"),
        ("provenance", source["provenance"]),
        ("release of the lake", f"{source['release']}"),
        *((f"snapshot of {name}", f"{snapshot}") for name, snapshot in source["snapshots"].items()),
        ("seed", f"{told['seed']}"),
        ("code", f"stedi {told['code_version']}"),
        ("graph", f"{told['size_bytes']:,} bytes, SHA-256 `{told['sha256']}`"),
        ("largest difference to LightGBM", f"{training['parity']:.1e}"),
    ]
    scores = told["scores"]
    judged = markdown(scores) if scores else "It was not judged yet: `stedi evaluate`.\n"
    limits = "\n".join(f"- {limit}" for limit in LIMITS)
    return (
        f"# Step detector {told['version']}\n\n"
        "It finds steps as they happen from a phone's acceleration alone, at 20 to 400 readings a second.\n\n"
        f"## Whom it learnt from\n\n{learnt_from(source['provenance'])}\n\n"
        f"{table(['', ''], rows)}\n\n"
        f"## How good it is\n\n{judged}\n"
        f"## What it cannot do\n\n{limits}\n"
    )
