"""What each role may do, asked of an emulated IAM that enforces the applied policies.

The emulator knows actions and resources and no conditions (see `emulator.py`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DECLARED = json.loads((Path(__file__).resolve().parents[2] / "infra/generated/tables.json").read_text())
JOBS = {job["name"]: job for job in DECLARED["jobs"]}
PLACES = sorted(
    {(p["bucket"], p["prefix"]) for job in JOBS.values() for p in job["reads"] + job["writes"]}
    | {("landing", "failed/step_trainer/"), ("artefacts", "athena/science/"), ("logs", "s3/landing/")}
)  # fmt: skip
KEYS = ("pseudonym", "suppression", "audit")


class Role:
    """A role that was taken; each answer is whether the call was allowed."""

    def __init__(self, applied: Any, arn: str) -> None:
        taken = applied.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", ExternalId="any")[
            "Credentials"
        ]
        self.credentials = {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }
        self._applied = applied

    def may(self, service: str, call: str, **given: Any) -> bool:
        """Make the call; refusals are False, what else goes wrong is an error."""
        from botocore.exceptions import ClientError
        from emulator import enforced

        client = self._applied.client(service, self.credentials)
        with enforced():
            try:
                getattr(client, call)(**given)
            except ClientError as refused:
                code = refused.response["Error"]["Code"]
                if code in ("AccessDenied", "AccessDeniedException", "Forbidden", "403"):
                    return False
                if code in ("NoSuchKey", "ResourceNotFoundException", "EntityNotFoundException", "404"):
                    return True
                raise
        return True


@pytest.fixture(scope="module")
def roles(applied: Any) -> Iterator[Any]:
    """Takes a role by kind and name; keys and a file in each place are there to be found."""
    s3, secrets = applied.client("s3"), applied.client("secretsmanager")
    for bucket, prefix in PLACES:
        s3.put_object(Bucket=applied.outputs["buckets"][bucket], Key=f"{prefix}file", Body=b"x")
    for key in KEYS:
        if not secrets.describe_secret(SecretId=applied.outputs["secrets"][key]).get("VersionIdsToStages"):
            secrets.put_secret_value(
                SecretId=applied.outputs["secrets"][key], SecretString=key.encode().hex()
            )
    yield lambda kind, name: Role(applied, applied.outputs["roles"][kind][name])
    for bucket, prefix in PLACES:
        s3.delete_object(Bucket=applied.outputs["buckets"][bucket], Key=f"{prefix}file")


def covered(place: tuple[str, str], by: list[dict[str, str]]) -> bool:
    bucket, prefix = place
    return any(p["bucket"] == bucket and prefix.startswith(p["prefix"]) for p in by)


@pytest.mark.parametrize("step", JOBS)
def test_a_job_reads_and_writes_its_places_and_nothing_else(step: str, applied: Any, roles: Any) -> None:
    role, job, buckets = roles("jobs", step), JOBS[step], applied.outputs["buckets"]
    found = {
        place: tuple(
            role.may("s3", call, Bucket=buckets[place[0]], Key=f"{place[1]}{key}", **body)
            for call, key, body in (
                ("get_object", "file", {}), ("put_object", "n", {"Body": b"x"}), ("delete_object", "n", {}),
            )
        )
        for place in PLACES
    }  # fmt: skip
    wanted = {
        place: (covered(place, job["reads"] + job["writes"]), *[covered(place, job["writes"])] * 2)
        for place in PLACES
    }
    assert found == wanted


@pytest.mark.parametrize("step", JOBS)
def test_a_job_reads_its_keys_and_no_other(step: str, applied: Any, roles: Any) -> None:
    role, job, arns = roles("jobs", step), JOBS[step], applied.outputs["secrets"]
    read = [key for key in KEYS if role.may("secretsmanager", "get_secret_value", SecretId=arns[key])]
    assert read == [key for key in KEYS if key in job["keys"]]
    assert not any(
        role.may("secretsmanager", "put_secret_value", SecretId=arns[key], SecretString="y") for key in KEYS
    )


@pytest.mark.parametrize("step", JOBS)
def test_only_what_empties_or_erases_removes_versions(step: str, applied: Any, roles: Any) -> None:
    role, job, s3 = roles("jobs", step), JOBS[step], applied.client("s3")
    removed = set()
    for bucket, prefix in PLACES:
        at = {"Bucket": applied.outputs["buckets"][bucket], "Key": f"{prefix}version"}
        version = s3.put_object(**at, Body=b"x").get("VersionId")
        if version and role.may("s3", "delete_object", **at, VersionId=version):
            removed.add((bucket, prefix))
    known = job["reads"] + job["writes"] if job["versions"] else []
    assert removed == {place for place in PLACES if covered(place, known)}
    for bucket in sorted({place["bucket"] for place in known}):
        listed = {"Bucket": applied.outputs["buckets"][bucket]}
        assert role.may("s3", "list_object_versions", **listed), bucket
        assert role.may("s3", "list_multipart_uploads", **listed), bucket
    assert job["versions"] == (step != "check")


@pytest.mark.parametrize("step", JOBS)
def test_a_job_opens_the_lake_by_its_own_role(
    step: str, applied: Any, roles: Any, deploy: Any, as_deployer: None, acting: Any
) -> None:
    """It asks as the package does: the description, its keys, the lock, and the audit log with its key."""
    from emulator import enforced

    from stedi import audit
    from stedi.ground.errors import KeyMissingError
    from stedi.lake.config import opened
    from stedi.run.lock import only_writer

    root = deploy.begun(applied.outputs, "dev").root
    job = JOBS[step]
    acting(roles("jobs", step).credentials)
    with enforced():
        lake = opened(root)
        assert [key for key in KEYS if _has(lake, key, KeyMissingError)] == [
            k for k in KEYS if k in job["keys"]
        ]
        if job["writes"]:
            # Removing many versions at once is asked of the bucket here, and of each object on AWS.
            with only_writer(lake):
                assert not lake.scratch.exists()
        if "audit" in job["keys"]:
            audit.record(lake, "tested", step=step)


def _has(lake: Any, key: str, missing: type[Exception]) -> bool:
    try:
        return bool(lake.key(key))
    except missing:
        return False


@pytest.mark.parametrize("step", JOBS)
def test_a_job_sees_its_tables_and_changes_fewer(step: str, applied: Any, roles: Any) -> None:
    role, job, database = roles("jobs", step), JOBS[step], applied.outputs["database"]
    tables = [t["name"] for t in DECLARED["tables"]]
    seen = [t for t in tables if role.may("glue", "get_table", DatabaseName=database, Name=t)]
    assert seen == job["reads_tables"]
    changed = [
        t for t in tables
        if role.may("glue", "update_table", DatabaseName=database, TableInput={"Name": t})
    ]  # fmt: skip
    assert changed == job["writes_tables"]


def test_staging_holds_one_key_and_reaches_every_zone_and_building_opens_no_landed_file() -> None:
    assert JOBS["stage"]["keys"] == ["suppression"]
    # A run begins by making tables and by taking away what a killed one left.
    iceberg = [table["name"] for table in DECLARED["tables"] if table["kind"] == "iceberg"]
    assert JOBS["stage"]["writes_tables"] == JOBS["build"]["writes_tables"] == iceberg
    private = ("artefacts", "private/")
    assert [s for s in JOBS if covered(private, JOBS[s]["writes"])] == [
        step for step in JOBS if "audit" in JOBS[step]["keys"]
    ]
    raw = [("landing", f"{source}/") for source in DECLARED["sources"]]
    assert not any(covered(place, JOBS["build"]["reads"] + JOBS["build"]["writes"]) for place in raw)


@pytest.mark.parametrize("source", ["customer", "accelerometer"])
def test_a_producer_puts_under_its_own_prefix_and_does_nothing_else(
    source: str, applied: Any, roles: Any
) -> None:
    role, landing = roles("producers", source), applied.outputs["buckets"]["landing"]
    for bucket, prefix in PLACES:
        at = {"Bucket": applied.outputs["buckets"][bucket], "Key": f"{prefix}file"}
        assert role.may("s3", "put_object", **at, Body=b"x") == (prefix == f"{source}/"), prefix
        assert not role.may("s3", "get_object", **at)
        assert not role.may("s3", "delete_object", **at)
    assert not role.may("s3", "list_objects_v2", Bucket=landing)


READ = {
    "science": {("curated", "models/"), ("artefacts", "athena/science/")},
    "privacy-officer": set(),
    "auditor": set(),
}


@pytest.mark.parametrize("reader", READ)
def test_people_open_no_file_of_a_table(reader: str, applied: Any, roles: Any) -> None:
    role = roles("readers", reader)
    opened = {
        (bucket, prefix)
        for bucket, prefix in PLACES
        if role.may("s3", "get_object", Bucket=applied.outputs["buckets"][bucket], Key=f"{prefix}file")
    }
    assert opened == READ[reader]
    secrets = applied.outputs["secrets"].values()
    assert not any(role.may("secretsmanager", "get_secret_value", SecretId=arn) for arn in secrets)


def test_the_officer_reads_certificates_puts_requests_and_starts_the_procedures(
    applied: Any, roles: Any
) -> None:
    role, landing = roles("readers", "privacy-officer"), applied.outputs["buckets"]["landing"]
    assert role.may("s3", "get_object", Bucket=landing, Key="lake/certificates/one.json")
    assert not role.may("s3", "put_object", Bucket=landing, Key="lake/certificates/one.json", Body=b"x")
    assert role.may("s3", "put_object", Bucket=landing, Key="lake/requests/one", Body=b"x")
    may = [step for step, job in applied.outputs["jobs"].items() if role.may("glue", "get_job", JobName=job)]
    assert may == ["erase", "withdraw"]
