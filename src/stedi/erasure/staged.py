"""A person's rows leave the staged tables and the quarantine; the ledger tells of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stedi.engine.parquet import read_parquet, rows_by, write_parquet
from stedi.erasure.landed import FoundLines, entry_state
from stedi.ground.errors import QualityGateError
from stedi.ground.failpoints import reached
from stedi.lake.config import Lake
from stedi.landing import customer, quarantine
from stedi.privacy.buckets import bucket_of
from stedi.privacy.suppression import keyed_content
from stedi.schema.arrow import rows_in
from stedi.schema.table import Table
from stedi.sources.emptying import TEXTS
from stedi.sources.verdicts import FileVerdict
from stedi.staging import ledger as ledgers
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.store.data_files import DataFile, batch_of
from stedi.store.store import Store
from stedi.suppression.erased_records import Remembered
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

MARK = "stedi.request"


@dataclass(frozen=True)
class Loss:
    """What a table loses, or has lost.

    Attributes:
        rows: How many rows.
        files: How many data files hold them.
        before: How many rows the table has with them.
    """

    rows: int
    files: int
    before: int


def erased_rows(
    store: Store, suppressor: Suppressor, buckets: frozenset[int] | None = None
) -> dict[str, Loss]:
    """Count the rows of erased people in the staged tables and the quarantine, by table."""
    found = {}
    for table, mask in _masks(suppressor):
        counts = [int(mask(_read(f, table)).sum()) for f in _files(store, table, buckets)]
        found[table.name] = Loss(sum(counts), sum(n > 0 for n in counts), store.rows(table))
    return found


def lines_to_remember(store: Store, suppressor: Suppressor) -> list[bytes]:
    """Refused lines of an erased person that only a hash of their own can keep out later."""
    return [
        raw
        for file in store.files(quarantine.TABLE)
        for raw in suppressor.need_line_hash(read_parquet(file.path, ("raw",)).column("raw").to_pylist())
    ]


def records_to_remember(store: Store, suppressor: Suppressor) -> list[Remembered]:
    """What an erased person's records told that could pass for new when they are delivered again."""
    found: list[Remembered] = []
    for file in store.files(customer.TABLE):
        content = _read(file, customer.TABLE)
        theirs = content.filter(suppressor.accepted(customer.SOURCE.name, content))
        found += [each for record in theirs.to_pylist() for each in suppressor.records.remembered(record)]
    return found


def remove_rows(
    store: Store, suppressor: Suppressor, request: str, buckets: frozenset[int] | None = None
) -> dict[str, Loss]:
    """Write the data files that hold rows of erased people anew without them, a commit a table.

    Every new file is read again and must hold exactly the other rows, in their order.

    Returns:
        What each table lost.

    Raises:
        QualityGateError: A new file differs; the table was left as it was.
    """
    lost = {}
    # The refused lines first: they are known by names, which the staged records tell.
    for table, mask in reversed(_masks(suppressor)):
        before = store.rows(table)
        new: list[DataFile] = []
        old: list[DataFile] = []
        rows = 0
        for file in _files(store, table, buckets):
            content = _read(file, table)
            erased = mask(content)
            if not erased.any():
                continue
            rows += int(erased.sum())
            old.append(file)
            if not erased.all():
                new.append(_without(store, table, file, content, erased))
        if old:
            store.replace(table, new, {MARK: request}, leaving=old)
            if store.rows(table) != before - rows:
                raise QualityGateError(
                    f"{table.name} does not add up after rows left it.",
                    [f"{before:,} rows before, {rows:,} left, {store.rows(table):,} after"],
                )
        lost[table.name] = Loss(rows, len(old), before)
        reached("privacy.table_left")
    return lost


def buckets_of(lake: Lake, participants: tuple[str, ...], serials: tuple[str, ...]) -> frozenset[int]:
    """The buckets in which the staged rows of some people and devices lie."""
    return frozenset(bucket_of(identity, lake.buckets) for identity in (*participants, *serials))


def _masks(suppressor: Suppressor) -> list[tuple[Table, Callable[[Any], Any]]]:
    def of(source: str) -> Callable[[Any], Any]:
        return lambda rows: suppressor.accepted(source, rows)

    staged = [(source.staged, of(source.name)) for source in SOURCES]
    return [*staged, (quarantine.TABLE, suppressor.refused)]


def _files(store: Store, table: Table, buckets: frozenset[int] | None) -> list[DataFile]:
    # Records are few, and one may be linked to the person without lying in a bucket of theirs.
    if table.partition is None or buckets is None or table == customer.TABLE:
        return store.files(table)
    return [file for file in store.files(table) if file.bucket in buckets]


def _read(file: DataFile, table: Table) -> Any:
    return rows_in(file.path, table)


def _without(store: Store, table: Table, file: DataFile, content: Any, erased: Any) -> DataFile:
    import pyarrow as pa

    kept = content.filter(pa.array(~erased))
    # Under the same batch: by that a restart knows that the rows count.
    path = store.new_file(table, batch_of(file))
    write_parquet(kept, path, compression="zstd")
    written = DataFile(path, file.bucket, kept.num_rows)
    if not _read(written, table).equals(kept):
        raise QualityGateError(
            f"{table.name} was not changed: a file without the person's rows lacks others'.",
            [f"{kept.num_rows:,} rows were to stay"],
        )
    return written


def correct_ledger(
    lake: Lake, store: Store, suppressor: Suppressor, emptied: Mapping[str, FoundLines], request: str
) -> int:
    """Make the ledger tell what is there: accepted, refused and repeated lines that became erased.

    Args:
        lake: The lake.
        store: Its tables.
        suppressor: Who was erased.
        emptied: Landed files as they are afterwards, by the path they had.
        request: Names the request.

    Returns:
        How many lines became erased.
    """
    there = Counter[tuple[str, str]]()
    refused = Counter[tuple[str, str]]()
    for source in SOURCES:
        for file in store.files(source.staged):
            for (sha256,), rows in rows_by(file.path, ["_file_sha256"]).items():
                there[source.name, sha256] += rows
    for file in store.files(quarantine.TABLE):
        for (source_name, sha256), rows in rows_by(file.path, ["source", "_file_sha256"]).items():
            refused[source_name, sha256] += rows
    ledger = Ledger.of(store)
    newest = {(e.landing, e.source, e.path): e.sequence for e in ledger.entries}
    key = lake.key("suppression")
    by_content: dict[tuple[str | None, str | None], FoundLines] = {
        (f.source, sha256): f
        for f in emptied.values()
        if f.lines and f.sha256
        for sha256 in (f.sha256, keyed_content(f.sha256, key))
    }
    erased = set[str | None]()
    lines = 0
    corrected = []
    for entry in ledger.entries:
        new = _corrected(entry, there, refused, by_content)
        lines += new.erased - entry.erased
        if new.erased > entry.erased and new.rewritten_sha256 == entry.rewritten_sha256:
            # The file is no longer there; its last content held lines of this person too.
            new = replace(new, rewritten_sha256=_keyed(new.rewritten_sha256, key))
        found = emptied.get(entry.path)
        if found and newest[entry.landing, entry.source, entry.path] == entry.sequence:
            new = replace(new, path=found.path_after or entry.path)
            new = replace(new, state=entry_state(lake, new) or new.state, rewritten_sha256=found.after)
            erased.add(new.file_sha256)
        if new.erased:
            erased.add(new.file_sha256)
        corrected.append(replace(new, path=suppressor.redacted(new.path)))
    # Whoever guesses a file of one reading could confirm the guess by a digest to which no row refers.
    erased -= {sha256 for (_, sha256), rows in (there + refused).items() if rows}
    corrected = [
        replace(each, file_sha256=_keyed(each.file_sha256, key)) if each.file_sha256 in erased else each
        for each in corrected
    ]
    if corrected != ledger.entries:
        ledgers.rewrite(store, corrected, request)
    return lines


def _keyed(sha256: str | None, key: bytes) -> str | None:
    return keyed_content(sha256, key) if sha256 else None


def _corrected(
    entry: LedgerEntry,
    there: Counter[tuple[str, str]],
    refused: Counter[tuple[str, str]],
    by_content: Mapping[tuple[str | None, str | None], FoundLines],
) -> LedgerEntry:
    if entry.verdict is not FileVerdict.READ or entry.file_sha256 is None:
        return entry
    content = (entry.source, entry.file_sha256)
    accepted, quarantined = there[content], refused[content]
    gone = (entry.accepted - accepted) + (entry.quarantined - quarantined)
    # Emptied before, for another, the file holds what it was rewritten to.
    found = by_content.get(content) or by_content.get((entry.source, entry.rewritten_sha256))
    repeated = 0
    if found and entry.rewritten_sha256 != found.after:
        repeated = min(entry.duplicate, max(0, sum(item != TEXTS for _, item in found.lines) - gone))
    return replace(
        entry,
        accepted=accepted,
        quarantined=quarantined,
        duplicate=entry.duplicate - repeated,
        erased=entry.erased + gone + repeated,
        rewritten_sha256=found.after if found else entry.rewritten_sha256,
    )
