"""From staged rows to a published release: plan, build, check, publish."""

from collections.abc import Callable

from stedi.failpoints import reached
from stedi.landing import quarantine, requests
from stedi.pipeline import changes, releases
from stedi.pipeline.accounting import accounted, accounted_since
from stedi.pipeline.build import Built, Files, build_all
from stedi.pipeline.gate import as_declared, consented_only, landed, to_look_at
from stedi.pipeline.incremental import Updated, update
from stedi.pipeline.ledger import Ledger
from stedi.pipeline.publish import publish
from stedi.pipeline.releases import Release
from stedi.pipeline.reports import Listener, RunReport
from stedi.pipeline.run_context import Run
from stedi.pipeline.stage import StageReport
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
        return RunReport(run.run_id, staged, release, checks=staged.checks)
    anew = before is None or changed.everything
    updated = (
        Updated(tuple(build_all(run, files, DERIVED, listener.built)), None, None)
        if anew
        else update(run, files, changed, listener.built)
    )
    reached("run.built")
    written = Files(run, {each.table.name: each.new for each in updated.built})
    checked += as_declared(run, written, [each.table for each in updated.built])
    checked += consented_only(run, files, to_look_at(run, files, updated.built, people=changed.people))
    if before is None or anew:
        closed, dispositions = accounted(files)
    else:
        closed, dispositions = accounted_since(run, files, changed, updated, before.dispositions)
    built = updated.built
    release = publish(
        run,
        built,
        dispositions,
        inputs=changes.inputs(run),
        next_change_at=(
            consent.next_change_at(files.frame(consent.TABLE))
            if before is None or anew or changed.people
            else before.next_change_at
        ),
        published_at=clock(),
    )
    checks = staged.checks + (checked + closed).checks
    return RunReport(run.run_id, staged, release, built, changed.causes, checks)


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
