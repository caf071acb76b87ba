"""Landed files of which nobody can say that they hold nothing of a person."""

import os
from pathlib import Path

from stedi.config import Lake
from stedi.errors import PrivacyGateError
from stedi.prover.contents import look_into
from stedi.prover.rows import RowSearch
from stedi.prover.search import Search


class UndecodableLandingError(PrivacyGateError):
    """Landed files cannot be searched to their end, and nobody said that they may be emptied."""

    def __init__(self, files: int) -> None:
        super().__init__(
            f"Landed files that cannot be decoded to their end: {files:,}. Nothing was erased, for nobody "
            "could say that they hold nothing of the person.\nPut whole ones in their place, or let them be "
            "emptied: stedi privacy erase --empty-undecodable",
            [],
        )


def undecodable(lake: Lake) -> frozenset[Path]:
    """The files of the lake's own landing zone that the prover cannot search to their end."""
    search, rows = Search(()), RowSearch(())
    found = set()
    for folder, _, names in os.walk(lake.landing.resolve()):
        for path in (Path(folder) / name for name in names):
            if path.is_file() and not path.is_symlink() and look_into(path, search, rows).failures:
                found.add(path)
    return frozenset(found)
