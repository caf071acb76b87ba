"""What an interrupt leaves of a withdrawal or erasure, said with the command that goes on."""

import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from stedi.ground.errors import StediError
from stedi.lake.config import Lake
from stedi.run.procedures import pending, resume_command

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Signals that ask a process to end; an interrupt is heard anyway."""


class ProcedureInterruptedError(StediError):
    """Somebody interrupted a withdrawal or erasure."""

    exit_code = 130


@dataclass
class Recorded:
    """The request that was recorded by the call at hand; None before."""

    request: str | None = None


@contextmanager
def interruptible(lake: Lake, kind: str | None) -> Iterator[Recorded]:
    """Turn an interrupt, or a signal to end, into an error that says what is done and what goes on.

    Any other error gets a note while a request is not complete.

    Args:
        lake: The lake.
        kind: withdraw or erase; None: earlier requests are completed.

    Raises:
        ProcedureInterruptedError: Somebody interrupted it.
    """
    recorded = Recorded()
    with _signals_heard():
        try:
            yield recorded
        except KeyboardInterrupt:
            raise ProcedureInterruptedError(_left(lake, kind, recorded)) from None
        except Exception as error:
            if pending(lake):
                error.add_note(_not_complete(lake))
            raise


def _left(lake: Lake, kind: str | None, recorded: Recorded) -> str:
    if pending(lake):
        lost = (
            "\nThe request that you made now was not recorded: make it again afterwards."
            if kind and not recorded.request
            else ""
        )
        return f"Interrupted. {_not_complete(lake)}{lost}"
    named = f"stedi --lake {shlex.quote(str(lake.root))} privacy"
    if recorded.request:
        return (
            f"Interrupted, after request {recorded.request} was complete.\n"
            f"See what was done: {named} certificate {recorded.request}"
        )
    if kind:
        return (
            "Interrupted before the request was recorded: nothing was done.\n"
            f"Ask again: {named} {kind} --email-file FILE --yes"
        )
    return f"Interrupted. No request waits to be completed.\nSee all: {named} status"


def _not_complete(lake: Lake) -> str:
    told = ", ".join(f"{procedure.request} ({procedure.kind})" for procedure in pending(lake))
    return (
        f"Not complete: request {told}. Readers are refused until it is.\n"
        f"Go on with it: {resume_command(lake)}"
    )


@contextmanager
def _signals_heard() -> Iterator[None]:
    """Take a signal to end for an interrupt, unless somebody decided what it does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
