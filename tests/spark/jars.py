"""Fetch the jars of constraints/jars.txt through Maven, and refuse one that is not as declared.

python tests/spark/jars.py constraints/jars.txt FOLDER
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"


def declared(constraints: Path) -> dict[str, str]:
    """Maven coordinates of each jar, and the SHA-256 it must have."""
    lines = constraints.read_text().splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def file_name(coordinates: str) -> str:
    """What Maven calls the jar of these coordinates."""
    _, artifact, version = coordinates.split(":")
    return f"{artifact}-{version}.jar"


def fetch(constraints: Path, folder: Path) -> None:
    """Fill the folder with the declared jars, all or none."""
    if not shutil.which("mvn"):
        sys.exit("The jars were not fetched: Maven is missing. Install it (Debian: apt-get install maven).")
    part = folder.with_name(f"{folder.name}.part")
    for old in (part, folder):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    for coordinates, sha256 in declared(constraints).items():
        artifact, target = f"-Dartifact={coordinates}", f"-DoutputDirectory={part.resolve()}"
        subprocess.run(["mvn", "-q", "-B", COPY, artifact, target], check=True)
        found = hashlib.sha256((part / file_name(coordinates)).read_bytes()).hexdigest()
        if found != sha256:
            sys.exit(f"The jars were not fetched: {coordinates} has SHA-256 {found}, declared is {sha256}.")
    part.rename(folder)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), Path(sys.argv[2]))
