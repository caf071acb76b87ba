"""What a lake holds: rows by table, files and lines by verdict, rows by what became of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from stedi.asking.reader import LakeReader
from stedi.engine.parquet import read_parquet
from stedi.schema.table import Kind
from stedi.sources.verdicts import FileVerdict
from stedi.staging.astray import Unresolved, unresolved
from stedi.staging.lake_time import clock_alert, latest_recorded_ms
from stedi.staging.ledger import LedgerEntry
from stedi.tables import SOURCES, TABLES
from stedi.trusted import consent as consents

LINE_VERDICTS = ("accepted", "quarantined", "duplicate", "blank", "erased")


@dataclass(frozen=True)
class TableStatus:
    """One table of a release."""

    zone: str
    name: str
    rows: int
    snapshot: int | None
    age_s: float | None


@dataclass
class SourceStatus:
    """What became of one source's files and lines, over all runs.

    Attributes:
        files: Files by verdict.
        lines: Plain lines and readings of read files by verdict:
            `plain + readings = accepted + quarantined + duplicate + blank + erased`.
        total_lines: Lines of read files: `total_lines = plain + envelopes`.
        plain: Those that are no envelope.
        envelopes: Those that are one.
        readings: What stands in the envelopes.
        unknown_lines: Lines of files that were not read line by line.
        reasons: Refused files and lines by reason.
        dispositions: Accepted rows by what became of them.
        notes: What was noticed and let through.
    """

    name: str
    files: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    total_lines: int = 0
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    unknown_lines: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    dispositions: dict[str, int] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, entry: LedgerEntry) -> None:
        """Count a file."""
        self.files[entry.verdict.value] += 1
        if entry.reason:
            self.reasons[entry.reason.value] += 1
        if entry.verdict is FileVerdict.READ:
            self.total_lines += entry.lines
            self.plain += entry.plain
            self.envelopes += entry.envelopes
            self.readings += entry.readings
            for verdict in LINE_VERDICTS:
                self.lines[verdict] += getattr(entry, verdict)
        self.unknown_lines += entry.unknown_lines
        self.notes.update(entry.notes)


@dataclass(frozen=True)
class LakeStatus:
    """What a lake holds.

    Attributes:
        release: Number of the newest release.
        published_at: When it was published, UTC ms.
        window: The lake's consent window.
        comparison_only: Whether it lets readings from before consent pass.
        tables: In build order.
        sources: In the order of the sources.
        people: How many people stand in which state of consent.
        clock_alert: What to tell of a clock that is behind what the lake has recorded; None: nothing.
        unresolved: Files with refused customer records, or what looks like them: some may withdraw a consent.
    """

    release: int
    published_at: int
    window: str
    comparison_only: bool
    tables: tuple[TableStatus, ...]
    sources: tuple[SourceStatus, ...]
    people: Mapping[str, int]
    clock_alert: str | None = None
    unresolved: tuple[Unresolved, ...] = ()


def status(lake: LakeReader, *, now_ms: int) -> LakeStatus:
    """Tell what the newest release of a lake holds.

    Args:
        lake: The lake.
        now_ms: UTC ms, for ages.
    """
    release = lake.release
    tables = tuple(
        TableStatus(
            table.zone.value,
            table.name,
            sum(file.rows for file in lake.stored_files(table)),
            lake.snapshot(table),
            (now_ms - release.published_at) / 1000,
        )
        for table in TABLES
        if table.kind is Kind.ICEBERG
    )
    return LakeStatus(
        release.number,
        release.published_at,
        lake.lake.window.value,
        lake.lake.comparison_only,
        tables,
        sources(lake),
        _people(lake),
        clock_alert(now_ms, latest_recorded_ms(lake.store, lake.ledger().entries)),
        tuple(unresolved(lake.ledger().entries)),
    )


def _people(lake: LakeReader) -> dict[str, int]:
    """People by their state of consent, the most frequent first."""
    found: dict[str, str] = {}
    for file in lake.stored_files(consents.TABLE):
        rows = read_parquet(file.path, ("person", "state"))
        found |= zip(rows["person"].to_pylist(), rows["state"].to_pylist(), strict=True)
    return dict(Counter(found.values()).most_common())


def sources(lake: LakeReader) -> tuple[SourceStatus, ...]:
    """Tell what became of every file and line, by source."""
    told = {
        source.name: SourceStatus(source.name, dispositions=lake.release.dispositions.get(source.name, {}))
        for source in SOURCES
    }
    for entry in lake.ledger().entries:
        told[entry.source].add(entry)
    return tuple(told.values())
