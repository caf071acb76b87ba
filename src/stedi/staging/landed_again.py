"""Files that were landed again, and were there already: lines of them may be read again by the next run.

They are known by their state, which tells nothing of what is in them nor of whom their names are.
"""

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from uuid import uuid4

from stedi.ground import durable
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.sources.listing import FileState, state_of
from stedi.staging.ledger import Ledger
from stedi.staging.refused_lines import Content

_FOLDER = "landed_again"


def keep_landed_again(lake: Lake, files: Sequence[Place]) -> None:
    """Remember files of the lake's landing zone that somebody landed again."""
    if not files:
        return
    folder = lake.root / _FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    states = []
    for file in files:
        # An erasure may have given it another name meanwhile.
        with contextlib.suppress(OSError):
            states.append(astuple(state_of(file)))
    durable.replace(folder / f"{uuid4().hex}.json", json.dumps(states).encode())


def is_landed_again(lake: Lake) -> bool:
    """Whether any file was landed again since a run heard of it last."""
    return any((lake.root / _FOLDER).glob("*.json"))


def landed_again(lake: Lake, ledger: Ledger) -> tuple[list[Content], list[Place]]:
    """The contents that were landed again since a run heard of it last, and where that is remembered."""
    told: list[Place] = [*(lake.root / _FOLDER).glob("*.json")]
    states = {FileState(*state) for path in told for state in json.loads(path.read_bytes())}
    if not states:
        return [], told
    known = [(e.source, e.file_sha256) for e in ledger.entries if e.state in states and e.file_sha256]
    return known, told


def forget_landed_again(told: Iterable[Place]) -> None:
    """Forget what a run has heard of."""
    for path in told:
        path.unlink(missing_ok=True)
