"""Clocks that were behind or ahead when something landed: once they are right, nothing more passes.

Times are hours. A history is what happens at which time of the machine's clock: records land, and a run
follows; the last run is at the right time. `u` is when a record says that it was updated (None: it does not
say), `c` since when it consents (None: it does not).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from contents import contents
from line_cases import SERIAL
from stedi.asking.checking import check
from stedi.asking.reader import reading
from stedi.asking.status import status
from stedi.erasure.procedure import carry_out
from stedi.lake.config import Lake
from stedi.run.run import run

T0_MS = 1_700_000_000_000 // 3_600_000 * 3_600_000
HOUR_MS = 3_600_000
MINUTE = 1 / 60
ANA = "ana@example.com"


def at(hours: float) -> int:
    return T0_MS + round(hours * HOUR_MS)


@dataclass(frozen=True)
class Record:
    """A customer record of Ana's; `unreadable`: its consent is there and cannot be read."""

    u: float | None
    c: float | None = None
    unreadable: bool = False

    def line(self) -> bytes:
        told: dict[str, object] = {
            "customerName": "Ana", "email": ANA, "phone": "8015551212", "birthDay": "1980-01-01",
            "serialNumber": SERIAL % 1, "registrationDate": at(-1000),
        }  # fmt: skip
        if self.u is not None:
            told["lastUpdateDate"] = at(self.u)
        if self.unreadable:
            told["shareWithResearchAsOfDate"] = "yes"
        elif self.c is not None:
            told["shareWithResearchAsOfDate"] = at(self.c)
        return json.dumps(told).encode()


WITHDRAWS = "withdraws"
Step = tuple[float, Sequence[Record] | str]

# The clock is two days behind from hour 48 on: it says 0 when it is 48. It is right again at hour 60.
G, LATER = Record(-100, -100), Record(40, 40)
CASES: dict[str, tuple[list[Step], str]] = {
    "withdrawn while the clock was behind, by its own time":
        ([(-90, [G]), (0, [Record(48)]), (60, [LATER])], "WITHDRAWN"),
    "the same, the older consent landed before":
        ([(-90, [G]), (41, [LATER]), (0, [Record(48)]), (60, [])], "WITHDRAWN"),
    "the same, agreed anew after its own time":
        ([(-90, [G]), (0, [Record(48)]), (60, [Record(50, 50)])], "GIVEN"),
    "withdrawn without a time of its own, the older consent landed before":
        ([(-90, [G]), (41, [LATER]), (0, [Record(None)]), (60, [])], "WITHDRAWN"),
    "withdrawn without a time of its own, agreed anew after its landing":
        ([(-90, [G]), (48, [Record(None)]), (60, [Record(50, 50)])], "GIVEN"),
    "withdrawn without a time of its own, the older consent refused as of the future, then sent again":
        ([(-90, [G]), (0, [LATER, Record(None)]), (60, [LATER])], "WITHDRAWN"),
    "the same, refused by a run before":
        ([(-90, [G]), (-1, [LATER]), (0, [Record(None)]), (60, [LATER])], "WITHDRAWN"),
    "the same, refused by a run after":
        ([(-90, [G]), (0, [Record(None)]), (1, [LATER]), (60, [LATER])], "WITHDRAWN"),
    "the same, agreed anew once the clock was right":
        ([(-90, [G]), (0, [LATER, Record(None)]), (60, [LATER, Record(55, 55)])], "GIVEN"),
    "a request while the clock was behind, the older consent landed before":
        ([(-90, [G]), (41, [LATER]), (0, WITHDRAWS), (60, [])], "WITHDRAWN"),
    "a request while the clock was behind, the older consent refused, then sent again":
        ([(-90, [G]), (0, [LATER]), (0, WITHDRAWS), (60, [LATER])], "WITHDRAWN"),
    "unreadable while the clock was behind, an older record read later":
        ([(-90, [G]), (0, [Record(48, unreadable=True)]), (60, [Record(40, -100)])], "UNREADABLE"),
    "unreadable without a time of its own, an older record refused, then sent again":
        ([(-90, [G]), (0, [Record(40, -100), Record(None, unreadable=True)]), (60, [Record(40, -100)])],
         "UNREADABLE"),
    "withdrawn four minutes ahead of our clock, an older consent lands later":
        ([(-90, [G]), (0, [Record(4 * MINUTE)]), (1, [Record(2 * MINUTE, 2 * MINUTE)])], "WITHDRAWN"),
    "withdrawn four minutes ahead of our clock, and a run before that time":
        ([(-90, [G]), (0, [Record(4 * MINUTE)]), (3 * MINUTE, [Record(2 * MINUTE, 2 * MINUTE)])],
         "WITHDRAWN"),
    "withdrawn from a clock a day ahead, agreed anew before that time":
        ([(-90, [G]), (0, [Record(24)]), (3, [Record(2, 2)]), (20, [])], "GIVEN"),
    "the same, once the time of the withdrawal has come":
        ([(-90, [G]), (0, [Record(24)]), (3, [Record(2, 2)]), (24, [])], "WITHDRAWN"),
    # Ahead: the clock said 60 and it was 12.
    "agreed from a time to come while our clock was ahead, after a withdrawal":
        ([(-90, [G]), (0, [Record(-1)]), (60, [Record(40, 5)]), (12, [])], "WITHDRAWN"),
    "the same, once that time has come":
        ([(-90, [G]), (0, [Record(-1)]), (60, [Record(40, 5)]), (12, []), (40, [])], "GIVEN"),
    "agreed to from a time to come while our clock was ahead":
        ([(-90, [G]), (60, [Record(40, 40)]), (12, [])], "SCHEDULED"),
    "withdrawn without a time of its own while our clock was ahead":
        ([(-90, [G]), (60, [Record(None)]), (12, [Record(11, 11)])], "WITHDRAWN"),
    "a request while our clock was ahead":
        ([(-90, [G]), (60, WITHDRAWS), (12, [Record(11, 11)])], "WITHDRAWN"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_state_once_the_clock_is_right(lake: Lake, name: str) -> None:
    steps, expected = CASES[name]
    for number, (hour, told) in enumerate(steps):
        if isinstance(told, str):
            carry_out(lake, "withdraw", ANA, clock=lambda hour=hour: at(hour))  # type: ignore[misc]
            continue
        folder = lake.landing / "customer"
        folder.mkdir(parents=True, exist_ok=True)
        if told:
            (folder / f"{number}.json").write_bytes(
                b"\n".join([*(r.line() for r in told), *[b""] * (number + 1)])
            )
        run(lake, clock=lambda hour=hour: at(hour))  # type: ignore[misc]
    assert [row[2] for row in contents(lake)["consent"]] == [expected]
    updated = contents(lake)
    run(lake, full=True, clock=lambda: at(steps[-1][0]))
    assert contents(lake) == updated
    check(lake)


def test_a_clock_that_went_back_is_told_by_runs_and_by_status(lake: Lake) -> None:
    folder = lake.landing / "customer"
    folder.mkdir(parents=True)
    (folder / "1.json").write_bytes(G.line() + b"\n")
    assert run(lake, clock=lambda: at(0)).stage.alerts == []
    assert run(lake, clock=lambda: at(-5 * MINUTE)).stage.alerts == []
    (folder / "2.json").write_bytes(Record(None).line() + b"\n")
    report = run(lake, clock=lambda: at(-27))
    (alert,) = report.stage.alerts
    assert alert == (
        "the clock of this machine says 2023-11-13 19:00:00 UTC, 1 day, 3:00:00 before the latest time that "
        "this lake has recorded, 2023-11-14 22:00:00 UTC: it is behind now, or was ahead then. What lands "
        "now is taken to have landed at the latest time recorded, and lines dated after the clock are "
        "refused as FUTURE. Set the clock right, then run again"
    )
    assert [entry.landed_at for entry in report.stage.entries] == [at(0)]
    with reading(lake) as read:
        assert status(read, now_ms=at(-27)).clock_alert == alert
        assert status(read, now_ms=at(0)).clock_alert is None


def test_lines_dated_after_a_clock_that_is_behind_are_refused(lake: Lake) -> None:
    folder = lake.landing / "customer"
    folder.mkdir(parents=True)
    (folder / "1.json").write_bytes(G.line() + b"\n")
    run(lake, clock=lambda: at(0))
    (folder / "2.json").write_bytes(b"\n".join([Record(-1, -1).line(), Record(-26, -27).line(), b""]))
    (entry,) = run(lake, clock=lambda: at(-27)).stage.entries
    assert (entry.accepted, entry.quarantined) == (0, 2)
