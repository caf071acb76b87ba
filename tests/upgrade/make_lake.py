"""Make the stored lake of the version that is installed: simulated people, two deliveries, two who left.

    python tests/upgrade/make_lake.py tests/upgrade/lake-VERSION.tar.xz

A lake knows the folder it lies in, so it is made where the test puts it: in `ROOT`.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path("/tmp/stedi-upgrade")
LAKE, KEYS = ROOT / "lake", ROOT / "keys"
COUNTS = "counts.json"
TABLES = (
    "consent", "devices", "customer_trusted", "accelerometer_trusted", "step_trainer_trusted",
    "customers_curated", "machine_learning_curated", "customer_staged", "accelerometer_staged",
    "step_trainer_staged", "quarantine", "requests",
)  # fmt: skip
REFUSED = {
    "customer": ['{"email": "nobody@example.org", "customerName": "No Body"', "{}"],
    "accelerometer": [
        '{"user": "nobody@example.org", "timestamp": 4102444800000, "x": 1.0, "y": 0.0, "z": 9.8}'
    ],
    "step_trainer": ["x"],
}
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": str(ROOT), "USER": "officer", "LOGNAME": "officer",
    "STEDI_KEYS": str(KEYS), "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
}  # fmt: skip


def stedi(*arguments: object, said: str = "") -> str:
    """What a command prints; `stedi` is the one beside this Python."""
    command = [str(Path(sys.executable).with_name("stedi")), *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, input=said, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def deliver(folder: Path, seed: int) -> None:
    """Simulate people, and land some of what they send, and lines that are refused."""
    stedi("simulate", folder, "--customers", 3, "--minutes", "0.5", "--seed", seed)
    for path in (folder / "accelerometer").rglob("*.json"):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[::5]))
    for name, lines in REFUSED.items():
        (folder / name / f"refused-{seed}.json").write_text("".join(f"{line}\n" for line in lines))
    stedi("--lake", LAKE, "land", folder)
    shutil.rmtree(folder)
    stedi("--lake", LAKE, "run")


def who_passed() -> list[str]:
    """The addresses of people whose readings passed, in order."""
    told = stedi(
        "--lake", LAKE, "query", "--json", "--reveal", "to make a lake for a test",
        "select distinct person from accelerometer_trusted order by 1",
    )  # fmt: skip
    return [row[0] for row in json.loads(told)["rows"]]


def main(out: Path) -> None:
    """Make the lake and pack it."""
    if ROOT.exists():
        raise SystemExit(f"{ROOT} is there already; nothing was made. Remove it: rm -r {ROOT}")
    ROOT.mkdir(mode=0o700)
    try:
        deliver(ROOT / "first", 1)
        deliver(ROOT / "second", 2)
        withdrawn, erased = who_passed()[:2]
        for kind, email in (("withdraw", withdrawn), ("erase", erased)):
            stedi("--lake", LAKE, "privacy", kind, "--email-file", "-", "--yes", said=email)
        counts = {
            table: json.loads(
                stedi("--lake", LAKE, "query", "--json", f"select count(*) from {table}")
            )["rows"][0][0]
            for table in TABLES
        }  # fmt: skip
        (ROOT / COUNTS).write_text(json.dumps(counts, indent=1) + "\n")
        with tarfile.open(out, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as packed:
            for name in (LAKE.name, KEYS.name, COUNTS):
                packed.add(ROOT / name, name, filter=nobodys)
    finally:
        shutil.rmtree(ROOT)


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file that tells nothing of whose machine it was made on."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(Path(sys.argv[1]))
