"""A follower in this process, and what happens between its looks at the landing zone."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stedi.following.following import Followed, Follower, FollowListener
from stedi.following.pace import Pace
from stedi.lake.config import Lake
from stedi.run.reports import RunReport

AT_ONCE = Pace(every_s=0, look_s=0, others_s=0, retry_s=0)


class Heard(FollowListener):
    """Keeps what it hears, a word each."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.reports: list[RunReport] = []

    def waiting_for_lake(self) -> None:
        self.words.append("waiting for lake")

    def removing_people(self) -> None:
        self.words.append("removing people")

    def nothing_there(self) -> None:
        self.words.append("nothing there")

    def recovered(self) -> None:
        self.words.append("recovered")

    def failed(self, error: Exception, again_s: float) -> None:
        self.words.append(f"failed: {type(error).__name__}")

    def goes_on(self, failures: int) -> None:
        self.words.append(f"goes on after {failures}")

    def batch_done(self, report: RunReport) -> None:
        self.reports.append(report)
        self.words.append(f"release {report.release.number}" if report.published else "nothing new")


def follow(lake: Lake, happens: Iterable[Callable[[], Any] | None], **more: Any) -> Any:
    """Follow a lake; before each look the next thing happens, and after the last one it ends."""
    heard = more.setdefault("listener", Heard())
    things: Iterator[Callable[[], Any] | None] = iter(happens)

    def goes_on(_: Followed) -> bool:
        try:
            thing = next(things)
        except StopIteration:
            return False
        if thing:
            thing()
        return True

    Follower(lake, **{"pace": AT_ONCE, **more}).follow(goes_on)
    return heard
