"""What listing, examining and reading tell of a landing zone; and folders put into a bucket."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stedi.ground.places import Place, S3Path
from stedi.ground.places.client import client
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import read_blocks
from stedi.sources.listing import listed
from stedi.sources.opening import open_content
from stedi.sources.verdicts import FileVerdict

SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)
LANDED_AT = 1_767_225_600_000


def upload(folder: Path, landing: S3Path) -> list[str]:
    """Put every regular file of a folder whose name is text under its path; return what was left out."""
    left_out = []
    for parent, _, names in os.walk(folder):
        for name in names:
            file = Path(parent, name)
            key = str(file.relative_to(folder))
            # The emulator's own paths end where a line does.
            if (
                file.is_symlink()
                or not file.is_file()
                or not key.isascii()
                and "\udcff" in key
                or "\n" in key
            ):
                left_out.append(key)
                continue
            client("s3").put_object(
                Bucket=landing.bucket, Key=f"{landing.key}/{key}".lstrip("/"), Body=file.read_bytes()
            )
    return left_out


def told(
    landing: Place, *, settle_s: float = 0.0, between: Callable[[], None] = lambda: None
) -> dict[str, tuple[Any, ...]]:
    """By path: the verdict, its reason, what was seen of the content, and its lines by verdict."""
    files = list(listed(landing, SOURCES, settle_s=settle_s))
    between()
    found = {}
    for file in files:
        seen = examined(file, SOURCES) if file.verdict is FileVerdict.READ else None
        if not isinstance(seen, Examined):
            verdict = seen.verdict if seen else file.verdict
            content = seen.content if seen else None
            whole = (content.sha256, content.lines) if content else None
            found[file.path] = (verdict, seen.reason if seen else file.reason, whole)
            continue
        lines, blank, accepted, refused = 0, 0, 0, Counter[str]()
        with open_content(file, seen) as stream:
            for block in read_blocks(stream, file.source, landed_at=LANDED_AT, buckets=16):
                lines += block.lines
                blank += block.blank
                accepted += block.accepted.num_rows
                refused.update(block.refused.column("reason").to_pylist())
        found[file.path] = (
            file.verdict,
            None,
            seen.sha256,
            seen.size,
            seen.lines,
            lines,
            blank,
            accepted,
            refused,
        )
    return found
