"""The procedure: log the request, remove the person's rows, leave nothing older, prove it, certify it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from stedi import audit
from stedi.building.releases import newest
from stedi.engine.session import kept_running
from stedi.erasure import private
from stedi.erasure.addresses import require_known
from stedi.erasure.bystanders import others
from stedi.erasure.case_number import case_number, holds_value_of, require_impersonal
from stedi.erasure.certificate import write_certificate
from stedi.erasure.choosing import is_gone, may_empty, may_keep, steps_of
from stedi.erasure.interrupting import interruptible
from stedi.erasure.models import LakeModels, Models
from stedi.erasure.person import request_rows
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.planning import Plan, opened_store, plan_of, suppressor_of, traces_of_person
from stedi.erasure.quiet_landing import quiet_landing
from stedi.erasure.staged import lines_to_remember, records_to_remember
from stedi.erasure.steps import Carried
from stedi.erasure.undecodable import require_decided
from stedi.erasure.vouching import COMPLETED, DIGEST, recorded_digests
from stedi.erasure.zones import rows_by_table, traces_by_part
from stedi.ground.errors import PrivacyGateError
from stedi.ground.failpoints import reached
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.prover.proof import MASKED, prove
from stedi.run.lock import only_writer
from stedi.run.procedures import COMPLETE, Procedure, only_procedure, pending, save
from stedi.staging.lake_time import latest_recorded_ms
from stedi.staging.ledger import Ledger
from stedi.store.rows import append_rows, rows_of

Tell = Callable[[str], None]
PLANNED = "planned"
REQUESTED = "requested"


def _now() -> int:
    return time.time_ns() // 1_000_000


def _silent(told: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Attributes:
        plan: What was to be removed.
        certificate: What was done; None where nothing had to be.
    """

    plan: Plan
    certificate: dict[str, Any] | None = field(default=None)


def plan(
    lake: Lake,
    kind: str,
    email: str,
    *,
    empty_undecodable: bool = False,
    clock: Callable[[], int] = _now,
) -> Plan:
    """What a request would remove; nothing is changed.

    Raises:
        UsageError: The lake reads somebody else's folder, or was never run.
    """
    with kept_running(), opened_store(lake) as store:
        return plan_of(lake, store, kind, email, now_ms=clock(), empty_undecodable=empty_undecodable)[0]


def carry_out(
    lake: Lake,
    kind: str,
    email: str,
    *,
    empty_undecodable: bool = False,
    keep_unsearchable: bool = False,
    unknown: bool = False,
    case: str | None = None,
    models: Models | None = None,
    tell: Tell = _silent,
    clock: Callable[[], int] = _now,
) -> Outcome:
    """Withdraw or erase a person: every step, or, when killed, the rest of them the next time.

    Procedures that were killed are completed first. A request counts from its own time, also where the
    same was asked before; where nothing of the person is left, nothing older is dropped for it.

    Args:
        lake: The lake.
        kind: withdraw or erase.
        email: Any e-mail of the person.
        empty_undecodable: Whether an erasure empties landed files that nobody can search to their end.
        keep_unsearchable: Whether what nobody can search stays, and the certificate says so.
        unknown: Whether an address that nobody is known to have is meant all the same.
        case: The number of the officer's case, to stand on the certificate; see `case_number`.
        models: Whoever keeps models; those of the lake when None.
        tell: Hears of each step.
        clock: UTC ms.

    Raises:
        UsageError: The lake reads somebody else's folder, or was never run; the text is no address, or
            nobody's; or the case number may hold more than one.
        QualityGateError: Rows do not add up; the procedure is not complete.
        UndecodableLandingError: An erasure could not be proven, and was not begun.
        PrivacyGateError: Something of the person is left; the procedure is not complete.
        ProcedureInterruptedError: Somebody interrupted it; the message says what goes on.
    """
    case = case_number(case)
    with interruptible(lake, kind) as recorded, only_procedure(lake), kept_running():
        _finish(lake, models, tell, clock, empty_undecodable, keep_unsearchable)
        with only_writer(lake), opened_store(lake) as store, quiet_landing(lake):
            # A clock that is behind makes no request older than what landed before it.
            now_ms = max(clock(), latest_recorded_ms(store, Ledger.of(store).entries))
            planned, person, traces = plan_of(
                lake, store, kind, email, now_ms=now_ms, empty_undecodable=empty_undecodable
            )
            require_known(kind, is_unknown=planned.is_unknown, unknown=unknown)
            tell("looking for the person in every file")
            traces = traces or traces_of_person(lake, person)
            require_impersonal(case, traces)
            search = prove(lake, [traces])
            if kind == requests.ERASE:
                require_decided(lake, search, empties=empty_undecodable, keeps=keep_unsearchable)
            request = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now_ms / 1000))}-{uuid4().hex[:6]}"
            with _remembered_once_recorded(lake):
                private.keep_person(lake, request, person, traces)
                reached("privacy.remembered")
                release = newest(store)
                of_others = others(lake, store, person)
                rows = rows_by_table(
                    lake,
                    store,
                    person,
                    suppressor_of(lake, person, traces, now_ms),
                    now_ms=now_ms,
                    finder=PersonFinder(traces, requested_at=now_ms),
                )
                told = {
                    "case": case,
                    "actor": MASKED if holds_value_of(actor := audit.actor(), traces) else actor,
                    "person": {
                        "known": person.known,
                        "addresses": len(person.participants),
                        "devices": len({stretch.serialnumber for stretch in person.devices}),
                    },
                    "empty_undecodable": empty_undecodable,
                    "keep_unsearchable": keep_unsearchable,
                    "nothing_left": planned.removes_nothing and is_gone(search, kind),
                    "nobody_found": planned.is_unknown,
                    "next_change_at": release.next_change_at if release else None,
                    "as_of_ms": release.as_of_ms if release else None,
                    "rows_before": rows,
                    "others": {name: [o.rows, str(o.digest)] for name, o in of_others.items()},
                    "traces_before": search.count(),
                    "traces_before_by_zone": traces_by_part(search),
                }
                procedure = Procedure(request, kind, now_ms, PLANNED, told)
                recorded.request = request
                save(lake, procedure)
                reached("privacy.planned")
        return Outcome(planned, _go_on(lake, procedure, models or LakeModels(), tell, clock))


@contextmanager
def _remembered_once_recorded(lake: Lake) -> Iterator[None]:
    """Let nothing of the person stay beside the keys when the request was not recorded."""
    try:
        yield
    except BaseException:
        private.forget(lake, but=[procedure.request for procedure in pending(lake)])
        raise


def resume(
    lake: Lake,
    *,
    empty_undecodable: bool = False,
    keep_unsearchable: bool = False,
    models: Models | None = None,
    tell: Tell = _silent,
    clock: Callable[[], int] = _now,
) -> list[dict[str, Any]]:
    """Complete every procedure that was killed, or that found too much; return their certificates."""
    with interruptible(lake, None), only_procedure(lake), kept_running():
        return _finish(lake, models, tell, clock, empty_undecodable, keep_unsearchable)


def _finish(
    lake: Lake,
    models: Models | None,
    tell: Tell,
    clock: Callable[[], int],
    empty_undecodable: bool,
    keep_unsearchable: bool,
) -> list[dict[str, Any]]:
    unfinished = pending(lake)
    if empty_undecodable:
        unfinished = [may_empty(procedure) for procedure in unfinished]
    if keep_unsearchable:
        unfinished = [may_keep(procedure) for procedure in unfinished]
    private.forget(lake, but=[procedure.request for procedure in unfinished])
    return [_go_on(lake, procedure, models or LakeModels(), tell, clock) for procedure in unfinished]


def _go_on(
    lake: Lake, procedure: Procedure, models: Models, tell: Tell, clock: Callable[[], int]
) -> dict[str, Any]:
    """Carry out the steps that are not done yet."""
    person, traces = private.kept_person(lake, procedure.request)
    carried = Carried(lake, procedure, person, traces, models, tell, clock)
    if procedure.step == PLANNED:
        _log(carried)
    steps = steps_of(carried.procedure)
    done = [step.name for step in steps]
    first = done.index(carried.procedure.step) + 1 if carried.procedure.step in done else 0
    for step in steps[first:]:
        tell(step.told)
        with quiet_landing(lake) if step.collector_waits else nullcontext():
            try:
                found = step.act(carried)
            except PrivacyGateError as refused:
                # `stedi privacy status` tells of it.
                told = {**carried.procedure.told, "left": refused.faults}
                save(lake, replace(carried.procedure, told=told))
                raise
        carried.procedure = replace(
            carried.procedure, step=step.name, told={**carried.procedure.told, **found}
        )
        save(lake, carried.procedure)
        reached(f"privacy.{step.name}")
    return _end(carried, repeated=first < len(steps))


def _end(carried: Carried, *, repeated: bool) -> dict[str, Any]:
    """Certify what was done, and complete the procedure; killed anywhere, the same once more.

    Args:
        carried: The procedure, all of its steps done.
        repeated: Whether a step was done since it ended last, if it did.
    """
    lake, told = carried.lake, carried.procedure.told
    if repeated or "completed_at" not in told:
        # Kept before it is certified, so that a certificate that is written again has the same bytes.
        carried.procedure = replace(carried.procedure, told={**told, "completed_at": carried.clock()})
        save(lake, carried.procedure)
    procedure = carried.procedure
    certificate, digest = write_certificate(lake, procedure)
    reached("privacy.certified")
    if recorded_digests(lake).get(procedure.request) != digest:
        case = {"case": procedure.told["case"]} if procedure.told.get("case") else {}
        audit.record(
            lake, COMPLETED, request=procedure.request, kind=procedure.kind, **{DIGEST: digest}, **case
        )
    reached("privacy.audited")
    private.forget(lake)
    save(lake, replace(procedure, step=COMPLETE))
    return certificate


def _log(carried: Carried) -> None:
    """Log the request, once: from here on the person is refused."""
    lake, procedure = carried.lake, carried.procedure
    with only_writer(lake), opened_store(lake) as store:
        there = rows_of(store, requests.TABLE)
        if not any(row["request"] == procedure.request for row in there):
            lines = lines_to_remember(store, carried.suppressor) if carried.erases else ()
            records = records_to_remember(store, carried.suppressor) if carried.erases else ()
            rows = request_rows(
                carried.person,
                request=procedure.request,
                kind=procedure.kind,
                requested_at=procedure.requested_at,
                key=lake.key("suppression"),
                lines=lines,
                records=records,
            )
            append_rows(store, requests.TABLE, rows, procedure.request)
    reached("privacy.logged")
    case = {"case": procedure.told["case"]} if procedure.told.get("case") else {}
    audit.record(lake, f"privacy_{procedure.kind}", request=procedure.request, **case)
    carried.procedure = replace(procedure, step=REQUESTED)
    save(lake, carried.procedure)
    reached("privacy.requested")
