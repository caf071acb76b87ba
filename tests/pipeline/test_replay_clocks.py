"""Lines that a wrong clock refused and a replay reads let nobody pass whom they would not have let pass.

Times are hours. A history is what happens at which time of the machine's clock: records land and a run
follows, refused lines are read again, or somebody asks to withdraw.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from contents import contents
from refused_lake import (
    ANA,
    HOUR_MS,
    T0_MS,
    at,
    entries,
    kept,
    put,
    record,
    replay_at,
    require_closed,
    run_at,
)
from stedi.erasure.procedure import carry_out
from stedi.lake.config import Lake
from stedi.run.run import replay_refused, run
from stedi.sources.records import accelerometer_lines

REPLAY, WITHDRAWS = "replay", "withdraw"
Step = tuple[float, Sequence[bytes] | str]

# The clock is two days behind from hour 48 on: it says 0 when it is 48. It is right again at hour 60.
GRANT, LATER = record(-100, -100), record(40, 40)
CASES: dict[str, tuple[list[Step], str]] = {
    "agreed to while the clock was behind": ([(0, [LATER]), (60, REPLAY)], "GIVEN"),
    "the same, read again while it still was": ([(0, [GRANT, record(48)]), (1, REPLAY)], "WITHDRAWN"),
    "withdrawn while the clock was behind, the older consent refused":
        ([(-90, [GRANT]), (0, [LATER, record(48)]), (60, REPLAY)], "WITHDRAWN"),
    "withdrawn without a time of its own, the older consent refused":
        ([(-90, [GRANT]), (0, [LATER, record(None)]), (60, REPLAY)], "WITHDRAWN"),
    "the same, refused by a run before":
        ([(-90, [GRANT]), (-1, [LATER]), (0, [record(None)]), (60, REPLAY)], "WITHDRAWN"),
    "the same, refused by a run after":
        ([(-90, [GRANT]), (0, [record(None)]), (1, [LATER]), (60, REPLAY)], "WITHDRAWN"),
    "the same, read again twice, and sent again":
        ([(-90, [GRANT]), (0, [LATER, record(None)]), (60, REPLAY), (61, [LATER]), (62, REPLAY)],
         "WITHDRAWN"),
    "the same, agreed anew once the clock was right":
        ([(-90, [GRANT]), (0, [LATER, record(None)]), (60, REPLAY), (61, [record(55, 55)])], "GIVEN"),
    "a request while the clock was behind, the older consent refused":
        ([(-90, [GRANT]), (0, [LATER]), (0, WITHDRAWS), (60, REPLAY)], "WITHDRAWN"),
    "unreadable without a time of its own, an older record refused":
        ([(-90, [GRANT]), (0, [record(40, -100), record(None, unreadable=True)]), (60, REPLAY)],
         "UNREADABLE"),
    "withdrawn since by a newer record, then read again":
        ([(0, [LATER]), (50, [record(45)]), (60, REPLAY)], "WITHDRAWN"),
    "read again by a clock that is ahead, which is right again before that time":
        ([(0, [record(40, 40)]), (60, REPLAY), (12, [])], "NEVER"),
    "the same, once its time has come": ([(0, [record(40, 40)]), (60, REPLAY), (12, []), (41, [])], "GIVEN"),
    "a registration to come": ([(0, [record(-1, -1, registered=30)]), (40, REPLAY)], "GIVEN"),
    "a registration to come, a correction that agrees with none of it":
        ([(0, [record(-1, -1, registered=30), record(-1, -1)]), (40, REPLAY)], "HOLD"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_state_once_the_clock_is_right(lake: Lake, name: str) -> None:
    steps, expected = CASES[name]
    for number, (hour, told) in enumerate(steps):
        if told == REPLAY:
            replay_at(lake, hour)
        elif told == WITHDRAWS:
            carry_out(lake, "withdraw", ANA, clock=lambda hour=hour: at(hour))  # type: ignore[misc]
        else:
            assert not isinstance(told, str)
            if told:
                put(lake, f"customer/{number}.json", *told, *[b""] * number)
            run_at(lake, hour)
    assert [row[2] for row in contents(lake)["consent"]] == [expected]
    updated = contents(lake)
    run(lake, full=True, clock=lambda: at(steps[-1][0]))
    assert contents(lake) == updated


def test_what_a_refused_record_told_of_the_clock_stays_in_the_ledger(lake: Lake) -> None:
    put(lake, "customer/a.json", LATER)
    run_at(lake, 0)
    replay_at(lake, 60)
    entry = entries(lake)["customer/a.json"]
    assert (entry.accepted, entry.quarantined, entry.landed_at) == (1, 0, at(0))
    assert entry.notes == Counter({"dated_ahead:2023-11-16T14": 1})


def test_nothing_lands_before_what_was_read_again(lake: Lake) -> None:
    put(lake, "customer/a.json", LATER)
    run_at(lake, 0)
    replay_refused(lake, clock=lambda: at(60))
    put(lake, "customer/b.json", record(None))
    report = run_at(lake, 30)
    assert [entry.landed_at for entry in report.stage.entries] == [at(60)]
    assert len(report.stage.alerts) == 1


def walk(begin_ms: int, step_ms: int, count: int, who: str = ANA) -> list[bytes]:
    up = 9.8 + np.sin(np.arange(count) / 4)
    moments = begin_ms + np.arange(count, dtype=np.int64) * step_ms
    axes = np.round(np.column_stack([0.1 * up, up, 0.2 * up]), 4)
    return accelerometer_lines(who, moments, axes).splitlines()


NANOSECONDS = 3_700_000
"""Steps between readings, in ms, that are of a sensor whose clock counts nanoseconds."""


@pytest.mark.parametrize("before", [0, 5, 30])
def test_a_clock_that_counts_nanoseconds_is_told_by_the_whole_file(lake: Lake, before: int) -> None:
    """Some of its readings were read before, some were of times to come."""
    wrong = walk(T0_MS - before * NANOSECONDS + 1_000_000, NANOSECONDS, 50)
    right = walk(T0_MS - 60_000, 20, 40, "ben@example.com")
    later = walk(T0_MS + 2 * HOUR_MS, 20, 40, "ben@example.com")
    put(lake, "customer/a.json", record(-10, -10))
    put(lake, "accelerometer/a.json", *wrong, *right, *later)
    (entry, _) = run_at(lake, 0).stage.entries
    passed = before if before < 20 else 0
    assert (entry.accepted, entry.quarantined) == (40 + passed, 90 - passed)
    told = replay_at(lake, 100)
    assert told.accepted["accelerometer"] == 40
    assert told.refused["accelerometer"] == Counter(UNIT=50 - passed)
    entry = entries(lake)["accelerometer/a.json"]
    # What was accepted before stays, as where a file is rewritten.
    assert (entry.accepted, entry.quarantined) == (80 + passed, 50 - passed)
    assert entry.notes == Counter(clock_not_ms=50 - passed, devices_with_clock_not_ms=1)
    assert Counter(reason for reason, _ in kept(lake).elements()) == Counter(UNIT=50 - passed)
    assert replay_at(lake, 140).entries == []
    require_closed(lake)


def test_readings_refused_for_their_clock_stay_refused(lake: Lake) -> None:
    put(lake, "customer/a.json", record(-10, -10))
    put(lake, "accelerometer/a.json", *walk(T0_MS - 60 * NANOSECONDS, NANOSECONDS, 50))
    run_at(lake, 0)
    for reasons in (["UNIT"], ["FUTURE"], None):
        assert replay_at(lake, 100, reasons=reasons).accepted.total() == 0
    assert entries(lake)["accelerometer/a.json"].notes["clock_not_ms"] == 50


def test_phones_that_send_g_are_noted_when_their_readings_are_read_again(lake: Lake) -> None:
    lines = [line.replace(b'"x":', b'"x":0.00000') for line in walk(T0_MS + HOUR_MS, 20, 10)]
    assert lines
    up = 1 + 0.1 * np.sin(np.arange(2000) / 4)
    moments = T0_MS + HOUR_MS + np.arange(2000, dtype=np.int64) * 20
    axes = np.round(np.column_stack([0.1 * up, up, 0.2 * up]), 4)
    put(lake, "customer/a.json", record(-10, -10))
    put(lake, "accelerometer/a.json", *accelerometer_lines(ANA, moments, axes).splitlines())
    run_at(lake, 0)
    assert replay_at(lake, 5).accepted["accelerometer"] == 2000
    assert entries(lake)["accelerometer/a.json"].notes == Counter(acceleration_in_g=2000)


def test_a_line_that_looks_like_a_customer_is_counted_as_long_as_it_is_refused(lake: Lake) -> None:
    both = record(-1, -1)[:-1] + b', "user": "%s", "timestamp": %d, "x": 1, "y": 1, "z": 9}' % (
        ANA.encode(), at(3),
    )  # fmt: skip
    put(lake, "accelerometer/a.json", both, record(-1))
    run_at(lake, 0)
    assert entries(lake)["accelerometer/a.json"].notes == Counter(looks_like_customers=2)
    assert replay_at(lake, 5).accepted["accelerometer"] == 1
    notes = entries(lake)["accelerometer/a.json"].notes
    assert notes["looks_like_customers"] == 1
