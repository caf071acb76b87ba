"""What a procedure remembers of its person beside the keys, and what a kill left on the way there."""

from collections.abc import Collection, Iterator

from stedi.ground import durable
from stedi.ground.places import Place, S3Path, forget
from stedi.ground.places.versions import uploads, versions
from stedi.lake.config import Lake

PERSON = ".person.json"
TRACES = ".traces.json"
LANDED = ".landed.json"
ENDINGS = (PERSON, TRACES, LANDED)

_WRITTEN_BY_PROCEDURES = ("procedures", "certificates")
"""Folders of a lake to which nobody but a procedure writes."""


def private_file(lake: Lake, request: str, ending: str) -> Place:
    """Where a procedure keeps a part of what it remembers."""
    return lake.private / f"{request}{ending}"


def forget_private_files(lake: Lake, *, but: Collection[str] = ()) -> None:
    """Remove what is remembered for every request but some, and every temporary file of it.

    Nobody may carry out a procedure meanwhile.
    """
    for path in [*_found(lake.private)]:
        becomes = durable.becomes(path)
        ending = next((e for e in ENDINGS if (becomes or path.name).endswith(e)), None)
        if ending and (becomes or path.name.removesuffix(ending) not in but):
            forget(path)
    for name in () if isinstance(lake.root, S3Path) else _WRITTEN_BY_PROCEDURES:
        for path in (lake.root / name).glob(".*"):
            if durable.becomes(path):
                forget(path)


def _found(folder: Place) -> Iterator[Place]:
    if isinstance(folder, S3Path):
        # An upload that never ended, and a version that was replaced, are in no listing.
        yield from dict.fromkeys(each.path for each in (*versions(folder), *uploads(folder)))
    elif folder.is_dir():
        yield from folder.iterdir()
