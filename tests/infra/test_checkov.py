"""checkov finds nothing, in the code or in a plan, but what is suppressed with a reason beside the code."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
CHECKOV = Path(sys.executable).parent / "checkov"
CODE = [path for path in (REPOSITORY / "infra").rglob("*.tf") if ".terraform" not in path.parts]


def failed(*arguments: str) -> list[str]:
    ran = subprocess.run(
        [CHECKOV, "--compact", "--quiet", "--skip-download", "-o", "json", *arguments],
        capture_output=True, text=True, check=False, cwd=REPOSITORY,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    reports = told if isinstance(told, list) else [told]
    assert sum(report["summary"]["passed"] for report in reports) > 100, ran.stderr[-2000:]
    found = {(f["check_id"], f["resource"]) for report in reports for f in report["results"]["failed_checks"]}
    return sorted(f"{check} {resource}" for check, resource in found)


def test_the_code() -> None:
    found = failed("-d", "infra", "--framework", "terraform")
    assert not found, "\n".join(found)


CONNECTED = {"CKV_AWS_18", "CKV_AWS_21", "CKV_AWS_144", "CKV_AWS_145"}
"""Checks, beside all CKV2, of one resource by another: the code shows what is connected, a plan does not."""


def test_a_plan(applied: Any, tmp_path: Path) -> None:
    # Once all is made, every value is known.
    planned = tmp_path / "plan.json"
    planned.write_text(json.dumps(applied.terraform.shown("again.tfplan")))
    # Suppressions stand in the code, which a plan does not show.
    code = "".join(path.read_text() for path in CODE)
    suppressed = set(re.findall(r"checkov:skip=(CKV2?_AWS_\d+)", code))
    found = failed("-f", str(planned), "--framework", "terraform_plan")
    left = [fault for fault in found if fault.split()[0] not in suppressed | CONNECTED]
    left = [fault for fault in left if not fault.startswith("CKV2_")]
    assert not left, "\n".join(left)


def test_every_suppression_has_a_reason() -> None:
    for path in CODE:
        for check, reason in re.findall(r"checkov:skip=(\w+):?(.*)", path.read_text()):
            assert len(reason.split()) >= 5, f"{path.name}: {check}"
            assert check != "CKV_AWS_285" or "logs" in reason
