"""Write docs/step-detection.md: the public recordings through a lake, and how well steps are found.

    python -m bench.detection [--recordings FOLDER] [--seed 1] [--page docs/step-detection.md] [--keep FOLDER]

Everything is done by the commands that anybody has: land, run, train, evaluate, promote.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.lakes import REPOSITORY, STEDI, starter_data
from bench.measure import Cost, measured
from stedi.detector.model import Model
from stedi.learning.lake_models import shown as told
from stedi.model import artifact
from stedi.model.evaluation import frozen
from stedi.model.gates import Gate, gates
from stedi.model.matching import outside
from stedi.model.report import TITLES, markdown, table
from stedi.model.walks import of_recording
from stedi_fleet.simulator.lifelike import walks
from stedi_fleet.simulator.outing import Doing

HEAD = """<!-- Written by `make docs-detection`; change bench/detection.py. -->

# How well steps are found

The public recordings of the Oxford step counter project, landed as customers in a lake of their own,
taken through every zone, learnt from, and judged on whom the model never saw. No STEDI customer was used;
distance was derived from foot contacts. Three people are few: the intervals are over recordings, and say
nothing of other people.

Data: Oxford Step Counter DataSet, [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), optimisation
part.

"""

SIMULATED_SEED = 20261124
SIMULATED = (
    "Phones of {people} simulated people at 20 to 400 readings a second, in every position, 2 minutes each. "
    "Recordings of such are too few; no claim about people rests on them."
)

HOW = """## How it is judged

- Detected and true steps pair one to one, as many as there can be, at ±150 ms and ±100 ms. At ±250 ms
  truth shifted at random would already score 0.86.
- Three lags: none; one for the whole set; one per recording (the contact comes up to 0.12 s before or
  after the phone moves, depending on where it is carried). Each is the one within ±200 ms that pairs most
  steps of what is judged.
- Count error is of each recording, then the mean. Latency is emission minus the true step, of all pairs;
  *once walking* leaves out the first three steps after a pause of 2 s, which wait until a walk is sure.
- Nobody walks further than 2 s from every contact: there, every step is false.
- Where a foot's contacts were missed nothing is judged.
- Intervals are 95 %, from 2,000 sets drawn from the recordings, the same each time.
- The baseline is a causal band-pass and its peaks, with the best of six settings on these very
  recordings.

## Known failures

- Soft or shuffling steps with the phone held in the hand are missed, most on carpet.
- Deliberate shaking at the pace of walking looks like walking to any accelerometer.
- The first steps of a walk are told late, on purpose: a lone movement is no walk.
"""


NOBODY_WALKS = (Doing.HANDLED, Doing.STANDING, Doing.STILL, Doing.SHAKEN)


def false_steps(model: Model, people: int) -> str:
    """Steps a minute that are told of simulated phones while nobody walks, as a table."""
    rows = []
    for doing in NOBODY_WALKS:
        simulated = list(walks(people=people, minutes=2.0, seed=SIMULATED_SEED, only=doing))
        stretches = [walk.during(doing) for walk in simulated]
        minutes = sum(ends - begins for some in stretches for begins, ends in some) / 60_000
        answers = frozen(model, [of_recording(walk) for walk in simulated])
        counts = {
            name: sum(
                int((~outside(answer.found_ms, some)).sum())
                for answer, some in zip(told, stretches, strict=True)
            )
            for name, told in answers.items()
        }
        rows.append([doing.value, f"{minutes:.0f}", *(f"{count / minutes:.2f}" for count in counts.values())])
    return table(["the phone is", "minutes", *(TITLES[name] for name in answers)], rows)


def page(
    found: Mapping[str, Any],
    trained: Mapping[str, Any],
    asked: list[Gate],
    simulated: str,
    costs: list[tuple[str, Cost]],
    people: int,
) -> str:
    """The page."""
    training = trained["training"]
    model = table(
        ["", ""],
        [
            ["people, sessions", f"{training['people']}, {training['sessions']}"],
            ["labelled steps", f"{training['steps']:,}"],
            ["labels lag behind the phone, median ms", f"{training['label_lag_ms']:.0f}"],
            ["graph, bytes", f"{trained['size_bytes']:,}"],
            ["SHA-256", f"`{trained['sha256']}`"],
            ["largest difference to LightGBM, training rows", f"{training['parity']:.1e}"],
            ["largest difference to LightGBM, models of the judging", f"{found['parity']:.1e}"],
        ],
    )
    shown = table(["gate", "found", "needed"], [[gate.name, told(gate.found), gate.limit] for gate in asked])
    spent = table(
        ["", "s", "CPU s"], [[what, f"{cost.wall_s:.0f}", f"{cost.cpu_s:.0f}"] for what, cost in costs]
    )
    return (
        f"{HEAD}{HOW}\n## Left out one at a time\n\n{markdown(found)}\n"
        f"## The model of everybody\n\nSeed {trained['seed']}.\n\n{model}\n\n"
        f"### What it had to show\n\n{shown}\n\n"
        "### False steps a minute while nobody walks, on simulated phones\n\n"
        f"{SIMULATED.format(people=people)}\n\n{simulated}\n\n"
        f"## What it takes\n\nOn {os.cpu_count()} cores.\n\n{spent}\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Land, run, train, judge and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, default=starter_data().with_name("oxford"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs/step-detection.md")
    parser.add_argument("--keep", type=Path, help="a folder for the model")
    parser.add_argument("--people", type=int, default=14, help="simulated, of each kind")
    given = parser.parse_args(arguments)
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        keys = {"STEDI_KEYS": str(Path(folder) / "keys")}
        recordings, seed = str(given.recordings), str(given.seed)
        results: dict[str, dict[str, Any]] = {}
        for what, asked in {
            "land recordings": ["land", "recordings", recordings],
            "run": ["run"],
            "train": ["train", "--seed", seed],
            "evaluate": ["evaluate", "--recordings", recordings, "--seed", seed],
        }.items():
            print(*asked, file=sys.stderr)
            costs.append((what, measured([STEDI, "--lake", lake, *asked, "--json"], keys)))
            results[what] = json.loads(costs[-1][1].output)
        model = Path(results["train"]["path"])
        passed = gates(model, artifact.read(model))
        simulated = false_steps(Model.load(model), given.people)
        if given.keep:
            shutil.copytree(model, given.keep, dirs_exist_ok=True)
    given.page.write_text(page(results["evaluate"], results["train"], passed, simulated, costs, given.people))
    print(f"written: {given.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
