"""Refused lines are read again on Spark, in a lake in a folder and in one on S3, as they are on Sail."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contents import contents
from refused_lake import GOOD_AND_BAD, kept, put, record, replay_at, require_closed, run_at, step
from stedi.engine.settings import Engine, choose
from stedi.lake.config import Lake, create

CATALOG = "replay_catalog"
HERE = Path(__file__).parent
ON_S3 = """
import sys
from stedi.engine.settings import Engine, choose
from stedi.ground.places import place
from stedi.lake.config import opened
from test_replay import replayed
choose(Engine.SPARK)
replayed(opened(place(sys.argv[1])))
"""


@pytest.fixture
def in_folder(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Lake, Lake]:
    monkeypatch.setenv("STEDI_ENGINE", "spark")
    choose(Engine.SPARK)
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    return create(tmp_path / "lake", buckets=2), create(tmp_path / "fresh", buckets=2)


@pytest.fixture
def on_s3(glue: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    import boto3
    from processes import access

    from aws.emulated import conditions_kept
    from aws.glue_emulated import REGION
    from stedi.ground.places import S3Path, client
    from stedi.lake.on_s3 import OnS3

    glue.forget_tables()
    for name, value in access(glue).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(client, "_clients", {})
    buckets = [f"stedi-replay-{zone}" for zone in ("landing", "trusted", "curated")]
    for bucket in buckets:
        client.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    root = S3Path(buckets[0], "lake")
    with conditions_kept():
        yield create(root, buckets=2, glue=CATALOG, on_s3=OnS3.of(root, *buckets[1:], "stedi/keys"))


def refused(lake: Lake, hour: float) -> None:
    put(lake, "customer/a.json", record(-10, -10), record(5, -10, registered=4))
    put(lake, "accelerometer/a.json", *GOOD_AND_BAD)
    put(lake, "step_trainer/a.json", step(-1), step(1), step(1), step(60))
    run_at(lake, hour)


def replayed(lake: Lake) -> None:
    refused(lake, 0)
    told = replay_at(lake, 10)
    assert told.accepted == Counter(customer=1, accelerometer=2, step_trainer=1)
    assert told.duplicate == Counter(step_trainer=1, customer=0, accelerometer=0)
    assert told.refused == {
        "customer": Counter(),
        "accelerometer": Counter(FUTURE=1, BAD_JSON=1),
        "step_trainer": Counter(FUTURE=1),
    }
    assert replay_at(lake, 11).accepted == Counter(customer=0, accelerometer=0, step_trainer=0)
    require_closed(lake)


@pytest.mark.long
def test_a_lake_in_a_folder(in_folder: tuple[Lake, Lake]) -> None:
    lake, fresh = in_folder
    replayed(lake)
    refused(fresh, 10)
    assert kept(lake) == kept(fresh)
    names = ("accelerometer_trusted", "step_trainer_trusted")
    counts = [{name: len(contents(each)[name]) for name in names} for each in (lake, fresh)]
    assert counts[0] == counts[1]


@pytest.mark.aws
@pytest.mark.long
def test_a_lake_on_s3(on_s3: Lake, glue: Any, jars: list[str], tmp_path: Path) -> None:
    from processes import environment

    # In a process of its own: Spark's workers have the environment that Spark was started with.
    told = environment(glue, jars, on_s3.root, tmp_path / "no keys here", CATALOG)
    path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", ON_S3, str(on_s3.root)]
    environ = {**told, "STEDI_ENGINE": "spark", "PYTHONPATH": path, "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
