"""Landed files of which nobody can say that they hold nothing of a person."""

from stedi.config import Lake
from stedi.erasure.landed import all_landed
from stedi.errors import PrivacyGateError
from stedi.places import Place
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


def undecodable(lake: Lake) -> frozenset[Place]:
    """The files of the lake's own landing zone that the prover cannot search to their end."""
    search, rows = Search(()), RowSearch(())
    files = all_landed(lake.landing.resolve())
    return frozenset(path for path in files if look_into(path, search, rows).failures)
