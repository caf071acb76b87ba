"""What is applied is there, stays as it is, and goes again."""

import json
import zipfile
from typing import Any

import pytest


@pytest.fixture(scope="module")
def state(applied: Any) -> dict[str, dict[str, Any]]:
    """Every resource by its address."""
    found: dict[str, dict[str, Any]] = {}
    modules = [applied.terraform.shown()["values"]["root_module"]]
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        found |= {resource["address"]: resource["values"] for resource in module.get("resources", [])}
    return found


def test_a_second_plan_is_empty(applied: Any) -> None:
    assert applied.again.returncode == 0, applied.again.stdout[-6000:]


def test_no_state_holds_a_key(state: dict[str, dict[str, Any]]) -> None:
    assert [address for address in state if "aws_secretsmanager_secret_version" in address] == []


def test_the_catalog_has_the_landed_tables_and_no_other(applied: Any) -> None:
    database = applied.outputs["database"]
    tables = applied.client("glue").get_tables(DatabaseName=database)["TableList"]
    assert sorted(table["Name"] for table in tables) == [
        "accelerometer_landing", "customer_landing", "step_trainer_landing",
    ]  # fmt: skip


def test_copies_are_gone_before_an_erasure_is_due(applied: Any) -> None:
    s3 = applied.client("s3")
    for bucket in applied.outputs["buckets"].values():
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        kept = [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in rules
            if "NoncurrentVersionExpiration" in rule
        ]
        assert kept and max(kept) <= 7, bucket
    logs = applied.client("logs").describe_log_groups()["logGroups"]
    assert logs and all(0 < group.get("retentionInDays", 0) <= 30 for group in logs)


def test_a_job_is_told_what_the_package_takes(applied: Any, wheel: Any) -> None:
    glue, s3 = applied.client("glue"), applied.client("s3")
    for step, name in applied.outputs["jobs"].items():
        given = glue.get_job(JobName=name)["Job"]["DefaultArguments"]
        told = {"--step": step, "--lake": applied.outputs["lake"], "--catalog": "glue_catalog"}
        assert {name: given.get(name) for name in told} == told
        assert "--secrets" not in given, "the lake's description names them"
        bucket, key = given["--additional-python-modules"].removeprefix("s3://").split("/", 1)
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == wheel.read_bytes()
    with zipfile.ZipFile(wheel) as packed:
        assert {name.split("/")[0].split("-")[0] for name in packed.namelist()} == {
            "stedi",
            "stedi_lakehouse",
        }


def test_steps_follow_each_other_and_a_failure_is_told(applied: Any) -> None:
    machine = applied.outputs["state_machine_arn"]
    told = applied.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    states = json.loads(told["definition"])["States"]
    steps = {
        name: state
        for name, state in states.items()
        if state.get("Resource", "").endswith("glue:startJobRun.sync")
    }
    assert {name: state["Next"] for name, state in steps.items()} == {
        "stage": "build", "build": "check", "check": "MaintainToo", "maintain": "Done",
    }  # fmt: skip
    for state in steps.values():
        assert state["Catch"][0]["Next"] == "Tell" and states["Tell"]["Next"] == "Failed"
        assert state["Parameters"]["Arguments"] == {"--run-id.$": "$$.Execution.Name"}
    reachable = {state.get("Next") for state in states.values()} | {states[s].get("Default") for s in states}
    ways = [way for state in states.values() for way in state.get("Choices", []) + state.get("Catch", [])]
    reachable |= {way["Next"] for way in ways}
    assert set(states) - reachable - {json.loads(told["definition"])["StartAt"]} == set()


def test_readings_land_gzipped_line_by_line(applied: Any) -> None:
    stream = applied.client("firehose").describe_delivery_stream(DeliveryStreamName=applied.outputs["stream"])
    to = stream["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert to["CompressionFormat"] == "GZIP"
    assert to["Prefix"] == "step_trainer/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/"
    assert not to["ErrorOutputPrefix"].startswith("step_trainer/"), "what failed must not be staged"
    rule = applied.client("iot").get_topic_rule(ruleName="stedi_dev_readings")["rule"]
    assert rule["sql"] == "SELECT *, topic(2) AS serialNumber FROM 'stedi/+/readings'"
    assert rule["actions"][0]["firehose"]["separator"] == "\n"


def test_every_alarm_has_a_runbook(state: dict[str, dict[str, Any]]) -> None:
    from conftest import REPOSITORY

    headings = {
        line[3:].strip().lower().replace(" ", "-")
        for line in (REPOSITORY / "docs/runbooks.md").read_text().splitlines()
        if line.startswith("## ")
    }
    alarms = [values for address, values in state.items() if ".aws_cloudwatch_metric_alarm." in address]
    named = {values["alarm_description"].rsplit("#", 1)[1] for values in alarms}
    assert len(alarms) >= 7 and named <= headings


def test_destroys_all_of_it(applied: Any) -> None:
    applied.terraform.run(
        "destroy", "-auto-approve", "-refresh=false", "-input=false", "-no-color", "-parallelism=20"
    )
    assert applied.client("s3").list_buckets()["Buckets"] == []
    assert applied.client("glue").get_jobs()["Jobs"] == []
    assert applied.client("iam").list_roles()["Roles"] == []
