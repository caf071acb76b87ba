"""What `make deploy` does beside Terraform: the bucket of its state, keys, tables that exist."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "infra/scripts/deploy.py"


@pytest.fixture(scope="module")
def deploy() -> Any:
    spec = importlib.util.spec_from_file_location("deploy", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_a_key_is_made_once_in_the_package_s_own_form(deploy: Any, session: Any, applied: Any) -> None:
    def keys() -> list[str]:
        secrets = applied.client("secretsmanager")
        return [secrets.get_secret_value(SecretId=f"stedi/dev/{key}")["SecretString"] for key in deploy.KEYS]

    deploy.fill_keys(session, "dev")
    made = keys()
    assert all(re.fullmatch(r"[0-9a-f]{64}\n", key) for key in made) and len(set(made)) == 3
    deploy.fill_keys(session, "dev")
    assert keys() == made


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
