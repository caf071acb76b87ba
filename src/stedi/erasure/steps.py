"""The steps of a withdrawal or erasure after the request is logged; each may be repeated."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stedi.erasure import private
from stedi.erasure.comparing import NOT_COMPLETE, require_gone, require_others_equal
from stedi.erasure.finding import ABOUT_CONSENT, derived_rows, in_use
from stedi.erasure.landed import as_it_is, empty_found, found_lines, require_own_files
from stedi.erasure.later import later_lines
from stedi.erasure.models import Models
from stedi.erasure.person import Person
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.planning import opened_store, suppressor_of
from stedi.erasure.staged import buckets_of, correct_ledger, remove_rows
from stedi.erasure.sweeping import (
    concerned,
    expire_all,
    remove_made_again,
    rewrite_catalog,
    strip_all,
    sweep_buckets,
)
from stedi.erasure.undecodable import can_be_emptied, places_of, shown, unsearchable, ways_on
from stedi.erasure.unread import shared_with_unread, tell, told_by_unread
from stedi.erasure.zones import not_searchable, rows_by_table, traces_by_part
from stedi.ground.errors import PrivacyGateError
from stedi.ground.places import remove_tree
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.privacy.pseudonyms import subject_key
from stedi.privacy.suppression import content_hash
from stedi.prover.proof import EVERYWHERE, IN_USE, Proof, prove
from stedi.prover.traces import Traces
from stedi.run.lock import only_writer
from stedi.run.procedures import Procedure, folder, save
from stedi.run.run import run
from stedi.staging.ledger import Ledger
from stedi.store.store import Store
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES


@dataclass
class Carried:
    """A procedure under way, and what its steps share."""

    lake: Lake
    procedure: Procedure
    person: Person
    traces: Traces
    models: Models
    tell: Callable[[str], None]
    clock: Callable[[], int]

    @property
    def erases(self) -> bool:
        """Whether it is an erasure."""
        return self.procedure.kind == requests.ERASE

    @property
    def suppressor(self) -> Suppressor:
        """By which the person's rows are known."""
        return suppressor_of(self.lake, self.person, self.traces, self.procedure.requested_at, self.finder)

    @property
    def finder(self) -> PersonFinder:
        """Finds lines that hold the person, and those that nobody can read where they may be emptied."""
        return self._finder(self.traces)

    def finder_in(self, store: Store) -> PersonFinder:
        """The same, but for what people have too whom no run has read yet."""
        told = shared_with_unread(self.lake, store, self.person, self.traces, now_ms=self.clock())
        return self._finder(told)

    def _finder(self, traces: Traces) -> PersonFinder:
        empties = bool(self.procedure.told.get("empty_undecodable"))
        return PersonFinder(traces, unreadable=empties, requested_at=self.procedure.requested_at)


@dataclass(frozen=True)
class Step:
    """One step: its name in the procedure's state, what is told of it, and what does it."""

    name: str
    told: str
    act: Callable[[Carried], dict[str, Any]]
    erases_only: bool = False
    collector_waits: bool = False


def _mark_models(this: Carried) -> dict[str, Any]:
    key = this.lake.key("pseudonym")
    subjects = {subject_key(participant, key) for participant in this.person.participants}
    return {"stale_models": this.models.mark_stale(this.lake, subjects)}


def _leave_use(this: Carried) -> dict[str, Any]:
    """Let a run decide again: the request takes the person out of the trusted and curated tables."""
    _run(this, full=False)
    with opened_store(this.lake) as store:
        left = derived_rows(this.lake, store, this.person, in_use(erased=False))
    require_gone({name: loss.rows for name, loss in left.items()})
    require_others_equal(this)
    return {}


def _find_landed(this: Carried) -> dict[str, Any]:
    suppressor = this.suppressor
    with opened_store(this.lake) as store:
        ledger = Ledger.of(store)
        require_own_files(this.lake, ledger)
        found = found_lines(this.lake, ledger, suppressor, now_ms=this.clock(), finder=this.finder_in(store))
    private.keep_landed(this.lake, this.procedure.request, [told for told, _, _ in found])
    return {"landed_lines": sum(len(told.lines) for told, _, _ in found)}


def _leave_staged(this: Carried) -> dict[str, Any]:
    serials = tuple(stretch.serialnumber for stretch in this.person.devices)
    buckets = buckets_of(this.lake, this.person.participants, serials)
    suppressor = this.suppressor
    with only_writer(this.lake), opened_store(this.lake) as store:
        remove_rows(store, suppressor, this.procedure.request, buckets)
    return {}


def _leave_landed(this: Carried) -> dict[str, Any]:
    """Empty the person's lines; what was emptied before a kill is known from what was kept."""
    lake, suppressor = this.lake, this.suppressor
    kept = private.kept_landed(lake, this.procedure.request) or []
    with only_writer(lake), opened_store(lake) as store:
        told = this.procedure.told.get("records_told", [])
        told = told_by_unread(lake, store, told, now_ms=this.clock())
        this.procedure = replace(this.procedure, told={**this.procedure.told, "records_told": told})
        # Before lines are emptied; a run would decide by it, so it is told once others' rows were compared.
        save(lake, this.procedure)
        room = folder(lake) / "room"
        remove_tree(room, ignore_missing=True)
        room.mkdir()
        finder = this.finder_in(store)
        empties = this.procedure.told.get("empty_undecodable")
        whole = places_of(unsearchable(lake, this.traces)) if empties else frozenset()
        now = found_lines(lake, Ledger.of(store), suppressor, now_ms=this.clock(), finder=finder, whole=whole)
        done = empty_found(lake, now, suppressor, room, finder)
        remove_tree(room, ignore_missing=True)
        emptied = {each.path: each for each in kept} | done
        emptied = {path: as_it_is(lake, each, suppressor) for path, each in emptied.items()}
        correct_ledger(lake, store, suppressor, emptied, this.procedure.request)
    key = lake.key("suppression")
    files = [
        {
            # Keyed, for whoever guesses a file of one reading could confirm the guess by another.
            "content_before": content_hash(each.sha256, key) if each.sha256 else None,
            "content_after": content_hash(each.after, key) if each.after else None,
            "lines": len(each.lines),
        }
        for each in emptied.values()
    ]
    return {"landed_files": files}


def _release(this: Carried) -> dict[str, Any]:
    """Publish tables that follow from the staged rows that are left."""
    _run(this, full=True)
    with opened_store(this.lake) as store:
        left = derived_rows(this.lake, store, this.person, in_use(erased=True))
    require_gone({name: loss.rows for name, loss in left.items()})
    require_others_equal(this)
    return {}


def _expire(this: Carried) -> dict[str, Any]:
    with only_writer(this.lake), opened_store(this.lake) as store:
        return {"snapshots_expired": expire_all(store, concerned(erased=this.erases))}


def _strip(this: Carried) -> dict[str, Any]:
    tables = concerned(erased=this.erases)
    with only_writer(this.lake), opened_store(this.lake) as store:
        removed = strip_all(store, tables)
        snapshots = {table.name: store.snapshot_id(table) for table in tables}
    return {"files_removed": removed, "snapshots": snapshots}


def _clear(this: Carried) -> dict[str, Any]:
    with only_writer(this.lake):
        removed = remove_made_again(this.lake)
        rewrite_catalog(this.lake)
        removed += sweep_buckets(this.lake, this.procedure.requested_at)
    return {"other_files_removed": removed}


def _retrain(this: Carried) -> dict[str, Any]:
    done = this.models.retrain(this.lake)
    for version, by in done.by.items():
        this.tell(f"  model {version} was deleted, {by} was trained instead")
    for version in done.deleted:
        this.tell(f"  model {version} was deleted, and none could be trained instead")
    for version, why in done.waiting.items():
        this.tell(f"  model {version} waits to be trained anew (stedi train --replace-stale): {why}")
    return {
        "models_retrained": len(done.by),
        "models_deleted": len(done.by) + len(done.deleted),
        "models_waiting": len(done.waiting),
    }


def _prove(this: Carried) -> dict[str, Any]:
    """Prove it once what was collected meanwhile is emptied too."""
    emptied = _leave_landed(this) if this.erases else {}
    with only_writer(this.lake), opened_store(this.lake) as store:
        tell(store, this.procedure.told.get("records_told", []), this.procedure.request)
    return {**emptied, **_proven(this)}


def _proven(this: Carried) -> dict[str, Any]:
    """Search every file; what cannot be searched to its end is held against it where nothing may be.

    Raises:
        PrivacyGateError: Something of the person is left, or a file could not be searched.
    """
    with only_writer(this.lake):
        with opened_store(this.lake) as store:
            rows = rows_by_table(
                this.lake,
                store,
                this.person,
                this.suppressor,
                now_ms=this.clock(),
                finder=this.finder_in(store),
            )
            later = later_lines(this, store)
            traces = shared_with_unread(this.lake, store, this.person, this.traces, now_ms=this.clock())
        proof = prove(
            this.lake,
            [traces],
            clean=EVERYWHERE if this.erases else IN_USE,
            allowed=() if this.erases else ABOUT_CONSENT,
            later=later.paths,
        )
    keeps = bool(this.procedure.told.get("keep_unsearchable"))
    if left := faults(proof, keeps_unsearchable=keeps):
        raise PrivacyGateError(f"{NOT_COMPLETE}: {ways_on(this.lake, proof.failures)}", left)
    return {
        **later.told(rows),
        "traces_after_by_zone": traces_by_part(proof),
        # Tables that tell that the person withdrew; nobody but the gate and maintenance reads them.
        "still_told_by": [] if this.erases else list(ABOUT_CONSENT),
        "proof": {
            "clean": proof.clean,
            "files": proof.files,
            "bytes": proof.decoded_bytes,
            "not_searched": len({failure.path for failure in proof.failures}),
            "not_searchable": not_searchable(proof),
            "seconds": round(proof.seconds, 3),
        },
    }


def faults(proof: Proof, *, keeps_unsearchable: bool = False) -> list[str]:
    """What speaks against a proof; no value of anybody."""
    found = [
        f"{finding.path}: {finding.count:,} of kind {finding.kind.value} ({finding.where})"
        for finding in proof.findings
        if finding.counts
    ]
    if keeps_unsearchable:
        return found
    failed = [f for f in proof.failures if f.counts or not can_be_emptied(f)]
    return found + shown(failed)


def _run(this: Carried, *, full: bool) -> None:
    """Run the lake over nothing: what landed meanwhile is no concern of the procedure."""
    with TemporaryDirectory() as name:
        nothing = Path(name).resolve()
        for source in SOURCES:
            (nothing / source.name).mkdir()
        run(this.lake, nothing, settle_s=0, full=full, clock=this.clock, within_procedure=True)


STEPS = (
    Step("models_marked", "marking models that learnt from the person", _mark_models),
    Step("left_use", "taking the person out of the curated and trusted tables", _leave_use),
    Step("landed_found", "looking for the person's lines in the landed files", _find_landed, True, True),
    Step("left_staged", "rewriting the staged tables and the quarantine", _leave_staged, True),
    Step("left_landed", "emptying the person's lines in the landed files", _leave_landed, True, True),
    Step("released", "publishing what is left", _release, True),
    Step("expired", "dropping older snapshots", _expire),
    Step("stripped", "removing files that nothing reaches", _strip),
    Step("cleared", "removing scratch, caches and reports", _clear),
    Step("retrained", "training models anew", _retrain),
    Step("proved", "searching every file for the person", _prove, collector_waits=True),
)
"""All steps after the request, in order; a kill in one repeats it."""
