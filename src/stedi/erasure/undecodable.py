"""What of a lake nobody can search: it may hold anybody, so an officer decides before an erasure begins."""

import shlex
from collections.abc import Sequence

from stedi.ground.errors import PrivacyGateError
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.prover.proof import Area, Failure, Proof, prove
from stedi.prover.traces import Traces

EMPTY = "--empty-undecodable"
KEEP = "--keep-unsearchable"
MOST = 50


class UndecodableLandingError(PrivacyGateError):
    """Something cannot be searched to its end, and nobody decided what becomes of it."""

    def __init__(self, lake: Lake, failures: Sequence[Failure]) -> None:
        files = len({failure.path for failure in failures})
        command = f"stedi --lake {shlex.quote(str(lake.root))} privacy erase --yes"
        held = (
            f" Empty what cannot be searched: {command} {EMPTY}. Or keep it, which the certificate then says:"
            if any(can_be_emptied(failure) for failure in failures)
            else " Remove or mend these files. Or keep them, which the certificate then says:"
        )
        super().__init__(
            f"{files:,} files cannot be searched to their end. Nothing was erased, for nobody could say that "
            f"they hold nothing of the person. Put whole ones in their place.{held} {command} {KEEP}",
            shown(failures),
        )


def ways_on(lake: Lake, failures: Sequence[Failure]) -> str:
    """What a search found that should not be there, and how the procedure ends where it is not searchable."""
    if not failures:
        return "the search found what should be gone."
    command = f"stedi --lake {shlex.quote(str(lake.root))} privacy resume"
    empty = f"{command} {EMPTY} empties what cannot be searched" if any(map(can_be_emptied, failures)) else ""
    keep = f"{command} {KEEP} keeps it, and the certificate then says so"
    told = "the search found what nobody can search, if not more."
    return f"{told} {'; '.join(filter(None, (empty, keep)))}."


def shown(failures: Sequence[Failure]) -> list[str]:
    """The paths of what cannot be searched, what tells of people masked, and why."""
    told = [f"{failure.path}: {failure.why}" for failure in failures]
    return told if len(told) <= MOST else [*told[:MOST], f"and {len(told) - MOST:,} more"]


def unsearchable(lake: Lake, traces: Traces) -> list[Failure]:
    """The landed files and refused lines that the prover cannot search to their end."""
    proof = prove(
        lake, [traces], within=lambda area, table: area is Area.LANDED or table == quarantine.TABLE.name
    )
    return list(proof.failures)


def require_decided(lake: Lake, search: Proof, *, empties: bool, keeps: bool) -> None:
    """Refuse an erasure while nobody decided what becomes of what cannot be searched.

    Raises:
        UndecodableLandingError: Nobody did.
    """
    left = [f for f in search.failures if f.counts and not keeps and not (empties and can_be_emptied(f))]
    if left:
        raise UndecodableLandingError(lake, left)


def places_of(failures: Sequence[Failure]) -> frozenset[Place]:
    """The landed files among what cannot be searched."""
    return frozenset(f.place for f in failures if f.place is not None and f.area is Area.LANDED)


def can_be_emptied(failure: Failure) -> bool:
    """Whether an erasure may empty what cannot be searched."""
    return failure.area is Area.LANDED or failure.table == quarantine.TABLE.name
