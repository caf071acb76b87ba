"""What Spark did, by its event log: jobs, tasks, the longest task, bytes that came back to the driver."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDERS = re.compile(r"(?<=\s)/(?:\S*/)?")


@dataclass(frozen=True)
class Work:
    """The work of a Spark application.

    Attributes:
        jobs: How many actions it started.
        stages: Of how many stages they were made, those that ran.
        tasks: In how many tasks.
        longest_task_s: The time of the longest of them.
        longest_task: The stage that it was in, as Spark names it, without the folders of this machine.
        to_driver_mb: What tasks sent to the driver.
        executors_cpu_s: CPU time of the tasks in the JVM; Python workers are not in it.
    """

    jobs: int
    stages: int
    tasks: int
    longest_task_s: float
    longest_task: str
    to_driver_mb: float
    executors_cpu_s: float


def logged(folder: Path) -> dict[str, str]:
    """The environment in which a script of Spark writes its event log into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{folder}",
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    told = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    return {"PYSPARK_SUBMIT_ARGS": f"{told} pyspark-shell"}


def work(folder: Path) -> Work:
    """What the event log of a folder tells, of all applications in it."""
    jobs, stages, to_driver, cpu_ns = 0, {}, 0, 0
    spans: list[tuple[int, tuple[Path, int]]] = []
    for file, event in events(folder):
        kind = event["Event"]
        if kind == "SparkListenerJobStart":
            jobs += 1
        elif kind == "SparkListenerStageCompleted":
            stage = event["Stage Info"]
            stages[file, stage["Stage ID"]] = FOLDERS.sub("", str(stage["Stage Name"]))
        elif kind == "SparkListenerTaskEnd":
            told = event["Task Info"]
            spans.append((told["Finish Time"] - told["Launch Time"], (file, event["Stage ID"])))
            metrics = event.get("Task Metrics") or {}
            to_driver += metrics.get("Result Size", 0)
            cpu_ns += metrics.get("Executor CPU Time", 0)
    longest_ms, where = max(spans, default=(0, (folder, -1)))
    return Work(
        jobs, len(stages), len(spans), longest_ms / 1e3, stages.get(where, ""), to_driver / 1e6, cpu_ns / 1e9
    )


def events(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each event, with the log that tells it; the last line of a log may be cut."""
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".crc"):
        with file.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield file, json.loads(line)
