"""Whose a device is, and when: one line a case, signed by the privacy officer.

Read as `test_consent.py`; `passes` and `out` name the days by sensor: a device by its letter, a phone as
"phone of p". Records of p name p's name, those with `name="p"` under another address do too.
"""

from typing import Any

import pytest

from privacy.world import MS, device_case, expected, told, verdict
from stedi.privacy.window import Window

# fmt: off
DEVICES = {
    # p and q both have phones. A device is named by a letter; `device="a"` is what a record says.
    "named by one person's record: that person's":
        device_case(told(1, consent=1, device="a"), passes={"a": [1, 50]}, out={"a": [0.5]}),
    "named by the first record: the person's before that record too, from the consent on":
        device_case(told(20, consent=10, device="a"), passes={"a": [10, 15, 25]}, out={"a": [9]}),
    "nobody's record names it: not consented":
        device_case(told(1, consent=1, device="a"), passes={}, out={"b": [50]}),
    "named by a person without consent": device_case(told(1, device="a"), passes={}, out={"a": [1, 50]}),
    "swapped for another: from then on the old one may be anybody's, the new one is the person's":
        device_case(told(1, consent=1, device="a"), told(20, consent=1, device="b"),
                    passes={"a": [5, 20 - MS], "b": [20, 25]}, out={"a": [20, 25], "b": [5, 20 - MS]}),
    "named again by a newer record: nothing changes":
        device_case(told(1, consent=1, device="a"), told(20, consent=1, device="a"),
                    passes={"a": [5, 25]}, out={}),
    "swapped, then named again: the person's from the second time on":
        device_case(told(1, consent=1, device="a"), told(20, consent=1, device="b"),
                    told(30, consent=1, device="a"),
                    passes={"a": [5, 30, 35], "b": [25]}, out={"a": [20, 25, 30 - MS], "b": [30]}),
    "two devices told at the same instant: neither":
        device_case(told(1, consent=1, device="a"), told(1, consent=1, device="b"),
                    passes={}, out={"a": [5, 50], "b": [5, 50]}),
    "two devices told at the same instant, one of them known before: from then on neither":
        device_case(told(1, consent=1, device="a"), told(20, consent=1, device="a"),
                    told(20, consent=1, device="b"),
                    passes={"a": [5, 20 - MS]}, out={"a": [20, 25], "b": [5, 25]}),
    "two devices told at the same instant, a newer record settles it: from that record on":
        device_case(told(1, consent=1, device="a"), told(1, consent=1, device="b"),
                    told(20, consent=1, device="a"), passes={"a": [20]}, out={"a": [5], "b": [5, 25]}),

    # Handed over
    "handed over: each has the readings of their own time, and nobody those within a day of it":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    passes={"a": [1, 5, 9 - MS, 11 + MS, 20]}, out={"a": [9, 10 - MS, 10, 10.5, 11]}),
    "handed over at the very time the first person names another: the same":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, device="b"),
                    told(10, consent=1, who="q", device="a"),
                    passes={"a": [5, 9 - MS, 11 + MS], "b": [10]}, out={"a": [9, 10, 11]}),
    "given up first, taken over later: nobody's meanwhile, and not the new person's for a day":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, device="b"),
                    told(20, consent=1, who="q", device="a"),
                    passes={"a": [5, 10 - MS, 21 + MS], "b": [10]}, out={"a": [10, 15, 19, 20, 21]}),
    "handed over to a person without consent: earlier readings stay, later ones do not pass":
        device_case(told(1, consent=1, device="a"), told(10, who="q", device="a"),
                    passes={"a": [5, 9 - MS]}, out={"a": [9, 10, 11 + MS, 50]}),
    "handed over by a person without consent: the new person's from the hand-over on":
        device_case(told(1, device="a"), told(10, consent=1, who="q", device="a"),
                    passes={"a": [11 + MS, 50]}, out={"a": [5, 9, 10, 11]}),
    "handed over, told late: the readings of before it were told leave":
        device_case(told(1, consent=1, device="a"), told(10, who="q", device="a", landed=90),
                    passes={"a": [5]}, out={"a": [15, 50]}),
    "handed over to somebody who consents from before: from the hand-over on all the same":
        device_case(told(5, consent=1, device="a"), told(15, consent=1, who="q", device="a"),
                    passes={"a": [2, 5, 14 - MS, 16 + MS]}, out={"a": [14, 15, 16]}),
    "handed over and back, the other naming a new one: each in their time":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, who="q", device="b"), told(30, consent=1, device="a"),
                    passes={"a": [5, 15, 20 - MS]}, out={"a": [10, 20, 25, 30, 31]}),
    "handed on and on: each in their time":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, who="r", device="a"),
                    passes={"a": [5, 15]}, out={"a": [10, 20, 25]}),
    "affirmed by its new owner: nothing changes":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, who="q", device="a"), passes={"a": [5, 15, 20, 50]}, out={"a": [10]}),
    "affirmed again by the first person after another claimed it: nobody's from then on":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, device="a"),
                    passes={"a": [5, 15, 19 - MS]}, out={"a": [10, 19, 20, 25, 50]}),
    "so it stays when one of them affirms it again":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, device="a"), told(30, consent=1, who="q", device="a"),
                    passes={"a": [5, 15]}, out={"a": [25, 35, 50]}),
    "and when one of them names another, until the other affirms it":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, device="a"), told(30, consent=1, device="b"),
                    told(40, consent=1, who="q", device="a"),
                    passes={"a": [5, 15, 41 + MS], "b": [30]}, out={"a": [25, 35, 40, 41]}),
    "claimed by two at the same instant: nobody's from then on, nor before":
        device_case(told(10, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    passes={}, out={"a": [5, 9 - MS, 10, 50]}),
    "claimed by two at the same instant after it was a third person's: theirs until a day before":
        device_case(told(1, consent=1, who="r", device="a"), told(10, consent=1, device="a"),
                    told(10, consent=1, who="q", device="a"),
                    passes={"phone of r": [99], "a": [5, 9 - MS]}, out={"a": [9, 10, 11, 50]}),
    # Claimed by too many: two people within 7 days of one another, or more than 3 people within 30 days
    "claimed by a second person within 7 days: nobody's from the first claim on, nor before it":
        device_case(told(10, consent=1, device="a"), told(17, consent=1, who="q", device="a"),
                    passes={}, out={"a": [5, 10, 12, 15.9, 17, 19, 50, 99]}),
    "claimed by a second person a millisecond after 7 days: a hand-over":
        device_case(told(10, consent=1, device="a"), told(17 + MS, consent=1, who="q", device="a"),
                    passes={"a": [5, 15, 16, 18 + 2 * MS, 50]}, out={"a": [16 + MS, 17, 18 + MS]}),
    "claimed by two in turn within 7 days after it was a third person's: theirs until a day before":
        device_case(told(1, consent=1, who="r", device="a"), told(20, consent=1, device="a"),
                    told(23, consent=1, who="q", device="a"),
                    passes={"phone of r": [99], "a": [5, 19 - MS]}, out={"a": [19, 20, 21.5, 23, 50]}),
    "until all but one have named another: then that one's, a day apart, without naming it anew":
        device_case(told(10, consent=1, device="a"), told(12, consent=1, who="q", device="a"),
                    told(40, consent=1, who="q", device="b"),
                    passes={"a": [41 + MS, 50], "b": [40]}, out={"a": [5, 11, 20, 39, 40, 41]}),
    "the same where the first claimant names another":
        device_case(told(10, consent=1, device="a"), told(12, consent=1, who="q", device="a"),
                    told(40, consent=1, device="b"),
                    passes={"a": [41 + MS, 50], "b": [40]}, out={"a": [5, 11, 20, 39, 40, 41]}),
    "claimed by two at the same instant, until one of them names another":
        device_case(told(10, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(40, consent=1, who="q", device="b"),
                    passes={"a": [41 + MS], "b": [40]}, out={"a": [5, 10, 40, 41]}),
    "affirmed in turn while it is disputed: until it is named alone":
        device_case(told(10, consent=1, device="a"), told(12, consent=1, who="q", device="a"),
                    told(14, consent=1, device="a"), told(40, consent=1, who="q", device="b"),
                    told(60, consent=1, device="a"),
                    passes={"a": [61 + MS], "b": [40]}, out={"a": [11, 39, 42, 59, 61]}),
    "claimed by somebody who never agreed counts as well":
        device_case(told(10, device="a"), told(12, consent=1, who="q", device="a"),
                    passes={}, out={"a": [5, 11, 12, 14, 50]}),
    "claimed by somebody whose record is newly withdrawn counts as well":
        device_case(told(10, consent=1, device="a"), told(16, consent=None, who="q", device="a"),
                    passes={}, out={"a": [5, 11, 16, 50]}),
    "named and given up within 7 days of the next claim: from that one on, a day apart":
        device_case(told(10, consent=1, device="a"), told(12, consent=1, device="b"),
                    told(14, consent=1, who="q", device="a"),
                    passes={"a": [15 + MS, 50], "b": [12]}, out={"a": [5, 10, 11, 13, 14, 15]}),
    "affirmed by its undisputed owner is no claim: a hand-over a day later":
        device_case(told(1, consent=1, device="a"), told(19, consent=1, device="a"),
                    told(20, consent=1, who="q", device="a"),
                    passes={"a": [5, 19 - MS, 21 + MS]}, out={"a": [19, 20, 21]}),
    "claimed by a fourth person within 30 days, each more than 7 days apart: nobody's from the first on":
        device_case(told(1, consent=1, who="o", device="a"), told(11, consent=1, device="a"),
                    told(21, consent=1, who="q", device="a"), told(31, consent=1, who="r", device="a"),
                    passes={"phone of o": [99]}, out={"a": [1, 5, 15, 25, 35, 50]}),
    "claimed by a fourth person a millisecond after 30 days: each in their time":
        device_case(told(1, consent=1, who="o", device="a"), told(11, consent=1, device="a"),
                    told(21, consent=1, who="q", device="a"), told(31 + MS, consent=1, who="r", device="a"),
                    passes={"phone of o": [99], "phone of r": [99], "a": [1, 5, 15, 25, 35]},
                    out={"a": [11, 21, 31]}),
    "claimed under two addresses of one person: one claimant":
        device_case(told(10, consent=1, device="a"), told(12, consent=1, who="o", name="p", device="a"),
                    passes={"a": [5, 11, 12, 13, 50]}, out={}),
    "a claim told late makes the past nobody's":
        device_case(told(10, consent=1, device="a"), told(60, consent=1, device="a"),
                    told(13, consent=1, who="q", device="a", landed=90),
                    passes={}, out={"a": [5, 11, 30, 70]}),
    "given up, then named again while another still claims it: two live owners, nobody's":
        device_case(told(1, consent=1, device="a"), told(10, consent=1, who="q", device="a"),
                    told(20, consent=1, device="b"), told(30, consent=1, device="a"),
                    passes={"a": [5, 15, 28], "b": [25]}, out={"a": [10, 30, 32, 50]}),
    "a record that names no device says nothing of it":
        device_case(told(1, consent=1, device="a"), told(10, serialNumber="lost"),
                    told(20, consent=15, device="a"), passes={"a": [15, 50]}, out={"a": [5, 15 - MS]}),
}
# fmt: on


@pytest.mark.parametrize("name", DEVICES)
def test_readings_of_a_device(spark: Any, name: str) -> None:
    assert verdict(spark, DEVICES, name, Window.FROM_CONSENT) == expected(DEVICES[name])
