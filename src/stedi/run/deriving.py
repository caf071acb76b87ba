"""From staged rows to a published release: plan, build, check, publish."""

from collections.abc import Callable

from stedi.building import changes, releases
from stedi.building.build import Built, Files, build_all
from stedi.building.incremental import build_anew, update
from stedi.building.releases import Release
from stedi.building.run_context import Run
from stedi.building.sensing import SENSORS, summed
from stedi.building.side_by_side import turns
from stedi.engine.session import start
from stedi.ground.failpoints import reached
from stedi.landing import quarantine, requests
from stedi.run.accounting import CUSTOMERS, DispositionCounts, closed, customers_told
from stedi.run.gate import as_declared, consented_only, landed, to_look_at
from stedi.run.leftovers import leftover_alerts
from stedi.run.publish import publish
from stedi.run.reports import Listener, RunReport
from stedi.schema.checked import Checked
from stedi.staging.ledger import Ledger
from stedi.staging.reports import StageReport
from stedi.tables import DERIVED, STAGED
from stedi.trusted import consent


def derive(
    run: Run,
    ledger: Ledger,
    staged: StageReport,
    full: bool,
    clock: Callable[[], int],
    listener: Listener,
) -> RunReport:
    """Build what changed, check it, and publish it together; nothing, where nothing did.

    Args:
        run: The run.
        ledger: All files that were ever staged.
        staged: What this run staged.
        full: Build again even if nothing changed.
        clock: UTC ms.
        listener: Hears of each table.

    Raises:
        QualityGateError: Data is not as declared, or does not add up; nothing was published.
        PrivacyGateError: A row stands without consent; nothing was published.
    """
    before = releases.newest(run.store)
    now = {table.name: tuple(run.store.files(table)) for table in (*STAGED, requests.TABLE)}
    for table in (*STAGED, requests.TABLE):
        run.store.require_there(table, now[table.name])
    changed = changes.since(run, before, now, full=full)
    files = Files(run, {**changed.before, **now})
    checked = landed(run, files, run.store.files(quarantine.TABLE), ledger.entries)
    if before and not changed.causes:
        release = _with_new_files(run, before, files, clock)
        staged.alerts += leftover_alerts(run.store, release.dispositions, run.suppression_key)
        published = release.number != before.number
        return RunReport(run.run_id, staged, release, published, checks=staged.checks)
    # Before there are threads that ask it.
    start(run.session)
    anew = before is None or changed.everything
    if before is None or anew:
        built, found, dispositions = _anew(run, files, listener)
    else:
        built, found, dispositions = _since(run, files, before, changed, listener)
    checked += found
    release = publish(
        run,
        built,
        dispositions,
        inputs=changes.inputs(run),
        next_change_at=(
            consent.next_change_at(
                files.frame(consent.TABLE),
                files.frame(STAGED[0]),
                files.frame(requests.TABLE),
                run.clock_faults,
                as_of_ms=run.now_ms,
            )
            if before is None or anew or changed.people
            else before.next_change_at
        ),
        published_at=clock(),
    )
    staged.alerts += leftover_alerts(run.store, release.dispositions, run.suppression_key)
    checks = staged.checks + checked.checks
    return RunReport(run.run_id, staged, release, True, built, changed.causes, checks)


def _anew(run: Run, files: Files, listener: Listener) -> tuple[tuple[Built, ...], Checked, DispositionCounts]:
    """Build every table from all rows, and check them; each is looked at as soon as it stands."""
    with turns(files.rows(*STAGED)) as begun:
        coming = build_all(run, files, DERIVED, begun, build_anew)
        declared = as_declared(run, files, DERIVED, begun)
        consented = consented_only(run, files, files, begun)
        customers = customers_told(files, begun)
        built = []
        for wait in coming:
            built.append(wait())
            listener.built(built[-1])
        reached("run.built")
        checked = declared() + consented()
        told = {CUSTOMERS: customers()} | {
            sensor.source: dict(each.dispositions)
            for sensor in SENSORS
            for each in built
            if each.table == sensor.trusted
        }
        found, dispositions = closed(files, told)
    return tuple(built), checked + found, dispositions


def _since(
    run: Run, files: Files, before: Release, changed: changes.Changes, listener: Listener
) -> tuple[tuple[Built, ...], Checked, DispositionCounts]:
    """Build what follows from some changes, and check new rows and those of touched people."""
    updated = update(run, files, changed, listener.built)
    reached("run.built")
    written = Files.written(run, updated.built)
    looked_at = to_look_at(run, files, updated.built, people=changed.people)
    with turns(looked_at.rows(*DERIVED)) as begun:
        declared = as_declared(run, written, [each.table for each in updated.built], begun)
        consented = consented_only(run, files, looked_at, begun)
        checked = declared() + consented()
        customers = customers_told(files, begun)() if changed.people else before.dispositions[CUSTOMERS]
    told = {CUSTOMERS: customers} | {
        source: {end: n for end, n in summed([before.dispositions.get(source, {}), change]).items() if n}
        for source, change in updated.dispositions.items()
    }
    found, dispositions = closed(files, told)
    return updated.built, checked + found, dispositions


def _with_new_files(run: Run, before: Release, files: Files, clock: Callable[[], int]) -> Release:
    """A release of the same tables, if one is needed: it knows the files which brought no row."""
    if all(releases.is_current(run.store, before, table) for table in releases.RELEASED):
        return before
    # A killed run may have committed some tables and published none.
    unpublished = [
        Built(table, tuple(files.of(table)), (), 0, 0, 0.0)
        for table in DERIVED
        if not releases.is_current(run.store, before, table)
    ]
    return publish(
        run,
        unpublished,
        before.dispositions,
        inputs=before.inputs,
        next_change_at=before.next_change_at,
        published_at=clock(),
    )
