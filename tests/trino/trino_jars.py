"""Fetch the jars of tests/trino/pom.xml through Maven, and refuse them unless they are those declared.

python tests/trino/trino_jars.py constraints/trino.txt FOLDER
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


def declared(constraints: Path) -> dict[str, str]:
    """The file name of each jar, and the SHA-256 it must have."""
    lines = constraints.read_text().splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def differences(found: Path, wanted: dict[str, str]) -> list[str]:
    """What is wrong with a folder of jars."""
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found.glob("*")}
    missing = [f"{name} is missing" for name in wanted.keys() - there.keys()]
    strange = [f"{name} is not declared" for name in there.keys() - wanted.keys()]
    both = there.keys() & wanted.keys()
    return sorted([*missing, *strange, *(f"{name} differs" for name in both if there[name] != wanted[name])])


def fetch(constraints: Path, folder: Path) -> None:
    """Fill the folder with the declared jars, all or none."""
    if not shutil.which("mvn"):
        sys.exit("The jars were not fetched: Maven is missing. Install it (Debian: apt-get install maven).")
    part = folder.with_name(f"{folder.name}.part")
    for old in (part, folder):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    target, scope = f"-DoutputDirectory={part.resolve()}", "-DincludeScope=runtime"
    subprocess.run(["mvn", "-q", "-B", "-f", str(POM), COPY, target, scope], check=True)
    if faults := differences(part, declared(constraints)):
        sys.exit("The jars were not fetched, for they are not those declared:\n  " + "\n  ".join(faults))
    part.rename(folder)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), Path(sys.argv[2]))
