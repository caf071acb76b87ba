"""A follower that grows begins anew, with what it did before; a signal meanwhile is not lost."""

import json
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from stedi.following import memory
from stedi.following.following import Followed
from stedi.following.memory import FOLLOWED, GROWN_BYTES, Growth, begin_anew, begun_anew, resident_bytes


def test_growth_counts_from_the_first_release_of_this_process() -> None:
    sizes = iter([100, 100 + GROWN_BYTES, 101 + GROWN_BYTES, 50])
    growth = Growth(lambda: next(sizes))
    assert [growth.is_much(has) for has in (False, True, True, True, True)] == [
        False, False, False, True, False,
    ]  # fmt: skip
    assert resident_bytes() > 10 << 20


@pytest.fixture
def signals() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("signals")
def test_it_begins_anew_by_the_same_command(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[list[str]] = []
    monkeypatch.setattr(memory.os, "execv", lambda program, words: began.append([program, *words]))
    monkeypatch.delenv(FOLLOWED, raising=False)
    assert begun_anew() == (Followed(), None)
    begin_anew(Followed(3, 2, 1), 5.0, lambda: False)
    assert began == [[sys.executable, sys.executable, *sys.orig_argv[1:]]]
    assert json.loads(os.environ[FOLLOWED]) == {"releases": 3, "files": 2, "lines": 1, "until": 5.0}
    assert {signal.SIGINT, signal.SIGTERM} <= signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert begun_anew() == (Followed(3, 2, 1), 5.0)
    assert FOLLOWED not in os.environ


@pytest.mark.usefixtures("signals")
def test_it_does_not_begin_anew_when_somebody_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.os, "execv", lambda *_: pytest.fail("it began anew"))
    begin_anew(Followed(), None, lambda: True)
