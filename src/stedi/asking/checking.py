"""Check a published release again, as a run does before it publishes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stedi.asking.reader import LakeReader, reading
from stedi.building.build import Files
from stedi.building.run_context import Run
from stedi.building.side_by_side import turns
from stedi.engine.session import engine
from stedi.ground.errors import QualityGateError
from stedi.lake.config import Lake
from stedi.landing import landed_files, quarantine, requests
from stedi.run.accounting import accounted
from stedi.run.gate import as_declared, consented_only, landed
from stedi.tables import DERIVED, STAGED


@dataclass(frozen=True)
class CheckReport:
    """What a check found to be right; what is wrong is raised."""

    release: int
    checks: int


@contextmanager
def released(lake: Lake) -> Iterator[tuple[LakeReader, Run, Files]]:
    """Open the tables of the newest release on an engine."""
    with reading(lake) as reader, engine() as session:
        release = reader.release
        run = Run(
            lake,
            reader.store,
            session,
            release.run_id,
            release.as_of_ms,
            pseudonym_key=b"",
            suppression_key=lake.key("suppression"),
            only_reads=True,
        )
        tables = (*STAGED, requests.TABLE, landed_files.TABLE, *DERIVED)
        yield reader, run, Files(run, {t.name: reader.files(t) for t in tables})


def check(lake: Lake) -> CheckReport:
    """Check the newest release: the equations, the declarations, and consent.

    Raises:
        QualityGateError: Data is not as declared, or does not add up.
        PrivacyGateError: A row stands without consent, or a curated value is not as declared.
    """
    with released(lake) as (reader, run, files):
        with turns(files.rows(*STAGED)) as begun:
            declared = as_declared(run, files, DERIVED, begun)
            consented = consented_only(run, files, files, begun)
            told = accounted(run, files, begun)
            checked = declared() + consented()
            checked += landed(run, files, reader.files(quarantine.TABLE), reader.ledger().entries)
            closed, dispositions = told()
        if dispositions != reader.release.dispositions:
            raise QualityGateError(
                f"Release {reader.release.number} does not add up.",
                ["what became of the rows is not what the release says"],
            )
        return CheckReport(reader.release.number, (checked + closed).checks + 1)
