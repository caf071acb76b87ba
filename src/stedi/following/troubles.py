"""What keeps a follower from going on: told once, tried again less and less often, or the end of it."""

import time
from collections.abc import Callable

from stedi.following.pace import Pace
from stedi.ground.errors import StediError

NEEDS_SOMEBODY = (2, 5)
"""Exit codes of errors that trying again does not mend: a wrong setting, a missing key or package."""

MOST_FAULTS = 5
"""So many errors in a row that nobody foresaw end a follower: another process may do better."""


class Troubles:
    """Counts failures in a row, and tells when to try again."""

    def __init__(
        self,
        pace: Pace,
        tell: Callable[[Exception], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without any.

        Args:
            pace: How often to try again.
            tell: Hears of an error, once as long as it stays the same.
            monotonic: Seconds.
        """
        self._pace = pace
        self._tell = tell
        self._monotonic = monotonic
        self._told = ""
        self._faults = 0
        self.tries = 0
        self.again_at = 0.0

    def failed(self, error: Exception) -> None:
        """Take note of a failure.

        Raises:
            Exception: The error itself, where trying again does not help.
        """
        if isinstance(error, StediError) and error.exit_code in NEEDS_SOMEBODY:
            raise error
        self._faults = 0 if isinstance(error, StediError | OSError) else self._faults + 1
        if self._faults >= MOST_FAULTS:
            raise error
        wait_s = min(self._pace.retry_s * 2 ** min(self.tries, 10), self._pace.longest_retry_s)
        self.again_at = self._monotonic() + wait_s
        self.tries += 1
        told = f"{type(error).__name__} {error}"
        if told != self._told:
            self._told = told
            self._tell(error)

    def over(self) -> int:
        """Forget them, for a batch went well; return how many there were."""
        tries, self.tries, self.again_at, self._told, self._faults = self.tries, 0, 0.0, "", 0
        return tries
