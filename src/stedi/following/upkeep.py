"""Keep a lake small while it is followed: `maintain` at sensible times, and fewer old releases kept readable.

A release every few seconds makes thousands of snapshots a day, which every commit would carry along.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from stedi.asking.reader import store_with_releases
from stedi.building.releases import Release
from stedi.lake.config import Lake
from stedi.landing import releases
from stedi.run.lock import LakeBusyError
from stedi.run.procedures import ProcedureBusyError
from stedi.upkeep.maintenance import DAY_MS, KEEP_DAYS, Maintained, maintain

DUE = 20
"""So many releases after the last time it is time again."""

DUE_IN_QUIET = 10
QUIET_S = 30.0
"""After so many, where nothing has landed for so long: nobody waits for it then."""

NEWEST_KEPT = 20
HOUR_MS = 3_600_000


def thinned(history: Sequence[Release], now_ms: int) -> list[Release]:
    """The releases that stay readable: the newest, the last of each hour of a day, of each day of a week.

    Args:
        history: All of them, the oldest first.
        now_ms: UTC ms.
    """
    newest = list(history[-NEWEST_KEPT:])
    last: dict[str, Release] = {}
    for release in history[:-NEWEST_KEPT]:
        age_ms = now_ms - release.published_at
        if age_ms < KEEP_DAYS * DAY_MS:
            at = datetime.fromtimestamp(release.published_at / 1000, UTC)
            last[f"{at:%Y-%m-%dT%H}" if age_ms < DAY_MS else f"{at:%Y-%m-%d}"] = release
    return [*sorted(last.values(), key=lambda release: release.number), *newest]


class Upkeep:
    """Tells when a lake's small files are to be merged, and does it."""

    def __init__(
        self,
        lake: Lake,
        *,
        tell: Callable[[Maintained], None] = lambda _: None,
        failed: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        """Find out how many releases there were since the last time, by whomever.

        Args:
            lake: The lake.
            tell: Hears what was done.
            failed: Hears why nothing was.
        """
        self._lake = lake
        self._tell = tell
        self._failed = failed
        self._since: int | None = None

    def keep_small(self, releases: int, quiet_s: float) -> bool:
        """Merge small files where it is time; return whether the lake was held for it.

        Args:
            releases: How many releases this follower has published so far.
            quiet_s: For how long nothing has landed.
        """
        try:
            if self._since is None:
                self._since = releases - self._unmerged()
            due = DUE_IN_QUIET if quiet_s >= QUIET_S else DUE
            if releases - self._since < due:
                return False
            self._since = releases
            self._tell(maintain(self._lake, keeping=thinned, wait_s=0, tiered=True))
        except (LakeBusyError, ProcedureBusyError):
            return False
        except Exception as error:
            self._since = releases
            self._failed(error)
        return True

    def _unmerged(self) -> int:
        """How many releases there were since files were merged last: each leaves a small file."""
        with store_with_releases(self._lake) as (store, _):
            return len(store.files(releases.TABLE))
