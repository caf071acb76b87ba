"""The checks before publishing: nothing that fails one is published."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from stedi.building.build import Built, Files
from stedi.building.run_context import Run
from stedi.building.side_by_side import Turns, Waits
from stedi.building.slices import Held, Slice, by_bucket, count_slices, held
from stedi.engine.parquet import rows_by
from stedi.engine.spark import is_spark
from stedi.engine.tasks import spread
from stedi.ground.errors import PrivacyGateError, QualityGateError
from stedi.ground.zones import Zone
from stedi.landing import requests
from stedi.privacy.window import Window
from stedi.run.records_about import records_about
from stedi.schema.checked import Checked
from stedi.schema.table import Table
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import LedgerEntry
from stedi.store.data_files import DataFile
from stedi.tables import DERIVED, SOURCES, STAGED
from stedi.trusted import consent as consents
from stedi.trusted import customer, devices, phone_readings, step_trainer
from stedi.trusted.device_evidence import of_strange_devices, plainly_owned
from stedi.trusted.evidence import not_linked, proven, without_consent

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


GUARDED = tuple(t for t in DERIVED if t.zone is Zone.TRUSTED and t not in (consents.TABLE, devices.TABLE))
"""The tables in which every row needs a consent in force."""

LEAKED, STRANGE, APART = FAULTS = (
    "rows without consent",
    "rows of a device that was not its person's",
    "times that one person's records are told apart",
)
"""What may be wrong with trusted rows."""

NOT_PUBLISHED = "Nothing was published; what readers see is unchanged."


def _checked(rows: "DataFrame", table: Table, run: Run) -> Checked:
    from stedi.schema.checks import check_rows

    # One more: their columns were compared when they were written.
    return Checked(1, ()) + check_rows(rows, table, buckets=run.lake.buckets)


def as_declared(run: Run, files: Files, tables: Sequence[Table], turns: Turns) -> Waits[Checked]:
    """Begin to check derived tables against their declarations.

    Args:
        run: The run.
        files: The rows to look at; of a keyed table, whole buckets.
        tables: The tables they are of.
        turns: Where they are checked.

    Returns:
        Waits for the checks, and raises QualityGateError if a trusted table is not as declared, or
        PrivacyGateError if a curated one is not: a value there may be an identifier.
    """

    def checked(table: Table) -> Checked:
        done, left = files.to_check(table)
        return (
            done
            if done and not left
            else (done or Checked(0, ())) + _checked(run.frame(table, left), table, run)
        )

    begun = [turns.begin(partial(checked, table), files.coming(table)) for table in tables]

    def judge() -> Checked:
        found = Checked(0, ())
        curated: list[str] = []
        for table, wait in zip(tables, begun, strict=True):
            result = wait()
            told = tuple(f"{table.name}: {fault}" for fault in result.faults)
            if table.zone is Zone.CURATED:
                curated += told
            found += Checked(result.checks, told)
        if curated:
            raise PrivacyGateError(f"{NOT_PUBLISHED} Curated values are not as declared.", curated)
        if found.faults:
            raise QualityGateError(f"{NOT_PUBLISHED} Tables differ from their declarations.", found.faults)
        return found

    return judge


def consented_only(run: Run, files: Files, looked_at: Files, turns: Turns) -> Waits[Checked]:
    """Begin to check that no trusted row stands there without consent, by another way than it was let in.

    Args:
        run: The run.
        files: All tables, to decide by.
        looked_at: The rows to look at; tables without any are left out.
        turns: Where they are looked at.

    Returns:
        Waits for the checks, and raises PrivacyGateError if a row stands without consent.
    """

    from pyspark.sql import functions as F

    @cache
    def decided_by() -> "tuple[DataFrame, DataFrame]":
        if files is looked_at or run.only_reads or is_spark(run.session):
            return files.frame(STAGED[0]), files.frame(consents.TABLE)
        return records_about(run, files, [file for table in GUARDED for file in looked_at.of(table)])

    def of_people(rows: "DataFrame", person: str) -> list[Held]:
        """Rows that tell of people, by the bucket in which the people's rows lie."""
        theirs = decided_by()[1].where("participant = person")
        buckets = theirs.select(F.col("person").alias(person), F.col("person_bucket").alias("bucket"))
        return held(run, rows.join(buckets, person))

    def proof() -> list[Held]:
        found = proven(
            *decided_by(),
            files.frame(requests.TABLE),
            as_of_ms=run.now_ms,
            suppression_key=run.suppression_key,
        )
        return of_people(found, "_proven")

    proof_made = turns.begin(proof, files.coming(consents.TABLE))

    def leaked(table: Table) -> dict[str, int]:
        beside = {"proof": proof_made()}
        if table == step_trainer.TABLE:
            beside["spans"] = of_people(plainly_owned(*decided_by()), "_person")
        slices = by_bucket({"rows": looked_at.of(table)}, beside=beside)
        counted = count_slices(run, slices, partial(_leaked, table, run.lake.window))
        return {fault: sum(each[fault] for each in counted) for fault in counted[0]}

    def apart(table: Table) -> dict[str, int]:
        return {APART: not_linked(files.frame(STAGED[0]), looked_at.frame(table)).count()}

    def found(look: Callable[[Table], dict[str, int]], table: Table) -> dict[str, int]:
        return look(table) if looked_at.of(table) else {}

    begun = [
        (table, turns.begin(partial(found, look, table), [*files.coming(table, consents.TABLE), proof_made]))
        for look, table in (*((leaked, table) for table in GUARDED), (apart, consents.TABLE))
    ]

    def judge() -> Checked:
        counts = [(table.name, fault, n) for table, wait in begun for fault, n in wait().items()]
        counts.sort(key=lambda each: FAULTS.index(each[1]))
        if faults := [f"{name}: {n:,} {fault}" for name, fault, n in counts if n]:
            raise PrivacyGateError(NOT_PUBLISHED, faults, rows=sum(n for _, _, n in counts))
        return Checked(len(counts), ())

    return judge


def _leaked(table: Table, window: Window, slice_: Slice) -> dict[str, int]:
    """How many rows break each rule of consent; the rows of a file are read once for all of them."""
    is_of_devices = table == step_trainer.TABLE
    columns = [table.participant or "", *([table.moment] if table.moment else [])]
    rows = slice_.read("rows", table, [*columns, *(["serialnumber"] if is_of_devices else [])])
    found = {LEAKED: without_consent(rows, table, slice_.held("proof"), window=window)}
    if is_of_devices:
        found[STRANGE] = of_strange_devices(rows, slice_.held("spans"))
    return found


PER_PERSON = (consents.TABLE, customer.TABLE, phone_readings.TABLE)
"""Tables that tell of everybody whose readings a release holds, and are small."""


def to_look_at(run: Run, files: Files, built: Sequence[Built], *, people: bool) -> Files:
    """What `consented_only` has to look at: new rows, and all people where any may stand otherwise."""
    found = {each.table.name: list(each.new) for each in built}
    if people:
        found |= {table.name: files.of(table) for table in PER_PERSON}
    return Files(run, found)


def landed(
    run: Run, files: Files, quarantined: Sequence[DataFile], entries: Sequence[LedgerEntry]
) -> Checked:
    """Check that the tables hold the lines that the ledger tells of, no more and no fewer.

    Args:
        run: The run.
        files: The staged tables.
        quarantined: The quarantine's data files.
        entries: The whole ledger.

    Raises:
        QualityGateError: Lines are missing, or stand there without an entry.
    """
    by_source = partial(rows_by, columns=("source",))
    counted = spread(run.session, by_source, [file.path for file in quarantined], size=lambda _: 0)
    kept = sum((Counter({name: n for (name,), n in rows.items()}) for rows in counted), Counter[str]())
    faults = (
        [f"{len(unbalanced):,} files whose lines do not add up"]
        if (unbalanced := [entry for entry in entries if not entry.balances])
        else []
    )
    for source, staged in zip(SOURCES, STAGED, strict=True):
        read = [e for e in entries if e.source == source.name and e.verdict is FileVerdict.READ]
        accepted, refused = sum(e.accepted for e in read), sum(e.quarantined for e in read)
        if accepted != files.rows(staged):
            faults.append(
                f"{source.name}: {accepted:,} lines accepted, {files.rows(staged):,} rows in {staged.name}"
            )
        if refused != (held := kept[source.name]):
            faults.append(f"{source.name}: {refused:,} lines quarantined, {held:,} in the quarantine")
    if faults:
        raise QualityGateError(f"{NOT_PUBLISHED} Lines do not add up.", faults)
    return Checked(1 + 2 * len(SOURCES), ())
