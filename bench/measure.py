"""What a command costs: wall time, CPU time and memory of all its processes. Linux only."""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_S = 0.05
PR_SET_CHILD_SUBREAPER = 36
PAGE_MB = resource.getpagesize() / 1e6


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        wall_s: Until the command itself ended.
        cpu_s: User and system time of every process it started, those that outlived it included.
        peak_mb: The highest resident memory, summed over its processes; looked at every 50 ms, and
            never less than the greatest process needed.
        output: What it printed.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
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
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_as_installed(os.environ), **(environment or {})},
    )
    highest, ended = [0.0], threading.Event()
    sampler = threading.Thread(target=_sample, args=(process.pid, highest, ended))
    sampler.start()
    errors: list[str] = []
    drain = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
    drain.start()
    output = process.stdout.read()  # type: ignore[union-attr]
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    sampler.join()
    drain.join()
    process.stdout.close()  # type: ignore[union-attr]
    process.stderr.close()  # type: ignore[union-attr]
    cpu_s, peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3
    while (left := _next_ended()) is not None:
        cpu_s += left.ru_utime + left.ru_stime
        peak_mb = max(peak_mb, left.ru_maxrss / 1e3)
    if process.returncode:
        raise CommandFailedError(f"{command[0]} ended with {process.returncode}\n{errors[0][-2000:]}")
    return Cost(wall_s, cpu_s, max(peak_mb, highest[0]), output)


def _next_ended() -> resource.struct_rusage | None:
    try:
        return os.wait4(-1, 0)[2]
    except ChildProcessError:
        return None


def _as_installed(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Python keeps what it compiled, as it does for every installed package."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _sample(root: int, highest: list[float], ended: threading.Event) -> None:
    while not ended.wait(SAMPLE_S):
        highest[0] = max(highest[0], _resident_mb(root))


def _resident_mb(root: int) -> float:
    """The resident memory of a process and of all that descend from it."""
    parents, pages = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold blanks: state, parent, …
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(folder.name)], pages[int(folder.name)] = int(fields[1]), int(fields[21])
    ours, grew = {root}, True
    while grew:
        found = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= found
        grew = bool(found)
    return sum(pages.get(pid, 0) for pid in ours) * PAGE_MB
