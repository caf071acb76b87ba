"""The whole chain on a real account: `python infra/scripts/smoke.py dev`. It never ran on one yet.

Puts a simulated fleet into the landing zone, starts a run and waits for it, then runs every named query and
shows what it answers. Nobody real is in it. It refuses an environment whose landing zone holds anything.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
from deploy import outputs

INFRA = Path(__file__).resolve().parents[1]
STEDI = INFRA.parent / ".venv" / "bin" / "stedi"
SOURCES = ("customer", "accelerometer", "step_trainer")
CUSTOMERS = "12"
WAIT_S = 15
LONGEST_S = 2 * 3600


def main() -> int:
    """Run the chain; 0 when the run succeeded and every named query answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment")
    environment = parser.parse_args().environment
    told = outputs()
    if not told["state_machine_arn"].endswith(f":stedi-{environment}-run"):
        print(
            f"What is deployed from here is not {environment}; nothing was landed. Run make deploy first.",
            file=sys.stderr,
        )
        return 2
    session = boto3.Session(region_name=told["state_machine_arn"].split(":")[3])
    landing = told["buckets"]["landing"]
    s3 = session.client("s3")
    if any("Contents" in s3.list_objects_v2(Bucket=landing, Prefix=f"{s}/", MaxKeys=1) for s in SOURCES):
        print(
            f"{landing} holds landed files already; nothing was landed. Use an empty environment.",
            file=sys.stderr,
        )
        return 2
    print(f"landed {land(s3, landing)} files")
    if (ended := run(session, told["state_machine_arn"])) != "SUCCEEDED":
        print(
            f"The run ended {ended}; no query was run. See docs/runbooks.md, a job failed.", file=sys.stderr
        )
        return 1
    # Grants on tables that the run has made.
    subprocess.run(["make", "deploy", f"ENV={environment}"], cwd=INFRA.parent, check=True)
    return queries(session, told)


def land(s3: Any, bucket: str) -> int:
    """Put a simulated fleet under its prefixes; how many files."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Path(folder) / "fleet"
        subprocess.run(
            [STEDI, "simulate", fleet, "--customers", CUSTOMERS], check=True, stdout=subprocess.DEVNULL
        )
        # The truth beside them is no landed file.
        files = sorted(path for s in SOURCES for path in (fleet / s).rglob("*") if path.is_file())
        for path in files:
            s3.upload_file(str(path), bucket, path.relative_to(fleet).as_posix())
    return len(files)


def run(session: Any, state_machine: str) -> str:
    """Start a run and wait for its end; how it ended. One that landed files began is waited for first."""
    client = session.client("stepfunctions")
    deadline = time.monotonic() + LONGEST_S
    while client.list_executions(stateMachineArn=state_machine, statusFilter="RUNNING")["executions"]:
        if time.monotonic() > deadline:
            return "after another that does not end"
        time.sleep(WAIT_S)
    started = client.start_execution(
        stateMachineArn=state_machine, name=f"smoke-{int(time.time())}", input=json.dumps({"maintain": True})
    )["executionArn"]
    while (told := client.describe_execution(executionArn=started))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            return "RUNNING still"
        time.sleep(WAIT_S)
    return str(told["status"])


def queries(session: Any, told: dict[str, Any]) -> int:
    """Run every named query as the auditor; 0 when all answered."""
    role = told["roles"]["readers"]["auditor"]
    taken = session.client("sts").assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
    athena = boto3.Session(
        taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], region_name=session.region_name
    ).client("athena")
    failed = 0
    for name, query in sorted(told["named_queries"].items()):
        text = athena.get_named_query(NamedQueryId=query)["NamedQuery"]["QueryString"]
        begun = athena.start_query_execution(
            QueryString=text,
            QueryExecutionContext={"Database": told["database"]},
            WorkGroup=told["workgroups"]["auditor"],
        )["QueryExecutionId"]
        state = ended(athena, begun)
        print(f"\n{name}: {state}")
        failed += state != "SUCCEEDED"
        if state == "SUCCEEDED":
            for row in athena.get_query_results(QueryExecutionId=begun, MaxResults=20)["ResultSet"]["Rows"]:
                print("  " + " | ".join(cell.get("VarCharValue", "") for cell in row["Data"]))
    return 1 if failed else 0


def ended(athena: Any, query: str) -> str:
    """Wait for a query; its state."""
    while True:
        told = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if told["State"] not in ("QUEUED", "RUNNING"):
            return str(told["State"])
        time.sleep(2)


if __name__ == "__main__":
    sys.exit(main())
