"""Some requests of every form, killed and resumed at random; 1,000 of them: make fuzz-requests."""

import pytest

from fuzzed_requests import fuzz, table


@pytest.mark.parametrize(("seed", "requests"), [(50, 8), pytest.param(100, 200, marks=pytest.mark.long)])
def test_each_ends_or_is_refused_and_nobody_else_is_touched(seed: int, requests: int) -> None:
    made, faults = fuzz(requests, seed, as_landed=0.1 if requests < 50 else 0.3)
    assert faults.told == []
    assert len(made) == requests
    assert table(made).splitlines()[-1].split()[:2] == ["all", str(requests)]
