"""Which steps a procedure takes."""

from dataclasses import replace

from stedi.erasure.finding import ABOUT_CONSENT
from stedi.erasure.steps import STEPS, Step
from stedi.landing import requests
from stedi.prover.proof import IN_USE, Proof
from stedi.run.procedures import Procedure


def steps_of(procedure: Procedure) -> list[Step]:
    """The steps of a procedure.

    Where nothing was left to remove, they are those that make sure of it: nothing older is dropped.
    """
    nothing_left = procedure.told.get("nothing_left") and not procedure.told.get("empty_undecodable")
    return [
        step
        for step in STEPS
        if (procedure.kind == requests.ERASE or not step.erases_only)
        and (not nothing_left or step.name in ("models_marked", "left_use", "retrained", "proved"))
    ]


def is_gone(search: Proof, kind: str) -> bool:
    """Whether a search found nothing of the person where a request of this kind leaves nothing."""
    erases = kind == requests.ERASE
    return not search.failures and not any(
        finding.count
        for finding in search.findings
        if not finding.shared and (erases or (finding.area in IN_USE and finding.table not in ABOUT_CONSENT))
    )


def may_keep(procedure: Procedure) -> Procedure:
    """Let an erasure under way leave what nobody can search, which its certificate then says."""
    if procedure.kind != requests.ERASE:
        return procedure
    return replace(procedure, told={**procedure.told, "keep_unsearchable": True})


def may_empty(procedure: Procedure) -> Procedure:
    """Let an erasure under way empty what nobody can search; back to before the landed files if need be."""
    if procedure.kind != requests.ERASE:
        return procedure
    names = [step.name for step in STEPS]
    before = "left_staged"
    is_past = procedure.step in names and names.index(procedure.step) > names.index(before)
    return replace(
        procedure,
        step=before if is_past else procedure.step,
        told={**procedure.told, "empty_undecodable": True},
    )
