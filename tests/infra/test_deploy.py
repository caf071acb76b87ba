"""What `make deploy` does beside Terraform: the bucket of its state, the lake, tables that exist."""

import json
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "infra/scripts/deploy.py"


@pytest.fixture
def session(applied: Any) -> Any:
    """A session of boto3 whose clients are the emulator's."""

    class Session:
        region_name = "eu-central-1"
        client = staticmethod(applied.client)

    return Session()


def test_the_bucket_of_the_state_is_made_once_and_is_private(deploy: Any, session: Any, applied: Any) -> None:
    name = deploy.state_bucket(session, "dev")
    assert deploy.state_bucket(session, "dev") == name
    s3 = applied.client("s3")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    s3.delete_bucket(Bucket=name)


def test_a_lake_is_made_once_where_its_jobs_look_for_it(deploy: Any, as_deployer: None, applied: Any) -> None:
    from stedi import audit
    from stedi.ground.errors import StediError
    from stedi.lake.config import opened
    from stedi.privacy.keys import NAMES

    lake = deploy.begun(applied.outputs, "dev")
    keys = {name: lake.key(name) for name in NAMES}
    assert len(set(keys.values())) == 3
    again = deploy.begun(applied.outputs, "dev")
    assert again == lake == opened(lake.root) and {name: again.key(name) for name in NAMES} == keys
    assert audit.verify(lake).entries == 1, "its creation, once"

    secrets, glue = applied.client("secretsmanager"), applied.client("glue")
    for name in NAMES:
        told = secrets.describe_secret(SecretId=applied.outputs["secrets"][name])
        assert [*told["VersionIdsToStages"].values()] == [["AWSCURRENT"]], "a secret that Terraform made"
    given = glue.get_job(JobName=applied.outputs["jobs"]["stage"])["Job"]["DefaultArguments"]
    assert (given["--lake"], given["--catalog"]) == (str(lake.root), lake.glue)
    assert lake.buckets == deploy.BUCKETS and (lake.private / "audit.head").is_file()
    declared = json.loads((deploy.INFRA / "generated/tables.json").read_text())["folders"]
    assert str(lake.root).endswith(f"/{declared['lake']}")
    for zone, folder in lake.on_s3.tables.items():
        assert folder == f"s3://{applied.outputs['buckets'][zone]}/{declared['tables']}"

    elsewhere = {**applied.outputs, "private": "s3://elsewhere/private"}
    with pytest.raises(StediError, match="left as it is"):
        deploy.begun(elsewhere, "dev")


def test_only_iceberg_tables_that_exist_are_granted_on(deploy: Any, session: Any, applied: Any) -> None:
    glue = applied.client("glue")
    assert deploy.existing_tables(session) == []
    glue.create_table(DatabaseName="stedi", TableInput={"Name": "consent"})
    assert deploy.existing_tables(session) == ["consent"]
    glue.delete_table(DatabaseName="stedi", Name="consent")


def test_each_environment_names_its_region(deploy: Any) -> None:
    files = sorted((SCRIPT.parents[1] / "envs").glob("*.tfvars"))
    assert {path.stem: deploy.region(path) for path in files} == {
        "dev": "eu-central-1",
        "prod": "eu-central-1",
    }
