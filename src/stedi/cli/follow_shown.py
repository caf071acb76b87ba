"""What `stedi follow` shows: a line a release, and what somebody has to look at, once."""

import sys
import time
from typing import TYPE_CHECKING

from stedi.cli import output
from stedi.cli.running import run_json
from stedi.cli.state import State
from stedi.cli.whole_commands import as_called, with_lake
from stedi.following.following import FollowListener
from stedi.ground.errors import described
from stedi.run.reports import RunReport

if TYPE_CHECKING:
    from stedi.upkeep.maintenance import Maintained

MOST_REMEMBERED = 1_000
TABLES = ("customer_trusted", "accelerometer_trusted", "step_trainer_trusted", "machine_learning_curated")


class FollowShown(FollowListener):
    """Prints results on stdout, a line a release; everything else on stderr."""

    def __init__(self, state: State, *, as_json: bool) -> None:
        """Show by a state's name of the lake, as JSON or as text."""
        self._state = state
        self._as_json = as_json
        self._noted: dict[str, None] = {}

    def waiting_for_lake(self) -> None:
        """Say that another command holds the lake."""
        output.note("another command holds this lake: waiting for it to end")

    def removing_people(self) -> None:
        """Say that people's data is being removed."""
        output.note(
            "people's data is being removed: waiting for that to end. Was its command killed? Go on with it: "
            f"{self._state.named()} privacy resume"
        )

    def nothing_there(self) -> None:
        """Say that nothing has landed."""
        output.note(
            "the landing zone holds none of the folders customer, accelerometer, step_trainer yet: waiting"
        )

    def recovered(self) -> None:
        """Say what was found."""
        output.note("the run before did not end: what it left was taken away, nothing is lost")

    def stale_models(self, models: int) -> None:
        """Say that models learnt from people who left."""
        if models:
            told = output.count(models, "model")
            self._once(
                f"alert: {told} learnt from people who left, or whose readings did: train anew with "
                f"{self._state.named()} train --replace-stale"
            )

    def failed(self, error: Exception, again_s: float) -> None:
        """Say why a batch failed."""
        told = as_called(with_lake(described(error), sys.argv[1:]))
        output.note(f"failed: {told}\ntrying again in {again_s:.0f} s, then less often")

    def not_maintained(self, error: Exception) -> None:
        """Say why small files were not merged."""
        output.note(f"small files were not merged: {described(error)}")

    def goes_on(self, failures: int) -> None:
        """Say that it works again."""
        output.note(f"works again, after {output.count(failures, 'failed try', 'failed tries')}")

    def batch_done(self, report: RunReport) -> None:
        """Print a release, and what is to be looked at."""
        for alert in report.stage.alerts:
            self._once(f"alert: {alert}")
        for path in report.stage.unreadable:
            self._once(f"alert: {path} cannot be read: it is looked at again when it changes, or in an hour")
        if not report.published:
            return
        oldest_ns = min((e.state.changed_ns for e in report.stage.entries if e.state.changed_ns), default=0)
        waited_s = max(0.0, report.release.published_at / 1e3 - oldest_ns / 1e9) if oldest_ns else 0.0
        if self._as_json:
            output.as_json("stedi.follow/1", {**run_json(report), **_counts(report, waited_s)})
        else:
            output.result(_line(report, waited_s))
        sys.stdout.flush()

    def _once(self, text: str) -> None:
        if text not in self._noted:
            self._noted[text] = None
            if len(self._noted) > MOST_REMEMBERED:
                del self._noted[next(iter(self._noted))]
            output.note(text)


def print_maintained(done: "Maintained") -> None:
    """Say what `maintain` did."""
    if done.changed:
        output.note(
            f"merged small files: {done.before.files:,} -> {done.after.files:,} files, "
            f"{output.count(done.expired, 'snapshot')} expired   {done.seconds:.1f} s"
        )


def _counts(report: RunReport, waited_s: float) -> dict[str, object]:
    return {
        "new_files": len(report.stage.entries),
        "new_lines": sum(entry.lines for entry in report.stage.entries),
        "published_at": report.release.published_at,
        "waited_s": round(waited_s, 3),
    }


def _line(report: RunReport, waited_s: float) -> str:
    entries = report.stage.entries
    built = {each.table.name: each for each in report.built}
    changed = [
        f"{name} +{built[name].added:,}" + (f" -{built[name].removed:,}" if built[name].removed else "")
        for name in TABLES
        if name in built and (built[name].added or built[name].removed)
    ]
    quarantined = sum(entry.quarantined for entry in entries)
    parts = [
        time.strftime("%H:%M:%S", time.gmtime(report.release.published_at / 1000)) + " UTC",
        f"release {report.release.number}",
        f"{output.count(len(entries), 'file')}, {output.count(sum(e.lines for e in entries), 'line')}",
        f"{quarantined:,} quarantined" if quarantined else "",
        ", ".join(changed),
        f"{waited_s:.1f} s after it landed" if waited_s else "",
        f"{report.seconds:.1f} s",
    ]
    return "   ".join(part for part in parts if part)
