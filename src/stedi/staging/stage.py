"""Stage what landed, batch by batch: every listed file gets its verdict.

What stages a batch is imported when there is one: most runs of a lake find nothing new.
"""

from collections.abc import Callable, Sequence

from stedi.building.run_context import Run
from stedi.ground.errors import QualityGateError
from stedi.sources.file_names import is_temporary
from stedi.sources.listing import ListedFile, listed
from stedi.sources.verdicts import FileVerdict
from stedi.staging.astray import unclaimed_alerts, waiting_alerts
from stedi.staging.folder_to_read import FilesToRead
from stedi.staging.lake_time import clock_alert, latest_recorded_ms
from stedi.staging.landed_again import landed_again
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.staging.reports import StageReport
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

FILES_AT_ONCE = 10_000
BYTES_AT_ONCE = 1024**3
"""A batch ends at so many files or stored bytes; what it staged is kept when a later one fails."""


def stage(
    run: Run,
    ledger: Ledger,
    files: FilesToRead,
    *,
    clock: Callable[[], int],
    tell: Callable[[Sequence[LedgerEntry]], None],
) -> StageReport:
    """Look at the files of a landing zone and stage those that are new, batch by batch.

    Raises:
        UsageError: There is no such folder.
        QualityGateError: Lines do not add up.
    """
    report = StageReport()
    latest_ms = latest_recorded_ms(run.store, ledger.entries)
    if alert := clock_alert(run.now_ms, latest_ms):
        report.alerts.append(alert)
    suppressor = Suppressor.of(run.store, run.suppression_key)
    report.alerts += unclaimed_alerts(files.folder)

    def stage_new(files: list[ListedFile]) -> Suppressor:
        from stedi.staging.batch import stage_batch

        return stage_batch(run, ledger, suppressor, files, report, clock(), latest_ms, tell)

    new: list[ListedFile] = []
    size = 0
    for file in listed(files.folder, SOURCES, settle_s=files.settle_s, names=files.names):
        report.listed += 1
        if known := ledger.unchanged(suppressor.known_as(file)):
            report.count(file.source.name, known.verdict)
        elif file.verdict is FileVerdict.WAITING:
            report.count(file.source.name, file.verdict)
            report.unsettled += not is_temporary(file.name)
            report.alerts += waiting_alerts(file)
        else:
            new.append(file)
            size += file.state.size
            if len(new) >= FILES_AT_ONCE or size >= BYTES_AT_ONCE:
                suppressor = stage_new(new)
                new, size = [], 0
    if new:
        suppressor = stage_new(new)
    if files.folder == run.lake.landing.resolve():
        again, report.heard_of = landed_again(run.lake, ledger)
        if again:
            from stedi.staging.batch import replay_told

            replay_told(run, ledger, suppressor, again, report, clock(), latest_ms)
    judged = sum(counts.total() for counts in report.files.values())
    if report.listed != judged:
        fault = f"{report.listed:,} files listed, {judged:,} with a verdict"
        raise QualityGateError("Nothing was published: files do not add up.", [fault])
    report.checks += 1
    return report
