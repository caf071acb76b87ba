"""What must hold between two steps: the person's rows are gone, and everybody else's are the same."""

from typing import TYPE_CHECKING

from stedi.erasure.bystanders import others
from stedi.erasure.planning import opened_store
from stedi.ground.errors import PrivacyGateError, QualityGateError

if TYPE_CHECKING:
    from stedi.erasure.steps import Carried

NOT_COMPLETE = "The procedure is not complete, and readers are refused until it is"


def require_gone(left: dict[str, int]) -> None:
    """Refuse to go on while rows of the person stand in use."""
    if any(left.values()):
        told = [f"{name}: {rows:,} rows of the person" for name, rows in left.items() if rows]
        raise PrivacyGateError(f"{NOT_COMPLETE}: rows stayed that had to leave.", told)


def require_others_equal(this: "Carried") -> None:
    """Compare the rows of everybody else with what they were, unless time itself changed a state."""
    before = this.procedure.told["others"]
    with opened_store(this.lake) as store:
        after = {name: [o.rows, str(o.digest)] for name, o in others(this.lake, store, this.person).items()}
    due, as_of = (this.procedure.told.get(name) for name in ("next_change_at", "as_of_ms"))
    now = this.clock()
    # Before the time of that release what it counted may be yet to come: the clock has gone back.
    if (due is not None and due <= now) or (as_of is not None and now < as_of):
        return
    if changed := [name for name, told in before.items() if after[name] != told]:
        raise QualityGateError(
            f"{NOT_COMPLETE}: rows of other people changed.",
            [
                f"{name}: {before[name][0]:,} rows of others before, {after[name][0]:,} after"
                for name in changed
            ],
        )
