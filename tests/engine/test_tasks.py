"""How work is shared out to tasks of Spark."""

import pytest

from stedi.engine.tasks import BYTES_A_TASK, _shared


@pytest.mark.parametrize(
    ("sizes", "tasks"),
    [
        ([], []),
        ([0], [1]),
        ([0, 0, 0], [3]),
        ([BYTES_A_TASK + 1, 1, 0], [1, 2]),
        ([BYTES_A_TASK, BYTES_A_TASK, 1], [1, 1, 1]),
        ([3, 2, 1], [3]),
    ],
)
def test_small_items_share_a_task(sizes: list[int], tasks: list[int]) -> None:
    shared = _shared(list(enumerate(sizes)))
    assert [len(each) for each in shared] == tasks
    assert [number for each in shared for number in each] == list(range(len(sizes)))
