"""A file that lands during an erasure and cannot be searched: nothing is proven until it is emptied."""

import gzip
from collections.abc import Callable

import pytest

from balance import unbalanced
from leaving import Said, consenting, of_others, traces
from stedi.erasure.procedure import carry_out
from stedi.erasure.steps import STEPS, faults
from stedi.erasure.verifying import verify
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import Lake
from stedi.prover.proof import prove
from stedi.run.procedures import pending


def test_what_cannot_be_searched_is_emptied_on_resuming(walked: Lake, stedi: Callable[..., Said]) -> None:
    lake = walked
    (email,) = consenting(lake)
    sought, others = traces(lake, email), of_others(lake, email)
    broken = lake.landing / "accelerometer" / "broken.json.gz"

    # What holds the person before its break is emptied unasked; of this nobody knows.
    def lands(told: str) -> None:
        if told == STEPS[-1].told:
            broken.write_bytes(gzip.compress(b'{"user": "other@example.org", "x"' * 99)[:-9])

    with pytest.raises(PrivacyGateError) as unproven:
        carry_out(lake, "erase", email, tell=lands)
    assert any(broken.name in fault for fault in unproven.value.faults)
    resume = ("--lake", lake.root, "privacy", "resume")
    # Nobody said that it may be emptied, so it lies there and readers stay refused.
    assert stedi(*resume).code == 4
    assert broken.stat().st_size
    assert len(pending(lake)) == 1
    assert stedi("--lake", lake.root, "query", "select count(*) from customer_trusted").code == 4

    done = stedi(*resume, "--empty-undecodable")
    assert done.code == 0, done.err
    assert not pending(lake)
    assert email not in done.out + done.err
    assert gzip.decompress(broken.read_bytes()).strip() == b""
    assert faults(prove(lake, [sought])) == []
    assert verify(lake, email).clean
    assert of_others(lake, email) == others
    assert unbalanced(lake) == []
    assert stedi(*resume).out == "Every request is complete.\n"
