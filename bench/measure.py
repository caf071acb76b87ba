"""What a command costs: wall time, CPU time and memory of all its processes; what else ran. Linux only."""

import ctypes
import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

SAMPLE_S = 0.05
PR_SET_CHILD_SUBREAPER = 36
PAGE_MB = resource.getpagesize() / 1e6
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
IDLE = (3, 4)
"""Which of a core's times in /proc/stat are spent waiting: idle, and idle until a disk answers."""


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        wall_s: Until the command itself ended.
        cpu_s: User and system time of every process it started, those that outlived it included.
        peak_mb: The highest resident memory, summed over its processes; looked at every 50 ms, and
            never less than the greatest process needed.
        others: How many cores other work on the machine took meanwhile, on average.
        output: What it printed.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    others: float
    output: str


class CommandFailedError(Exception):
    """A measured command failed; its last lines of error output are told."""


def measured(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and tell what it cost.

    Raises:
        CommandFailedError: It did not end with 0.
    """
    # A process whose parent ends, such as Spark's JVM, becomes ours, so that its time is counted.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others_of_ours = _children()
    own, at_least_mb = time.process_time(), _own_peak_mb()
    began, busy = time.perf_counter(), busy_s()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_as_installed(os.environ), **(environment or {})},
    )
    highest, ticks, ended = [0.0], dict[int, int](), threading.Event()
    sampler = threading.Thread(target=_sample, args=(others_of_ours, highest, ticks, ended))
    sampler.start()
    errors: list[str] = []
    drain = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
    drain.start()
    output = process.stdout.read()  # type: ignore[union-attr]
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    drain.join()
    process.stdout.close()  # type: ignore[union-attr]
    process.stderr.close()  # type: ignore[union-attr]
    used = [usage, *_ended_later(others_of_ours)]
    ended.set()
    sampler.join()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    # Nobody waits for the Python workers of Spark: what was seen of all processes is more then.
    seen_s = sum(ticks.values()) / TICKS_A_SECOND
    cpu_s = max(seen_s, sum(each.ru_utime + each.ru_stime for each in used))
    # A process counts the memory of the one that started it as its own, until it is another program.
    peaks_mb = [each.ru_maxrss / 1e3 for each in used if each.ru_maxrss / 1e3 > at_least_mb]
    if process.returncode:
        raise CommandFailedError(f"{command[0]} ended with {process.returncode}\n{errors[0][-2000:]}")
    elapsed = time.perf_counter() - began
    others = (busy_s() - busy - cpu_s - (time.process_time() - own)) / elapsed
    return Cost(wall_s, cpu_s, max([*peaks_mb, highest[0]]), max(0.0, others), output)


def median_of(costs: Sequence[Cost]) -> Cost:
    """The medians of several measurements; memory as the greatest of them."""
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        max(cost.peak_mb for cost in costs),
        statistics.mean(cost.others for cost in costs),
        "",
    )


def least_cpu_s(run: Callable[[Made], object], make: Callable[[], Made], times: int) -> float:
    """The least CPU time that a call in this process took, each with one newly made.

    What other work on the machine adds is no cost of ours.
    """
    spent = []
    for _ in range(times):
        made = make()
        before = time.process_time()
        run(made)
        spent.append(time.process_time() - before)
    return min(spent)


def busy_s() -> float:
    """Seconds that the cores of this machine have worked, for whomever."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    return sum(int(ticks) for n, ticks in enumerate(fields) if n not in IDLE) / TICKS_A_SECOND


def descend(parents: Mapping[int, int], root: int) -> set[int]:
    """A process and all that descend from it.

    >>> sorted(descend({2: 1, 3: 2, 4: 9}, 1))
    [1, 2, 3]
    """
    ours, grew = {root}, True
    while grew:
        found = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= found
        grew = bool(found)
    return ours


def _own_peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _ended_later(known: Set[int]) -> list[resource.struct_rusage]:
    """What processes used that outlived the command, once all of them have ended."""
    used = []
    while left := _children() - known:
        used += [os.wait4(pid, 0)[2] for pid in left]
    return used


def _children() -> set[int]:
    """The processes that are this one's own, be it by adoption."""
    return {pid for pid, (parent, _, _) in _processes().items() if parent == os.getpid()}


def _as_installed(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Python keeps what it compiled, as it does for every installed package."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _sample(known: Set[int], highest: list[float], ticks: dict[int, int], ended: threading.Event) -> None:
    """Look at all processes that this one began, but for those known: memory, and CPU time of each."""
    while not ended.wait(SAMPLE_S):
        told = _processes()
        parents = {pid: parent for pid, (parent, _, _) in told.items() if pid not in known}
        family = (descend(parents, os.getpid()) - {os.getpid()}) & told.keys()
        highest[0] = max(highest[0], sum(told[pid][1] for pid in family) * PAGE_MB)
        ticks.update({pid: told[pid][2] for pid in family})


def _processes() -> dict[int, tuple[int, int, int]]:
    """Of each process its parent, how many pages of memory it holds, and its ticks of CPU time."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold blanks: state, parent, …
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(folder.name)] = int(fields[1]), int(fields[21]), int(fields[11]) + int(fields[12])
    return found
