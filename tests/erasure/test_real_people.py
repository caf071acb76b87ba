"""People of the real data are erased: nothing of them is left, and nothing brings them back."""

import time
from pathlib import Path

import pytest

from balance import unbalanced
from leaving import consenting, delivered_again, landed_lake, of_others, traces
from stedi.building.changes import Cause
from stedi.erasure.procedure import carry_out
from stedi.lake.config import DEFAULT_BUCKETS, opened
from stedi.prover.proof import prove
from stedi.prover.traces import Kind
from stedi.run.run import run
from stedi.upkeep.rotation import rotate

SEED = 7
CURATED = ("customers_curated", "machine_learning_curated")


@pytest.mark.data
@pytest.mark.long
@pytest.mark.parametrize(
    ("people", "buckets"),
    [(2, 3), (20, DEFAULT_BUCKETS)],
    ids=("2", "20"),
)
def test_people_of_the_real_data(stedi_data: Path, tmp_path: Path, people: int, buckets: int) -> None:
    lake = landed_lake(tmp_path / "lake", stedi_data, buckets)
    emails = consenting(lake, seed=SEED, count=people)
    sought = [traces(lake, email) for email in emails]
    others = of_others(lake, *emails)

    # The same search finds every person, and every kind of thing that tells of them, beforehand.
    before = prove(lake, sought)
    for number, each in enumerate(sought):
        told = {text.kind for text in each.texts if not text.shared} | each.rows.keys()
        assert {Kind.EMAIL, Kind.NAME, Kind.SERIAL, Kind.SUBJECT_KEY, Kind.PHONE_READING} <= told
        assert all(before.count(person=number, kind=kind) for kind in told)
    seconds = []
    for email in emails:
        began = time.perf_counter()
        assert carry_out(lake, "erase", email).certificate is not None
        seconds.append(time.perf_counter() - began)
    after = prove(lake, sought)
    assert after.clean
    assert of_others(lake, *emails) == others

    assert delivered_again(stedi_data, lake) > 0
    run(lake)
    assert prove(lake, sought).clean
    assert of_others(lake, *emails) == others
    assert unbalanced(lake) == []

    rotate(lake, "pseudonym")
    lake = opened(lake.root)
    assert run(lake).causes == {Cause.KEY}
    assert delivered_again(stedi_data, lake) > 0
    run(lake)
    # By the keys from before, and by those that they would have now.
    assert prove(lake, [*sought, *(traces(lake, email) for email in emails)]).clean
    rotated = of_others(lake, *emails)
    assert {name: told.rows for name, told in rotated.items()} == {n: o.rows for n, o in others.items()}
    assert all(rotated[name] == others[name] for name in others if name not in CURATED)
    assert unbalanced(lake) == []
    print(
        f"{people} people, seed {SEED}: {before.count():,} traces before, {after.count():,} after in "
        f"{after.files:,} files; {max(seconds):.1f} s at most, {sum(seconds) / people:.1f} s on average"
    )
