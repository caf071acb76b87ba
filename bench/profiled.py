"""Where the time of a command goes: what runs, looked at every 5 ms, told by our own modules and functions.

    python -m bench.profiled --lake .cache/bench/lake run --landing ../shared/data/stedi --settle 0

CPU is of the whole process, the engine's threads included, and counts for what the main thread was in; while
it waits for the engine, that is the function that asked. Nothing is named here, so nothing goes stale.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

EVERY_S = 0.005
SHOWN = 25
PACKAGE = "stedi"


class Sampler(threading.Thread):
    """Looks at a thread again and again, and gives what was spent meanwhile to what it is in."""

    def __init__(self, thread: int) -> None:
        super().__init__(daemon=True)
        self._thread, self._ended = thread, threading.Event()
        self.cpu: dict[str, Counter[str]] = {"module": Counter(), "function": Counter()}
        self.wall: dict[str, Counter[str]] = {"module": Counter(), "function": Counter()}

    def run(self) -> None:
        """Look until told to stop."""
        wall, cpu = time.perf_counter(), time.process_time()
        while not self._ended.wait(EVERY_S):
            frame = sys._current_frames().get(self._thread)
            now = time.perf_counter(), time.process_time()
            functions = list(ours(frame))
            self._give(
                "module",
                {functions[0].partition(":")[0] if functions else "imports"},
                now[0] - wall,
                now[1] - cpu,
            )
            self._give("function", set(functions), now[0] - wall, now[1] - cpu)
            wall, cpu = now

    def _give(self, kind: str, names: set[str], wall_s: float, cpu_s: float) -> None:
        for name in names:
            self.wall[kind][name] += wall_s  # type: ignore[assignment]
            self.cpu[kind][name] += cpu_s  # type: ignore[assignment]

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


def ours(frame: FrameType | None) -> Iterator[str]:
    """Our functions that a thread is in, the innermost first; none while a module is imported."""
    found = []
    while frame is not None:
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
        if (
            name == "<module>"
            and module.partition(".")[0] == PACKAGE
            or module.startswith("importlib._bootstrap")
        ):
            return
        if module.partition(".")[0] == PACKAGE:
            found.append(f"{module.removeprefix(PACKAGE + '.')}:{name}")
        frame = frame.f_back
    yield from found


def told(sampler: Sampler, kind: str, title: str) -> list[str]:
    lines = [f"{'CPU s':>8} {'wall s':>8}  {title}"]
    for name, cpu_s in sampler.cpu[kind].most_common(SHOWN):
        lines.append(f"{cpu_s:8.2f} {sampler.wall[kind][name]:8.2f}  {name}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given == ["--help"]:
        print(__doc__)
        return
    sampler = Sampler(threading.get_ident())
    leave = os._exit

    def left(code: int) -> None:
        sampler.stop()
        for kind, title in (
            ("module", "innermost module of ours"),
            ("function", "function of ours, with all it calls"),
        ):
            print("\n".join(["", *told(sampler, kind, title)]), file=sys.stderr)
        leave(code)

    # The command leaves so, at once.
    os._exit = left  # type: ignore[assignment]
    sys.argv = [str(Path(sys.executable).with_name(PACKAGE)), *given]
    sampler.start()
    from stedi.cli.starting import main as command

    command()


if __name__ == "__main__":
    main()
