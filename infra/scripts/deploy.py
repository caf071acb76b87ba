"""Deploy or destroy one environment: `python infra/scripts/deploy.py dev [--destroy]`.

After Terraform it creates the lake and its keys where there is none, through the package itself.
Terraform's state lies in a bucket of its own, made here on the first run, and is locked by a file beside it.
Credentials and account are those of the AWS client's own settings. This never ran on a real account.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from stedi import audit
from stedi.ground.errors import StediError
from stedi.ground.places import S3Path
from stedi.lake.config import GLUE_CATALOG, Lake, create
from stedi.lake.on_s3 import OnS3

INFRA = Path(__file__).resolve().parents[1]
BUCKETS = 256
"""Of a lake that is created: into so many files a full table splits at least."""


def main() -> int:
    """Deploy, or destroy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--destroy", action="store_true")
    options = parser.parse_args()
    variables = INFRA / "envs" / f"{options.environment}.tfvars"
    if not variables.is_file():
        print(f"{variables.name} is not in infra/envs; nothing was deployed.", file=sys.stderr)
        return 2
    session = boto3.Session(region_name=region(variables))
    # The package asks AWS where the settings say, and they may name another region.
    os.environ["AWS_DEFAULT_REGION"] = session.region_name
    bucket = state_bucket(session, options.environment)
    terraform(
        "init", "-input=false", "-reconfigure",
        f"-backend-config=bucket={bucket}", "-backend-config=key=stedi.tfstate",
        f"-backend-config=region={session.region_name}",
    )  # fmt: skip
    given = [f"-var-file={variables}", f"-var=wheel={wheel(options.destroy)}"]
    given.append(f"-var=existing_tables={json.dumps(existing_tables(session))}")
    if options.destroy:
        terraform("destroy", "-input=false", *given)
        return 0
    terraform("apply", "-input=false", *given)
    try:
        lake = begun(outputs(), options.environment)
    except StediError as refused:
        print(refused, file=sys.stderr)
        return refused.exit_code
    print(f"The lake {lake.root} is there. Back up its keys: {lake.keys.described}")
    return 0


def terraform(*arguments: str) -> None:
    """Run Terraform; its failure is ours."""
    subprocess.run(["terraform", f"-chdir={INFRA}", *arguments], check=True)


def outputs() -> dict[str, Any]:
    """What Terraform says it made."""
    told = subprocess.run(
        ["terraform", f"-chdir={INFRA}", "output", "-json"], check=True, capture_output=True, text=True
    )
    return {name: output["value"] for name, output in json.loads(told.stdout).items()}


def begun(told: dict[str, Any], environment: str) -> Lake:
    """The lake of an environment: created where there is none, with its keys and the begin of its audit log.

    One that is there is left as it is, and so is a key.

    Raises:
        StediError: It cannot be created, or the one that is there has its parts elsewhere.
    """
    buckets = told["buckets"]
    root = S3Path(*told["lake"].removeprefix("s3://").split("/", 1))
    parts = OnS3.of(root, buckets["trusted"], buckets["curated"], f"stedi/{environment}", told["private"])
    lake = create(root, buckets=BUCKETS, on_s3=parts, glue=GLUE_CATALOG)
    if (lake.on_s3, lake.glue) != (parts, GLUE_CATALOG):
        raise StediError(
            f"The lake {root} was not made by a deployment: its tables, keys or private folder lie "
            "elsewhere, where no job may go. It was left as it is.\n"
            "Make another environment, and land the files there."
        )
    audit.begin(lake)
    return lake


def region(variables: Path) -> str:
    """The region that an environment's variables name."""
    found = re.search(r'^region\s*=\s*"([^"]+)"', variables.read_text(), re.M)
    if not found:
        raise SystemExit(f"{variables.name} names no region; nothing was deployed.")
    return found[1]


def wheel(destroying: bool) -> Path:
    """The one wheel in dist/; what is destroyed needs its name only."""
    found = sorted((INFRA.parent / "dist").glob("stedi_lakehouse-*.whl"))
    if len(found) == 1:
        return found[0]
    if destroying:
        return INFRA / "tests" / "stedi_lakehouse-0.0.0-py3-none-any.whl"
    raise SystemExit(
        f"dist/ holds {len(found)} wheels instead of one; nothing was deployed. Build it: make wheel"
    )


def state_bucket(session: Any, environment: str) -> str:
    """The bucket of Terraform's state; made when it is not there: versioned, encrypted, private."""
    account = session.client("sts").get_caller_identity()["Account"]
    name = f"stedi-{environment}-{account}-terraform"
    s3 = session.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except ClientError as refused:
        if refused.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        where = {} if session.region_name == "us-east-1" else {"LocationConstraint": session.region_name}
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


def existing_tables(session: Any) -> list[str]:
    """Iceberg tables that the package has made: Lake Formation grants on what exists only."""
    declared = json.loads((INFRA / "generated" / "tables.json").read_text())
    pages = session.client("glue").get_paginator("get_tables").paginate(DatabaseName=declared["database"])
    try:
        there = {table["Name"] for page in pages for table in page["TableList"]}
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        there = set()
    return [t["name"] for t in declared["tables"] if t["kind"] == "iceberg" and t["name"] in there]


if __name__ == "__main__":
    sys.exit(main())
