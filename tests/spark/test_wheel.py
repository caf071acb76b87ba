"""The wheel that Glue gets runs every job by its arguments, beside nothing but what Glue has.

Once on a lake in a folder, and once on one that is wholly on S3, as it is deployed.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from processes import access, environment

from aws.emulated import conditions_kept
from aws.glue_emulated import REGION
from stedi.ground.places import Place
from stedi.lake.config import Lake

REPOSITORY = Path(__file__).parents[2]
CATALOG = "glue_catalog"

ON_GLUE = (
    "pyspark", "py4j", "pyarrow", "numpy", "numpy.libs", "pandas", "boto3", "botocore", "s3transfer",
    "dateutil", "jmespath", "urllib3", "six.py", "pytz", "tzdata",
)  # fmt: skip
"""What Glue 5.1 brings, as the folders of site-packages name it."""

OF_GLUE = ["--JOB_NAME", "stedi", "--enable-metrics", "true", "--JOB_RUN_ID", "jr_1", "--TempDir", "s3://t/x"]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python in an environment with Spark and the wheel, freshly built, and no other package of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder]
    subprocess.run([*build, REPOSITORY], check=True, env={**os.environ, "STEDI_WHEEL": "glue"})
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "bare"], check=True)
    found = folder / "bare" / "bin" / "python"
    (own,) = (folder / "bare").glob("lib/python3*/site-packages")
    (theirs,) = Path(sys.prefix).glob("lib/python3*/site-packages")
    for name in ON_GLUE:
        (own / name).symlink_to(theirs / name)
    subprocess.run([found, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    return found


class Jobs:
    """Runs steps of a lake, each in a process of its own, as Glue does."""

    def __init__(self, python: Path, glue: Any, jars: list[str], lake: Place, keys: Path) -> None:
        self._python = python
        self.lake = lake
        self._environment = environment(glue, jars, lake, keys, CATALOG)

    def run(self, step: str, *more: str) -> "subprocess.CompletedProcess[str]":
        """Run a step to its end."""
        named = ["--step", step, "--lake", str(self.lake), "--catalog", CATALOG]
        command = [self._python, "-m", "stedi.aws.glue_job", *OF_GLUE, *named, *more]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True)

    def told(self, step: str, *more: str) -> dict[str, Any]:
        """What a step says of what it did."""
        done = self.run(step, *more)
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def watched(glue: Any, metric: str) -> list[float]:
    """What CloudWatch was told of a metric in the last hours."""
    import boto3

    now = datetime.now(UTC)
    found = boto3.client("cloudwatch", **glue.access).get_metric_statistics(
        Namespace="Stedi",
        MetricName=metric,
        Dimensions=[{"Name": "Environment", "Value": "test"}],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=2),
        Period=86_400,
        Statistics=["Maximum"],
    )
    return [point["Maximum"] for point in found["Datapoints"]]


def test_every_job_runs_by_its_arguments(
    python: Path, glue: Any, jars: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stedi.lake.config import opened

    glue.forget_tables()
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    jobs = Jobs(python, glue, jars, tmp_path / "lake", tmp_path / "keys")
    missing = jobs.run("build")
    assert missing.returncode == 2 and "LakeMissingError, exit code 2: No lake in" in missing.stderr
    empty = jobs.run("stage", "--buckets", "8")
    assert empty.returncode == 2 and "The lake's own landing zone is empty" in empty.stderr
    lake = opened(jobs.lake)
    assert (lake.glue, lake.buckets) == (CATALOG, 8), "the first job created it"
    lives_through_every_job(lake, jobs, glue, tmp_path, tmp_path / "request.json")


def test_every_job_runs_on_a_lake_on_s3(
    python: Path, glue: Any, jars: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    from stedi import audit
    from stedi.ground.places import S3Path, client
    from stedi.lake.config import create
    from stedi.lake.on_s3 import OnS3

    glue.forget_tables()
    for name, value in access(glue).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(client, "_clients", {})
    buckets = [f"stedi-jobs-{zone}" for zone in ("landing", "trusted", "curated")]
    for bucket in buckets:
        client.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    root = S3Path(buckets[0], "lake")
    with conditions_kept():
        # As `make deploy` creates it: no job may make keys.
        lake = create(root, buckets=8, glue=CATALOG, on_s3=OnS3.of(root, *buckets[1:], "stedi/keys"))
        audit.begin(lake)
        jobs = Jobs(python, glue, jars, root, tmp_path / "no keys here")
        lives_through_every_job(lake, jobs, glue, tmp_path, S3Path(buckets[0], "requests/request.json"))
    assert not (tmp_path / "no keys here").exists()


def lives_through_every_job(lake: Lake, jobs: Jobs, glue: Any, folder: Path, request: Place) -> None:
    """People land, are published, one of them is erased, and the lake is maintained."""
    from stedi.sources.placing import place
    from stedi.tables import SOURCES
    from stedi_fleet.simulator import simulate

    simulate(folder / "fleet", customers=6, minutes=0.5)
    place(folder / "fleet", lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0)

    staged = jobs.told("stage", "--environment", "test")
    assert staged["accepted"] > 1000
    assert watched(glue, "QuarantinedPercent") == [0]
    built = jobs.told("build")
    assert built["release"] == 1 and built["rows"]["machine_learning_curated"] > 1000
    assert jobs.told("check", "--environment", "test")["checks"] > 30
    assert watched(glue, "ConsentLeakRows") == [0]

    (customers,) = [p for p in (folder / "fleet" / "customer").rglob("*") if p.is_file()][:1]
    people = [json.loads(line) for line in customers.read_text().splitlines()]
    email = next(each["email"] for each in people if each.get("shareWithResearchAsOfDate"))
    nobody = jobs.run("erase")
    assert nobody.returncode == 2 and "Use --request-file" in nobody.stderr
    request.write_text(json.dumps({"email": email}))
    erased = jobs.run("erase", "--request-file", str(request))
    assert erased.returncode == 0, erased.stderr[-3000:]
    assert not request.exists(), "it names a person"
    assert email not in erased.stdout + erased.stderr
    assert jobs.told("maintain")["release"] >= 2
    assert jobs.told("check")["checks"] > 30
