"""What stands in the quarantine, by source, reason and file; no value of a line."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stedi.asking.reader import LakeReader
from stedi.engine.parquet import rows_by
from stedi.landing import customer, quarantine
from stedi.sources.file_names import for_message
from stedi.sources.verdicts import FileVerdict
from stedi.staging.astray import unresolved
from stedi.staging.lake_time import latest_recorded_ms
from stedi.staging.ledger import LedgerEntry
from stedi.staging.refused_lines import RefusedLines
from stedi.staging.rejudging import Rejudging
from stedi.staging.replaying import refused_contents
from stedi.staging.reports import Replayed
from stedi.suppression.suppressing import Suppressor


@dataclass(frozen=True)
class Refusal:
    """Refused lines of one file for one reason, or a file that was refused whole.

    Attributes:
        source: The folder it landed in.
        reason: Why.
        lines: Refused lines and readings; 0 of a file that was refused whole.
        file: Its path, fit for a message.
        customers: Whether customer records are among what was refused, or look as if they were.
    """

    source: str
    reason: str
    lines: int
    file: str
    customers: bool


def refusals(
    lake: LakeReader, *, source: str | None = None, reason: str | None = None, customers: bool = False
) -> list[Refusal]:
    """What was refused and is not resolved, by source, file and reason.

    Args:
        lake: The lake.
        source: Only of this source.
        reason: Only for this reason.
        customers: Only files with refused customer records, or what looks like them.
    """
    entries = lake.ledger().entries
    astray = {(u.source, u.path) for u in unresolved(entries)}
    by_file = Counter[tuple[str, str, str]]()
    for file in lake.stored_files(quarantine.TABLE):
        for (of, sha256, why), rows in rows_by(file.path, ["source", "_file_sha256", "reason"]).items():
            by_file[of, sha256, why] += rows
    paths = {(e.source, e.file_sha256): for_message(e.path) for e in entries if e.verdict is FileVerdict.READ}
    found = [
        Refusal(of, why, rows, path := paths.get((of, sha256), ""), (of, path) in astray)
        for (of, sha256, why), rows in by_file.items()
    ]
    found += [
        Refusal(e.source, e.reason.value, 0, path := for_message(e.path), (e.source, path) in astray)
        for e in _refused_whole(entries)
        if e.reason
    ]
    return sorted(
        (
            r
            for r in found
            if source in (None, r.source) and reason in (None, r.reason) and (r.customers or not customers)
        ),
        key=lambda r: (r.source != customer.SOURCE.name, r.source, r.file, r.reason),
    )


def rehearse_replay(
    lake: LakeReader,
    *,
    reasons: Collection[str] | None = None,
    files: Collection[str] | None = None,
    now_ms: int,
) -> Replayed:
    """Count what refused lines would be if they were read again now; nothing is changed.

    Which of those that would be accepted are staged already, as copies, is not looked at.

    Args:
        lake: The lake.
        reasons: Only lines refused for these; None: all.
        files: Only those of these landed files; None: all.
        now_ms: What the clock says, UTC ms.

    Raises:
        UsageError: No line of such a file is refused.
    """
    ledger = lake.ledger()
    suppressor = Suppressor.of(lake.store, lake.lake.key("suppression"))
    landed_at = max(now_ms, latest_recorded_ms(lake.store, ledger.entries))
    how = Rejudging(suppressor, lake.lake.buckets, landed_at, now_ms, lake.files, reasons)
    replayed = Replayed()
    refused = RefusedLines(lake.files(quarantine.TABLE))
    for judged, _ in how.of_files(refused, refused_contents(lake.lake, ledger, files), None):
        replayed.add(judged, judged.readable)
    return replayed


def _refused_whole(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Files whose newest verdict is that they are not read."""
    newest = {(e.landing, e.source, e.path): e for e in entries}
    refused = (FileVerdict.QUARANTINED, FileVerdict.REFUSED)
    return [entry for entry in newest.values() if entry.verdict in refused]
