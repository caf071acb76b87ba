"""What is told of a run, while it goes on and at its end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stedi.building import changes
from stedi.building.build import Built
from stedi.building.changes import Cause
from stedi.building.releases import Release
from stedi.staging.ledger import LedgerEntry
from stedi.staging.reports import StageReport


class Listener:
    """Hears of a run while it goes on; every method may be left as it is."""

    def waiting_for_lake(self) -> None:
        """Another run holds the lake."""

    def recovered(self) -> None:
        """A run before did not end, and what it left was taken away."""

    def settling(self, files: int, seconds: float) -> None:
        """Files may still be written, and the run waits to look again."""

    def staged(self, entries: Sequence[LedgerEntry]) -> None:
        """A batch of files was staged."""

    def built(self, built: Built) -> None:
        """A table was built and is not yet published."""

    def stale_models(self, models: int) -> None:
        """So many models learnt from people who left, or whose readings did."""


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes:
        run_id: Names the run.
        stage: What became of the landing zone.
        release: The release that readers now see.
        published: Whether the run published it; files that bring no row make a release, too.
        built: The tables built, none where nothing changed.
        causes: Why they were.
        checks: Checks passed.
        seconds: How long it took.
    """

    run_id: str
    stage: StageReport
    release: Release
    published: bool = True
    built: tuple[Built, ...] = ()
    causes: frozenset[Cause] = frozenset()
    checks: int = 0
    seconds: float = field(default=0.0)

    @property
    def changed(self) -> bool:
        """Whether tables were built anew; files that bring no row make a release without that."""
        return bool(self.built)

    @property
    def updated(self) -> bool:
        """Whether tables were brought up to date from what changed, and not built from everything."""
        return self.changed and not self.causes & changes.EVERYTHING
