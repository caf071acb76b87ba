"""Grow the starter data: N copies, each with people and devices of its own.

The first copy is the data itself. Every other one replaces each e-mail, each serial number and each
customer's name by a fresh one, the same whenever it is made, and changes nothing else, so that N copies
have N times the rows of every table. (With the same name they would be one person each, for registration
and birthday are the same.)

    python -m bench.grow ../shared/data/stedi .cache/bench/landing-10x --copies 10
"""

import argparse
import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

SOURCES = ("customer", "accelerometer", "step_trainer")

IDENTITY = re.compile(
    rb'(?<=")('
    rb"[0-9A-Za-z._+-]+@[0-9A-Za-z.-]+|"
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rb')(?=")'
)
"""An e-mail or a serial number that is the whole of a JSON text."""

NAME = re.compile(rb'"customerName": ?"[^"]+')
"""A customer's name, up to its closing quote."""


def grow(data: Path, target: Path, copies: int) -> int:
    """Write copies of a landing zone; return the bytes that lie there.

    What is there already is kept: a finished folder is not written again.

    Args:
        data: Holds `<source>/**/*.json`.
        target: Is made; holds the same folders, each file once a copy.
        copies: How many, the data itself included.
    """
    if not target.is_dir():
        aside = target.with_name(f"{target.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        for source in SOURCES:
            (aside / source).mkdir(parents=True)
            for file in sorted((data / source).rglob("*.json")):
                # One file of the starter data at a time: at most 1.2 MB.
                parts = IDENTITY.split(file.read_bytes())
                known = set(parts[1::2])
                for copy in range(copies):
                    fresh = {identity: renamed(identity, copy) for identity in known}
                    parts_of_copy = parts.copy()
                    parts_of_copy[1::2] = [fresh[identity] for identity in parts[1::2]]
                    content = (
                        NAME.sub(rb"\g<0> %d" % copy, b"".join(parts_of_copy)) if copy else file.read_bytes()
                    )
                    (aside / source / f"{file.stem}-{copy:03}.json").write_bytes(content)
        aside.replace(target)
    return sum(file.stat().st_size for file in target.rglob("*.json"))


def renamed(identity: bytes, copy: int) -> bytes:
    """The e-mail or serial number that stands for another in a copy.

    >>> renamed(b"Ana@test.com", 7)
    b'Ana.7@test.com'
    """
    if copy == 0:
        return identity
    name, at, domain = identity.partition(b"@")
    if at:
        return b"%b.%d@%b" % (name, copy, domain)
    digest = hashlib.sha256(b"%b %d" % (identity, copy)).digest()
    return str(UUID(bytes=digest[:16], version=4)).encode()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--copies", type=int, default=10)
    chosen = parser.parse_args(arguments)
    size = grow(chosen.data, chosen.target, chosen.copies)
    print(f"{chosen.target}: {size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
