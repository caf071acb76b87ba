"""Work on many things at once: in threads of this process, or in tasks of Spark."""

import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stedi.engine.spark import is_spark
from stedi.ground.errors import StediError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

THREADS = 2

BYTES_A_TASK = 8 * 1024**2
"""Things that are smaller together share a task: starting one costs as much as reading a small file."""

_FAILED = "stedi:"
_TOLD = re.compile(rf"RuntimeError: {_FAILED} (.*)")

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    session: "SparkSession",
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    size: Callable[[Item], int],
) -> list[Result]:
    """The result of some work on each item, in their order.

    On Spark the work travels in a function, never as text of a plan, and what comes back is
    held by the driver: results are to be small. What a task raises is told without its message,
    which may hold a value, unless it is an error of ours.

    Args:
        session: The engine.
        work: Safe to be called from several threads, and to be pickled; it may be done again.
        items: What to work on.
        size: About how many bytes an item is; the largest are begun first.
    """

    def alone(group: Sequence[Item]) -> list[Result]:
        return [work(item) for item in group]

    found: dict[int, Result] = {}
    for numbers, results in _by_group(session, alone, items, size):
        found.update(zip(numbers, results, strict=True))
    return [found[number] for number in range(len(items))]


def together(
    session: "SparkSession",
    work: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    *,
    size: Callable[[Item], int],
) -> list[Result]:
    """The result of some work on all items of a task at once, in any order: see `spread`.

    On Spark small items share a task, and what they write may be one file. In threads each is alone.
    """
    return [result for _, result in _by_group(session, work, items, size)]


def _by_group(
    session: "SparkSession",
    work: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    size: Callable[[Item], int],
) -> Iterator[tuple[list[int], Result]]:
    """The result of some work on each group of items, and which they are."""
    # The largest first, so that no thread is left alone with it at the end.
    order = sorted(range(len(items)), key=lambda number: size(items[number]), reverse=True)
    if is_spark(session):
        groups = _shared([(number, size(items[number])) for number in order])
        return _in_tasks(session, work, items, groups)
    return _in_threads(work, items, [[number] for number in order])


def _in_threads(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item], groups: Sequence[list[int]]
) -> Iterator[tuple[list[int], Result]]:
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(lambda group: work([items[number] for number in group]), groups)
        yield from zip(groups, results, strict=True)


def _shared(sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Tasks, each with one large item or with several small ones."""
    tasks: list[list[int]] = []
    held = 0
    for number, size in sizes:
        if not tasks or held + size > BYTES_A_TASK:
            tasks.append([])
            held = 0
        tasks[-1].append(number)
        held += size
    return tasks


def _in_tasks(
    session: "SparkSession",
    work: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    tasks: Sequence[list[int]],
) -> Iterator[tuple[list[int], Result]]:
    if not tasks:
        return

    def worked(batches: "Iterator[pa.RecordBatch]") -> "Iterator[tuple[list[int], Result]]":
        for batch in batches:
            for task in batch.column("id").to_pylist():
                yield tasks[task], work([items[number] for number in tasks[task]])

    yield from told(session.range(0, len(tasks), 1, len(tasks)), worked)


def told(
    frame: "DataFrame", work: "Callable[[Iterator[pa.RecordBatch]], Iterator[Result]]"
) -> Iterator[Result]:
    """What tasks tell of the rows of a frame of Spark, each of those of its partition; nothing large.

    Args:
        frame: The rows, which stay with the tasks.
        work: As for `spread`, of batches of rows.

    Raises:
        StediError: A task raised it; or it failed, of which the kind of error is told.
    """

    def done(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        keep_zips_known()
        for answer in _tried(work, batches):
            yield _answered(answer)

    for row in _collected(frame.mapInArrow(done, "told binary")):
        result, error = pickle.loads(bytes(row["told"]))
        if error is not None:
            raise error
        yield result


def keep_zips_known() -> None:
    """Let a Python process of Spark's no longer read the directory of every jar and zip before each task.

    That is a tenth of a second of CPU. What such a file holds does not change while the process is there.
    """
    import zipimport

    zipimport.zipimporter.invalidate_caches = _nothing  # type: ignore[method-assign]


def _nothing(self: Any) -> None:
    """Nothing is done."""


def _answered(answer: Any) -> "pa.RecordBatch":
    import pyarrow as pa

    return pa.RecordBatch.from_pydict({"told": pa.array([pickle.dumps(answer)], pa.binary())})


def _collected(frame: "DataFrame") -> Any:
    try:
        return frame.collect()
    except Exception as error:
        if told := _TOLD.search(str(error)):
            raise StediError(f"A task of Spark failed, again and again ({told[1]}).") from None
        raise


def _tried(
    work: "Callable[[Iterator[pa.RecordBatch]], Iterator[Result]]", batches: "Iterator[pa.RecordBatch]"
) -> "Iterator[tuple[Result | None, StediError | None]]":
    """The results, or an error of ours; any other ends the task, which Spark tries again.

    Raises:
        RuntimeError: Any other error, as its kind and where it arose.
    """
    try:
        for result in work(batches):
            yield result, None
    except StediError as error:
        yield None, error
    except Exception as error:
        raise RuntimeError(f"{_FAILED} {where(error)}") from None


def where(error: Exception) -> str:
    """The kind of an error and the line it arose in, without its text, which may hold a value."""
    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{type(error).__name__} in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
