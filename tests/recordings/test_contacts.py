"""Contacts: what holds for any sensor, however it bounces."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stedi_fleet.recordings.contacts import initial_contacts, missed, united

touching = st.lists(st.booleans(), min_size=2, max_size=200).map(lambda bits: np.array(bits, np.int64))
stretch = st.tuples(st.integers(0, 500), st.integers(1, 50)).map(lambda s: (float(s[0]), float(s[0] + s[1])))


@given(touching)
def test_contacts_are_moments_in_which_a_foot_came_down(bits: np.ndarray) -> None:
    at_ms = 100.0 * np.arange(len(bits))
    found = initial_contacts(at_ms, bits)
    edges = at_ms[1:][(bits[1:] == 1) & (bits[:-1] == 0)]
    assert set(found) <= set(edges)
    assert found[:1].tolist() == edges[:1].tolist()
    if len(edges) > 2:
        assert np.all(np.diff(found) >= 0.5 * np.median(np.diff(edges)))


@given(st.lists(st.floats(300, 700), min_size=8, max_size=60), st.data())
def test_a_steady_walk_misses_nothing_and_a_lost_contact_is_found(
    steps: list[float], data: st.DataObject
) -> None:
    at_ms = np.cumsum(np.array(steps) * 0.1 + 450)
    left, right = at_ms[::2], at_ms[1::2]
    end = float(at_ms[-1]) + 100
    assert missed(left, right, end) == missed(right, left, end) == []
    if len(left) > 4:
        lost = data.draw(st.integers(1, len(left) - 2))
        ((begin, until),) = missed(np.delete(left, lost), right, end)
        assert (begin, until) == (left[lost - 1], left[lost + 1])


@given(st.lists(stretch, max_size=20))
def test_united_stretches_cover_the_same_and_do_not_touch(some: list[tuple[float, float]]) -> None:
    made = united(some)
    moments = np.arange(0, 560) + 0.5
    inside = [
        np.any([(moments > begin) & (moments < end) for begin, end in each] or [moments < 0], axis=0)
        for each in (some, made)
    ]
    assert np.array_equal(*inside)
    assert all(before[1] < after[0] for before, after in zip(made, made[1:], strict=False))
