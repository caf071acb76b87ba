"""What every committed file keeps to."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST = 300
SOURCES = sorted(path for folder in ("src", "tests", "bench") for path in (REPOSITORY / folder).rglob("*.py"))


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True)
    paths = [REPOSITORY / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines()) for path in SOURCES}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_the_wheel_declares_no_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == []


def test_no_lock_file_is_committed() -> None:
    locks = [path.name for path in committed() if ".lock" in path.name or path.name == "package-lock.json"]
    assert locks == []


ADDRESSES = {
    "an index": "index-" + "url",
    "a place of wheels": "find-" + "links",
    "the public index": "pypi" + ".org",
    "the public files": "python" + "hosted.org",
    "this clone": str(REPOSITORY),
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_no_committed_file_names_where_packages_come_from(address: str) -> None:
    # Whoever installs decides that; the constraints hold hashes only.
    naming = [
        str(path.relative_to(REPOSITORY)) for path in committed() if address.encode() in path.read_bytes()
    ]
    assert naming == []


def test_no_result_of_a_benchmark_holds_a_path() -> None:
    # Of whatever clone: they are measured in one and committed from another.
    results = [path for path in committed() if path.parent == REPOSITORY / "bench/results"]
    assert results
    assert [path.name for path in results if re.search(r'(?:^|[\s"=:])/\w', path.read_text())] == []


def test_the_privacy_officer_is_asked() -> None:
    lines = (REPOSITORY / "CODEOWNERS").read_text().splitlines()
    owners = dict(line.split() for line in lines if line and not line.startswith("#"))
    assert owners["/src/stedi/privacy/"] == "@stedi/privacy-officer"
    assert owners["/docs/privacy-register.md"] == "@stedi/privacy-officer"
    assert next(iter(owners)) == "*"
    assert [path for path in owners if path != "*" and not (REPOSITORY / path.strip("/")).exists()] == []
