"""The checks before publishing: nothing that fails one is published."""

from collections.abc import Sequence

from stedi.errors import PrivacyGateError, QualityGateError
from stedi.pipeline.build import Built, Files
from stedi.pipeline.run_context import Run
from stedi.privacy.dispositions import Disposition
from stedi.schema.checks import Checked, check
from stedi.schema.table import Table
from stedi.store.local import DataFile
from stedi.tables import DERIVED, STAGED
from stedi.trusted import step_trainer
from stedi.trusted.dispositions import of_customers, of_phone_readings, of_step_readings
from stedi.trusted.evidence import of_strange_devices, without_consent
from stedi.zones import Zone

NOT_PUBLISHED = "Nothing was published, and the release before still stands."


def staged_as_declared(run: Run, table: Table, files: Sequence[DataFile]) -> Checked:
    """Check newly staged rows against their declaration.

    Raises:
        QualityGateError: A column, type, range or key is not as declared.
    """
    found = check(run.frame(table, files), table, buckets=run.lake.buckets)
    if found.faults:
        raise QualityGateError(
            f"{table.name} was not written: the reader broke its declaration.", found.faults
        )
    return found


def built_as_declared(run: Run, files: Files, built: Sequence[Built]) -> Checked:
    """Check every built table against its declaration.

    Raises:
        QualityGateError: A trusted table is not as declared.
        PrivacyGateError: A curated table is not: a value there may be an identifier.
    """
    found = Checked(0, ())
    curated: list[str] = []
    for each in built:
        checked = check(files.frame(each.table), each.table, buckets=run.lake.buckets)
        told = tuple(f"{each.table.name}: {fault}" for fault in checked.faults)
        if each.table.zone is Zone.CURATED:
            curated += told
        found += Checked(checked.checks, told)
    if curated:
        raise PrivacyGateError(f"{NOT_PUBLISHED} Curated values are not as declared.", curated)
    if found.faults:
        raise QualityGateError(f"{NOT_PUBLISHED} Tables differ from their declarations.", found.faults)
    return found


def consented_only(run: Run, files: Files) -> Checked:
    """Check that no trusted row stands there without consent, by another way than it was let in.

    Raises:
        PrivacyGateError: One does.
    """
    records = files.frame(STAGED[0])
    faults = []
    guarded = [t for t in DERIVED if t.zone is Zone.TRUSTED and t.name != "consent"]
    for table in guarded:
        leaked = without_consent(
            files.frame(table), table, records, as_of_ms=run.now_ms, window=run.lake.window
        ).count()
        if leaked:
            faults.append(f"{table.name}: {leaked:,} rows without consent")
    strange = of_strange_devices(files.frame(step_trainer.TABLE), records).count()
    if strange:
        faults.append(
            f"{step_trainer.TABLE.name}: {strange:,} rows of a device that is not its participant's"
        )
    if faults:
        raise PrivacyGateError(NOT_PUBLISHED, faults)
    return Checked(len(guarded) + 1, ())


def accounted(run: Run, files: Files, built: Sequence[Built]) -> tuple[Checked, dict[str, dict[str, int]]]:
    """Tell what became of every accepted row, and check that the equation closes.

    Returns:
        The checks, and rows by disposition by source.

    Raises:
        QualityGateError: Rows are missing or counted twice.
    """
    customers, phone, steps = STAGED
    by_name = {each.table.name: each for each in built}
    records, consent = files.frame(customers), files.frame(by_name["consent"].table)
    trusted_phone = files.frame(by_name["accelerometer_trusted"].table)
    counted = {
        "customer": of_customers(records, consent),
        "accelerometer": of_phone_readings(files.frame(phone), consent),
        "step_trainer": of_step_readings(files.frame(steps), records, consent, trusted_phone),
    }
    told = {
        source: {row["disposition"]: row["rows"] for row in frame.collect()}
        for source, frame in counted.items()
    }
    faults = []
    for staged in STAGED:
        source = staged.name.removesuffix("_staged")
        accepted = sum(file.rows for file in files.of(staged))
        decided, passed = sum(told[source].values()), told[source].get(Disposition.PASSED.value, 0)
        trusted = by_name[f"{source}_trusted"].rows
        if decided != accepted:
            faults.append(f"{source}: {accepted:,} rows accepted, {decided:,} accounted for")
        if passed != trusted:
            faults.append(f"{source}: {passed:,} rows may pass, {trusted:,} did")
    if faults:
        raise QualityGateError(f"{NOT_PUBLISHED} Rows do not add up.", faults)
    return Checked(2 * len(STAGED), ()), told
