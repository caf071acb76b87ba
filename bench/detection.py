"""Write docs/step-detection.md: the public recordings through a lake, and how well steps are found.

    python bench/detection.py [--recordings FOLDER] [--seed 1] [--page docs/step-detection.md] [--keep FOLDER]

Everything is done by the commands that anybody has: land, run, train, evaluate, promote.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stedi.detector.model import Model
from stedi.learning import shown as told
from stedi.model import artifact
from stedi.model.evaluation import frozen
from stedi.model.gates import Gate, gates
from stedi.model.matching import outside
from stedi.model.report import TITLES, markdown, table
from stedi.model.walks import of_recording
from stedi.sources.simulator.lifelike import walks
from stedi.sources.simulator.outing import Doing

REPOSITORY = Path(__file__).resolve().parents[1]
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
    "Phones of 14 simulated people at 20 to 400 readings a second, in every position, 2 minutes each. "
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


def stedi(lake: Path, *arguments: str) -> tuple[dict[str, Any], float, float]:
    """Run a command; its JSON, wall and CPU seconds."""
    command = [str(Path(sys.executable).with_name("stedi")), "--lake", str(lake), *arguments]
    print(" ".join(arguments), file=sys.stderr)
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return told, time.perf_counter() - began, cpu


NOBODY_WALKS = (Doing.HANDLED, Doing.STANDING, Doing.STILL, Doing.SHAKEN)


def false_steps(model: Model) -> str:
    """Steps a minute that are told of simulated phones while nobody walks, as a table."""
    rows = []
    for doing in NOBODY_WALKS:
        simulated = list(walks(people=14, minutes=2.0, seed=SIMULATED_SEED, only=doing))
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
    costs: list[tuple[str, float, float]],
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
    spent = table(["", "s", "CPU s"], [[what, f"{wall:.0f}", f"{cpu:.0f}"] for what, wall, cpu in costs])
    return (
        f"{HEAD}{HOW}\n## Left out one at a time\n\n{markdown(found)}\n"
        f"## The model of everybody\n\nSeed {trained['seed']}.\n\n{model}\n\n"
        f"### What it had to show\n\n{shown}\n\n"
        f"### False steps a minute while nobody walks, on simulated phones\n\n{SIMULATED}\n\n{simulated}\n\n"
        f"## What it takes\n\nOn {os.cpu_count()} cores.\n\n{spent}\n"
    )


def main() -> None:
    """Land, run, train, judge and write the page."""
    data = Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, default=data / "oxford")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=REPOSITORY / "docs/step-detection.md")
    parser.add_argument("--keep", type=Path, help="a folder for the model")
    given = parser.parse_args()
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        os.environ["STEDI_KEYS"] = str(Path(folder) / "keys")
        recordings, seed = str(given.recordings), str(given.seed)
        results: dict[str, dict[str, Any]] = {}
        for what, arguments in {
            "land recordings": ["land", "recordings", recordings],
            "run": ["run"],
            "train": ["train", "--seed", seed],
            "evaluate": ["evaluate", "--recordings", recordings, "--seed", seed],
        }.items():
            results[what], wall, cpu = stedi(lake, *arguments, "--json")
            costs.append((what, wall, cpu))
        model = Path(results["train"]["path"])
        asked = gates(model, artifact.read(model))
        simulated = false_steps(Model.load(model))
        if given.keep:
            shutil.copytree(model, given.keep, dirs_exist_ok=True)
    given.page.write_text(page(results["evaluate"], results["train"], asked, simulated, costs))
    print(f"written: {given.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
