"""The consent table: one line a case, signed by the privacy officer.

Each case is one person. `told(20, consent=10)` is a customer record last updated on day 20 that agrees
to research use as of day 10; `told(20)` is one that says nothing of research. The person registered on
day 1 and phone and Step Trainer read on each day listed. `passes` lists the days whose readings of both
sensors reach the trusted zone, `out` the days whose readings do not. `withdraws(20)` and `erases(20)` are
requests made on day 20. The lake is run on day 100.
"""

from typing import Any

import pytest

from privacy.world import (
    MINUTE,
    MS,
    NOW,
    case,
    device_case,
    erases,
    expected,
    told,
    verdict,
    withdraws,
)
from stedi.privacy.window import Window

# fmt: off
CASES = {
    # Who never agreed
    "no record of the person: nobody agreed": case(out=[1, 50]),
    "no consent time in the record: no consent": case(told(1), out=[1, 50]),
    "consent time null: no consent": case(told(1, consent=None), out=[1, 50]),
    "consent time 0: no consent": case(told(1, consent=0), out=[1, 50]),
    "consent time negative: no consent": case(told(1, consent=-1), out=[1, 50]),
    "consent time a text: no consent": case(told(1, consent="yes"), out=[1, 50]),
    "consent time true: no consent": case(told(1, consent=True), out=[1, 50]),
    "consent time an empty text: no consent": case(told(1, consent=""), out=[1, 50]),
    "shared with the public and with friends, not with research: no consent":
        case(told(1, shareWithPublicAsOfDate=1_790_000_000_000, shareWithFriendsAsOfDate=1_790_000_000_000),
             out=[1, 50]),
    "a record that agrees but is broken elsewhere: no consent, for agreeing needs strict evidence":
        case(told(5, consent=5, registered="yesterday"), out=[5, 50]),
    "a record that agrees, from a clock that runs ahead of its landing: no consent":
        case(told(60, consent=5, landed=50), out=[5, 50, 70]),

    # Who agreed
    "agreed at registration: from then on": case(told(1, consent=1), passes=[1, 50, 99], out=[1 - MS, 0.5]),
    "agreed later: from the very instant on": case(told(10, consent=10), passes=[10, 50], out=[1, 10 - MS]),
    "the record comes late, consent lies in the past: back-filled from the consent on":
        case(told(50, consent=10), passes=[10, 30, 60], out=[9]),
    "first not, then agreed: from the consent on": case(told(1), told(10, consent=10), passes=[10], out=[9]),
    "the same record twice: as once": case(told(10, consent=10), told(10, consent=10), passes=[10], out=[9]),
    "consent in the future: not yet": case(told(50, consent=101), out=[50, 99]),
    "consent a millisecond in the future: not yet": case(told(50, consent=NOW + MS), out=[50, 99]),
    "consent at this instant: from now on": case(told(50, consent=NOW), passes=[NOW], out=[50, NOW - MS]),
    "consent before the registration: from the registration on, for nobody was there":
        case(told(8, consent=2, registered=8), passes=[8, 50], out=[2, 8 - MS]),
    "registration in the future: not yet, for the record is broken":
        case(told(50, consent=2, registered=150), out=[2, 50, 99]),

    # Corrections move the start later, never earlier
    "corrected to an earlier consent: ignored":
        case(told(10, consent=10), told(20, consent=5), passes=[10, 15, 25], out=[5, 9]),
    "corrected to a later consent: the readings in the gap leave":
        case(told(10, consent=10), told(20, consent=15), passes=[15, 25], out=[10, 15 - MS]),
    "corrected to a later consent, then back: still the later one":
        case(told(10, consent=10), told(20, consent=15), told(30, consent=10), passes=[15], out=[10, 14]),
    "corrected to an earlier registration: ignored":
        case(told(10, consent=2, registered=8), told(20, consent=2, registered=5), passes=[8], out=[5, 7]),
    "corrected to a later registration: the readings in the gap leave":
        case(told(10, consent=2, registered=5), told(20, consent=2, registered=8), passes=[8], out=[5, 7]),
    "corrected to a consent in the future: not yet":
        case(told(10, consent=10), told(20, consent=120), out=[10, 50, 99]),

    # Who withdrew
    "withdrawn by a newer record: the earlier period too":
        case(told(10, consent=10), told(20), out=[10, 15, 20, 25]),
    "withdrawn by a newer record with consent time null":
        case(told(10, consent=10), told(20, consent=None), out=[15]),
    "withdrawn by a newer record with consent time 0":
        case(told(10, consent=10), told(20, consent=0), out=[15]),
    "withdrawn by a newer record with a text for consent time":
        case(told(10, consent=10), told(20, consent="no"), out=[15]),
    "withdrawn by a record that is broken elsewhere: withdrawing needs little":
        case(told(10, consent=10), told(20, registered="yesterday"), out=[15, 25]),
    "withdrawn by a record without a readable time: as of its landing":
        case(told(10, consent=10), told("today", landed=20), out=[15, 25]),
    "withdrawn from a clock that runs ahead: honoured at landing":
        case(told(10, consent=10), told(99, landed=20), told(30, consent=10), out=[15, 25, 35]),
    "withdrawn from a clock that runs ahead, then agreed anew: withdrawn again at its own time":
        case(told(10, consent=10), told(99, landed=20), told(30, consent=30), out=[15, 29, 30, 50]),
    "withdrawn under another spelling of the e-mail: the same person":
        case(told(10, consent=10), told(20, who="  P"), out=[15, 25]),
    "agreed under another spelling of the e-mail: the same person":
        case(told(10, consent=10, who=" P", device="p"), passes=[15], out=[9]),
    "agreed anew after withdrawing: from the new consent on, the old period does not return":
        case(told(10, consent=10), told(20), told(30, consent=30), passes=[30, 50], out=[10, 25, 30 - MS]),
    "an older withdrawal lands after agreeing anew: it is history":
        case(told(10, consent=10), told(30, consent=30), told(20, landed=90), passes=[30], out=[15, 25]),
    "agreed anew, told late: from the new consent on":
        case(told(10, consent=10), told(20), told(50, consent=30), passes=[30], out=[15, 25]),
    "the old consent repeated after withdrawing: still withdrawn, it is a stale copy":
        case(told(10, consent=10), told(20), told(30, consent=10), out=[10, 15, 25, 35]),
    "an older consent told after withdrawing: still withdrawn":
        case(told(10, consent=10), told(20), told(30, consent=5), out=[5, 15, 25, 35]),
    "a consent dated between the old one and the withdrawal: still withdrawn":
        case(told(10, consent=10), told(20), told(30, consent=15), out=[10, 15, 25, 35]),
    "a consent dated at the instant of the withdrawal: still withdrawn":
        case(told(10, consent=10), told(20), told(30, consent=20), out=[15, 20, 35]),
    "a consent dated a millisecond after the withdrawal: agreed anew":
        case(told(10, consent=10), told(20), told(30, consent=20 + MS), passes=[20 + MS], out=[15, 20]),
    "agreed for a later day, withdrawn before it came: nothing passes":
        case(told(10, consent=30), told(20), out=[25, 30, 50]),
    "agreed for a later day, withdrawn, then the same repeated: still withdrawn, it is a stale copy":
        case(told(10, consent=30), told(20), told(40, consent=30), out=[25, 30, 50]),
    "agreed for a later day, withdrawn, then an older consent told: still withdrawn":
        case(told(10, consent=30), told(20), told(40, consent=15), out=[15, 25, 30, 50]),
    "withdrawn twice: a consent between them does not count":
        case(told(10, consent=10), told(20), told(30, consent=30), told(40), out=[15, 35, 45]),
    "withdrawn twice, then the consent between them repeated: still withdrawn":
        case(told(10, consent=10), told(20), told(30, consent=30), told(40),
             told(50, consent=30), out=[35, 55]),
    "a consent dated before a record that says there was none: no consent":
        case(told(10), told(20, consent=5), out=[5, 15, 25]),

    # A consent time that is there and cannot be read: nobody passes, and nothing is withdrawn
    "agreed, then a consent time that cannot be read: on hold":
        case(told(10, consent=10), told(20, consent="yes"), out=[10, 15, 25]),
    "on hold, then the same consent repeated: it counts, for nothing was withdrawn":
        case(told(10, consent=10), told(20, consent="yes"), told(30, consent=10),
             passes=[10, 25, 35], out=[9]),
    "a consent time that cannot be read, then one that can":
        case(told(10, consent=-1), told(20, consent=10), passes=[10, 15], out=[9]),
    "on hold, then withdrawn, then the old consent repeated: still withdrawn":
        case(told(10, consent=10), told(20, consent="yes"), told(25), told(30, consent=10), out=[15, 35]),
    "withdrawn, then one that cannot be read, then the old consent repeated: still withdrawn":
        case(told(10, consent=10), told(20), told(25, consent="2022"), told(30, consent=10), out=[15, 35]),
    "withdrawn, then one that cannot be read, then agreed anew: from the new consent on":
        case(told(10, consent=10), told(20), told(25, consent=True), told(30, consent=30),
             passes=[30], out=[15, 25]),
    "an older one that cannot be read lands late: it is history":
        case(told(20, consent=10), told(15, consent="", landed=90), passes=[10, 25]),
    "same instant, one agrees and one cannot be read: deny":
        case(told(10, consent=10), told(10, consent="yes"), out=[10, 50]),
    "same instant, one withdraws and one cannot be read, then the old consent: still withdrawn":
        case(told(5, consent=5), told(10), told(10, consent="yes"), told(20, consent=5), out=[5, 15, 25]),
    "alike but for the consent time, absent and unreadable: both count, so it is withdrawn":
        case(told(5, consent=5), told(10, consent="yes"), told(10, landed=50), told(20, consent=5),
             out=[5, 25]),
    "one that cannot be read under another spelling of the e-mail: on hold":
        case(told(10, consent=10), told(20, consent="yes", who="  P"), out=[15, 25]),

    # A withdrawal from a clock that ran ahead: when it landed, and again at its own time
    "a withdrawal four minutes ahead beats an older consent that lands later":
        case(told(10 + 4 * MINUTE, landed=10), told(10 + 2 * MINUTE, consent=9, landed=10 + 3 * MINUTE),
             out=[9, 10, 50]),
    "a withdrawal that landed while the machine was two days behind beats the consent before it":
        case(told(49, consent=10, landed=50), told(50, landed=48), out=[10, 30, 60]),
    "a withdrawal whose own time has not come: when it landed":
        case(told(10, consent=10), told(NOW + 5, landed=20), told(30, consent=30), passes=[30, 50], out=[15]),
    "a withdrawal ahead of its landing, then agreed anew after its own time":
        case(told(10, consent=10), told(25, landed=20), told(30, consent=30), passes=[30], out=[15, 22]),
    "a withdrawal ahead of its landing, a consent between the two: still withdrawn":
        case(told(10, consent=10), told(25, landed=20), told(30, consent=22), out=[15, 22, 35]),

    # A consent from a time that is yet to come: it landed while our clock ran ahead
    "agreed from a time yet to come, after a withdrawal: still withdrawn":
        case(told(10, consent=10), told(20), told(101, consent=30, landed=102), out=[15, 30, 50]),
    "agreed from a time yet to come, and never before: no consent":
        case(told(101, consent=30, landed=102), out=[15, 30, 50]),
    "agreed four minutes from now, which is within the tolerance of clocks":
        case(told(10, consent=10), told(20), told(NOW + 4 * MINUTE, consent=30, landed=102),
             passes=[30, 50], out=[15]),
    "on hold, then read from a time yet to come: still on hold":
        case(told(10, consent=10), told(20, consent="?"), told(101, consent=10, landed=102), out=[15, 50]),
    "corrected to a later consent, from a time yet to come: the readings in the gap leave":
        case(told(10, consent=10), told(101, consent=50, landed=102), passes=[50, 60], out=[10, 49]),
    "they disagreed, a record from a time yet to come settles nothing":
        case(told(10, consent=10), told(10, consent=12), told(101, consent=12, landed=102), out=[12, 50]),
    "records from a time yet to come disagree: deny":
        case(told(10, consent=10), told(101, consent=10, landed=102), told(101, consent=12, landed=102),
             out=[15, 50]),

    # Records of the same instant that disagree: deny
    "same instant, one agrees and one does not": case(told(10, consent=10), told(10), out=[10, 50]),
    "same instant, two consent times":
        case(told(10, consent=10), told(10, consent=11), out=[10, 11, 50]),
    "same instant, two registrations":
        case(told(10, consent=10, registered=2), told(10, consent=10, registered=3), out=[10, 50]),
    "they disagreed once, a newer record settles it, at the latest start told":
        case(told(10, consent=10), told(10, consent=12), told(20, consent=10), passes=[12], out=[10, 11]),
    "they disagreed once, a newer record settled it, then they disagreed again: deny":
        case(told(10, consent=10), told(10, consent=12), told(15, consent=12), told(20, consent=12),
             told(20, consent=13), out=[10, 12, 14, 50]),
    "they disagreed once over the registration, a newer record settles it, at the latest start told":
        case(told(10, consent=2, registered=5), told(10, consent=2, registered=8),
             told(20, consent=2, registered=5), passes=[8], out=[5, 7]),
    "one of them withdrew, the other agreed, then the same repeated: still withdrawn":
        case(told(10, consent=10), told(10), told(20, consent=10), out=[10, 50]),
}

REQUESTS = {
    "a request to withdraw beats every record with an older consent, also one told later":
        case(told(10, consent=10), withdraws(20), told(30, consent=15), out=[10, 15, 25, 35]),
    "made at the very instant of the consent: withdrawn":
        case(told(20, consent=20), withdraws(20), out=[20, 25]),
    "made a millisecond before the consent: the consent is anew":
        case(told(20, consent=20), withdraws(20 - MS), passes=[20, 25], out=[19]),
    "agreed anew after the request: from the new consent on":
        case(told(10, consent=10), withdraws(20), told(30, consent=30), passes=[30, 50], out=[15, 25]),
    "agreed for a later day, then asked to withdraw: nothing passes on that day either":
        case(told(10, consent=30), withdraws(20), out=[25, 30, 50]),
    "a request counts although a newer record repeats the consent: still withdrawn":
        case(told(10, consent=10), withdraws(20), told(30, consent=10), out=[15, 25, 35]),
    "the latest of several requests counts":
        case(told(10, consent=10), withdraws(20), told(30, consent=30), withdraws(40), withdraws(5),
             out=[15, 35, 45]),
    "a request of somebody else: nothing changes":
        case(told(10, consent=10), withdraws(20, "q"), passes=[10, 25], out=[9]),
    "asked by registration, birthday and name: as by the e-mail":
        case(told(10, consent=10), withdraws(20, by_name=True), out=[15, 25]),
    "asked under one address: the other is the same person":
        device_case(told(10, consent=10, device="a"), told(15, consent=10, who="o", name="p", device="a"),
                    withdraws(20, "o"),
                    passes={}, out={"phone of p": [12, 25], "phone of o": [12, 25], "a": [12, 25]}),
    "asked under both addresses at different times: the latest counts":
        device_case(told(10, consent=10, device="a"), told(15, consent=10, who="o", name="p", device="a"),
                    withdraws(20), withdraws(40, "o"), told(45, consent=30, device="a"),
                    passes={}, out={"phone of p": [12, 35, 50], "phone of o": [35, 50], "a": [35, 50]}),
    "erased under both addresses at different times: up to the latest":
        device_case(told(10, consent=10, device="a"), told(15, consent=10, who="o", name="p", device="a"),
                    erases(20), erases(40, "o"), told(50, consent=45, device="a"),
                    passes={"phone of p": [45], "phone of o": [45], "a": [45]},
                    out={"phone of p": [12, 30, 40], "phone of o": [30, 40], "a": [30, 40]}),
    "erased: nothing passes": case(told(10, consent=10), erases(20), out=[10, 15, 25]),
    "erased, then a stale consent told: still erased":
        case(told(10, consent=10), erases(20), told(30, consent=15), out=[15, 25, 35]),
    "erased, then agreed anew: new data only":
        case(told(10, consent=10), erases(20), told(30, consent=30), passes=[30, 50], out=[15, 20, 25]),
    "erased, then agreed anew as of the instant of the erasure: still erased":
        case(told(10, consent=10), erases(20), told(30, consent=20), out=[15, 20, 35]),
    "erased by registration, birthday and name, under an address never named: nothing passes":
        device_case(told(10, consent=10, who="o", name="p", device="a"), erases(20, by_name=True),
                    passes={}, out={"phone of o": [15, 25], "a": [15, 25]}),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_readings_of_a_person(spark: Any, name: str) -> None:
    assert verdict(spark, CASES, name, Window.FROM_CONSENT) == expected(CASES[name])


@pytest.mark.parametrize("name", REQUESTS)
def test_readings_of_who_asked(spark: Any, name: str) -> None:
    assert verdict(spark, REQUESTS, name, Window.FROM_CONSENT) == expected(REQUESTS[name])


@pytest.mark.parametrize("name", CASES)
def test_whole_history_drops_the_lower_bound_only(spark: Any, name: str) -> None:
    has_consent = bool(CASES[name].passes)
    assert set(verdict(spark, CASES, name, Window.WHOLE_HISTORY).values()) == {has_consent}


@pytest.mark.parametrize("name", REQUESTS)
def test_whole_history_lets_nothing_through_that_was_erased(spark: Any, name: str) -> None:
    erased = [asked.on for asked in REQUESTS[name].asked if asked.kind == "erase"]
    found = verdict(spark, REQUESTS, name, Window.WHOLE_HISTORY)
    has_consent = bool(REQUESTS[name].passes)
    assert found == {(sensor, day): has_consent and all(day > on for on in erased) for sensor, day in found}
