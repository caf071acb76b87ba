"""Hear of being stopped, so that what is under way can be ended first."""

import os
import signal
import sys
from contextlib import suppress
from typing import Any


class Stopped:
    """Whether somebody asked us to stop, and by which signal.

    Attributes:
        by: The signal; None as long as nobody did.
    """

    def __init__(self, notice: str | None = None) -> None:
        """Take SIGINT and SIGTERM over.

        Args:
            notice: Printed at once when the first comes; a second one then interrupts what is under way.
        """
        self.by: int | None = None
        self._notice = notice
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)

    def _heard(self, number: int, _frame: Any) -> None:
        if self._notice is not None:
            if self.by is not None:
                raise KeyboardInterrupt
            # Not by `print`: this may come in the midst of one.
            with suppress(OSError):
                os.write(sys.stderr.fileno(), f"{self._notice}\n".encode())
        self.by = number
