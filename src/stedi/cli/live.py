"""Readings replayed at the speed of their clock, with a view of signal, steps, cadence and latency."""

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from stedi.detector.plausible import STANDARD_GRAVITY, Sample

if TYPE_CHECKING:
    from stedi.detector.model import Model
    from stedi.detector.online import Step

SHOWN_MS = 6000.0
FRAMES_A_SECOND = 10
CADENCE_STEPS = 8
LONGEST_WAIT_S = 1.0
_BARS = "▁▂▃▄▅▆▇█"


class Seen:
    """What the view shows: the last seconds of the signal and of the steps, and how it goes."""

    def __init__(self) -> None:
        self.signal: deque[tuple[float, float]] = deque()
        self.steps: deque[Step] = deque()
        self.count = 0
        self.now_ms = self.first_ms = math.nan

    def sample(self, sample: Sample) -> None:
        """A reading came."""
        if math.isnan(self.first_ms):
            self.first_ms = sample.t_ms
        self.now_ms = sample.t_ms
        size = math.sqrt(sample.x**2 + sample.y**2 + sample.z**2) - STANDARD_GRAVITY
        if math.isfinite(size):
            self.signal.append((sample.t_ms, size))
        while self.signal and self.signal[0][0] < self.now_ms - SHOWN_MS:
            self.signal.popleft()
        while self.steps and self.steps[0].step_ms < self.now_ms - SHOWN_MS:
            self.steps.popleft()

    def step(self, step: "Step") -> None:
        """A step was told."""
        self.count += 1
        self.steps.append(step)

    @property
    def cadence_spm(self) -> float | None:
        """Steps a minute of the last few; None while nobody walks."""
        last = [step.step_ms for step in self.steps][-CADENCE_STEPS:]
        if len(last) < 2 or last[-1] <= last[0]:
            return None
        return 60_000 * (len(last) - 1) / (last[-1] - last[0])

    @property
    def latency_ms(self) -> float | None:
        """Median of emission minus step, of the steps shown."""
        told = sorted(step.emitted_ms - step.step_ms for step in self.steps)
        return told[len(told) // 2] if told else None

    def lines(self, width: int) -> list[str]:
        """The view: signal, steps below it, and the numbers.

        Args:
            width: Of each line, in letters.
        """
        greatest = [0.0] * width
        marks = [" "] * width
        for t_ms, size in self.signal:
            place = self._place(t_ms, width)
            greatest[place] = max(greatest[place], abs(size))
        for step in self.steps:
            marks[self._place(step.step_ms, width)] = "|"
        top = max(6.0, *greatest)
        bars = "".join(_BARS[min(len(_BARS) - 1, int(size / top * len(_BARS)))] for size in greatest)
        cadence = "-" if self.cadence_spm is None else f"{self.cadence_spm:.0f}"
        latency = "-" if self.latency_ms is None else f"{self.latency_ms:.0f}"
        numbers = (
            f"{(self.now_ms - self.first_ms) / 1000:8.1f} s   {self.count:,} steps   "
            f"{cadence} steps/min   told after {latency} ms"
        )
        return [bars, "".join(marks), numbers]

    def _place(self, t_ms: float, width: int) -> int:
        since = (t_ms - (self.now_ms - SHOWN_MS)) / SHOWN_MS
        return min(width - 1, max(0, int(since * width)))


def replay(
    samples: Iterable[Sample], model: "Model", operating_point: str, tell: "Callable[[Step], None]"
) -> None:
    """Find steps at the speed of the input's clock.

    On a terminal they are seen in a view, which stdout also gets where it is none; in a pipe the
    lines come as without a view, but at the speed of life. A gap in the input waits a second at most.

    Args:
        samples: In order.
        model: The model.
        operating_point: As the detector names it.
        tell: Hears of each step, where stdout is no terminal.
    """
    from stedi.detector.online import Detector

    detector, seen = Detector(model, operating_point), Seen()
    to_pipe = not sys.stdout.isatty()

    def stepped(steps: "Iterable[Step]") -> None:
        for step in steps:
            seen.step(step)
            if to_pipe:
                tell(step)

    with _view(seen) as view:
        ahead_ms = math.nan
        drawn = 0.0
        for sample in samples:
            now_ms = time.monotonic() * 1000
            if math.isnan(ahead_ms) or sample.t_ms - ahead_ms - now_ms > 1000 * LONGEST_WAIT_S:
                ahead_ms = sample.t_ms - now_ms
            if (wait_s := (sample.t_ms - ahead_ms - now_ms) / 1000) > 0:
                time.sleep(wait_s)
            seen.sample(sample)
            stepped(detector.detect_one(sample.t_ms, sample.x, sample.y, sample.z))
            if view is not None and time.monotonic() - drawn > 1 / FRAMES_A_SECOND:
                drawn = time.monotonic()
                view.update(_drawn(seen), refresh=True)
        stepped(detector.flush())
        if view is not None:
            view.update(_drawn(seen), refresh=True)


def _view(seen: Seen) -> "AbstractContextManager[Any]":
    """The view, on stdout or stderr, whichever is a terminal; None where none is."""
    stream = next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)
    if stream is None:
        return nullcontext()
    from rich.console import Console
    from rich.live import Live

    return Live(console=Console(file=stream), auto_refresh=False)


def _drawn(seen: Seen) -> Any:
    import shutil

    from rich.text import Text

    return Text("\n".join(seen.lines(max(20, shutil.get_terminal_size().columns - 2))), no_wrap=True)
