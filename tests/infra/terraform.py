"""Terraform on a copy of `infra/` that talks to the emulator and keeps its state beside it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]

SERVICES = (
    "athena", "budgets", "cloudwatch", "cloudwatchlogs", "events", "firehose", "glue", "iam", "iot", "kms",
    "lakeformation", "s3", "scheduler", "secretsmanager", "sfn", "sns", "sts",
)  # fmt: skip


@dataclass(frozen=True)
class Terraform:
    """A copy of the infrastructure, and what it is applied with."""

    folder: Path
    variables: dict[str, str]

    def run(self, *arguments: str, accepted: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command of Terraform in the copy; other exit codes than `accepted` fail the test."""
        planned = any(argument.endswith(".tfplan") for argument in arguments[1:] if argument[0] != "-")
        asks = arguments[0] in CHANGING and not planned
        given = [f"-var={name}={value}" for name, value in self.variables.items()] if asks else []
        ran = subprocess.run(
            ["terraform", *arguments, *given],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        assert ran.returncode in accepted, (
            f"terraform {arguments[0]}:\n{ran.stdout[-4000:]}\n{ran.stderr[-8000:]}"
        )
        return ran

    def shown(self, *plan: str) -> dict[str, Any]:
        """The state, or a plan, as JSON."""
        told: dict[str, Any] = json.loads(self.run("show", "-json", *plan).stdout)
        return told

    def outputs(self) -> dict[str, Any]:
        """The outputs by name."""
        return {
            name: output["value"] for name, output in json.loads(self.run("output", "-json").stdout).items()
        }


CHANGING = ("plan", "apply", "destroy")


def copied(folder: Path, endpoint: str, wheel: Path, environment: str = "dev") -> Terraform:
    """Copy `infra/` and turn it to the emulator."""
    shutil.copytree(
        REPOSITORY / "infra", folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "tests")
    )
    addresses = "\n".join(f'    {service} = "{endpoint}"' for service in SERVICES)
    (folder / "emulator_override.tf").write_text(
        f"""
terraform {{
  backend "local" {{}}
}}

provider "aws" {{
  region                      = "eu-central-1"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  s3_use_path_style           = true
  max_retries                 = 1

  endpoints {{
{addresses}
  }}
}}
"""
    )
    shutil.copy(folder / "envs" / f"{environment}.tfvars", folder / "this.auto.tfvars")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    terraform = Terraform(folder, {"wheel": str(wheel)})
    terraform.run("init", "-input=false", "-no-color")
    return terraform
