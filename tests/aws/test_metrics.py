"""What the alarms of a deployed lake watch is told to CloudWatch by the jobs, and nothing else is."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from stedi.aws import glue_job
from stedi.aws.metrics import LEAKED, QUARANTINED, NotToldError, publish
from stedi.ground.errors import PrivacyGateError
from stedi.ground.places.client import client


def values(metric: str, environment: str) -> list[float]:
    """The highest value that CloudWatch was told of in the last hours; nothing where it was told nothing."""
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace="Stedi",
        MetricName=metric,
        Dimensions=[{"Name": "Environment", "Value": environment}],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=2),
        Period=86_400,
        Statistics=["Maximum"],
    )
    return [point["Maximum"] for point in found["Datapoints"]]


@pytest.fixture
def environment(aws: str) -> str:
    """A deployment that nothing was told of."""
    return uuid4().hex


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> "pytest.MonkeyPatch":
    """Steps may be replaced, and start no engine."""
    monkeypatch.setenv("STEDI_ENGINE", "sail")
    monkeypatch.setattr(glue_job, "kept_running", nullcontext)
    monkeypatch.setattr(glue_job, "_lake", lambda asked: None)
    return monkeypatch


def test_numbers_are_told_by_their_deployment(environment: str) -> None:
    publish(environment, {QUARANTINED: 2.5, LEAKED: 0})
    assert values(QUARANTINED, environment) == [2.5]
    assert values(LEAKED, environment) == [0]
    assert values(LEAKED, "another") == []


def test_a_check_tells_how_many_rows_leaked(environment: str, step: pytest.MonkeyPatch) -> None:
    def leaks(*_: object) -> dict[str, object]:
        raise PrivacyGateError("Nothing was published.", ["a_trusted: 7 rows"], rows=7)

    step.setitem(glue_job.STEPS, "check", leaks)
    with pytest.raises(glue_job.JobFailedError):
        glue_job.main(["--step", "check", "--lake", "lake", "--environment", environment])
    assert values(LEAKED, environment) == [7]


def test_a_check_that_found_another_fault_says_nothing_of_rows(
    environment: str, step: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> dict[str, object]:
        raise PrivacyGateError("Nothing was published.", ["a curated value is not as declared"])

    step.setitem(glue_job.STEPS, "check", fails)
    with pytest.raises(glue_job.JobFailedError):
        glue_job.main(["--step", "check", "--lake", "lake", "--environment", environment])
    assert values(LEAKED, environment) == [], "silence rings the alarm, and 0 would still it"


def test_a_run_without_lines_has_no_share(environment: str, step: pytest.MonkeyPatch) -> None:
    step.setitem(glue_job.STEPS, "stage", lambda *_: {"quarantined_percent": None})
    glue_job.main(["--step", "stage", "--lake", "lake", "--environment", environment])
    assert values(QUARANTINED, environment) == []


def test_work_that_is_done_stands_though_nobody_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, step: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(NotToldError, match="were not told"):
        publish("test", {LEAKED: 0})
    step.setitem(glue_job.STEPS, "check", lambda *_: {"leaked_rows": 0})
    glue_job.main(["--step", "check", "--lake", "lake", "--environment", "test"])
    told = capsys.readouterr()
    assert '"leaked_rows": 0' in told.out
    assert "what the job did stands" in told.err
