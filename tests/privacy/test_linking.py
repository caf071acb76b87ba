"""Which addresses are one person: one line a case, signed by the privacy officer.

Read as `test_consent.py`; `passes` and `out` name the days by sensor: a device by its letter, a phone as
"phone of p". Records of p name p's name, those with `name="p"` under another address do too.
"""

import random
from typing import Any

import pytest

from privacy.world import device_case, expected, told, verdict, withdraws
from stedi.privacy.linking import is_recycled
from stedi.privacy.window import Window

# fmt: off
LINKED = {
    # The same person under the addresses p and o: registration, birthday and name are the same.
    "e-mail changed: the readings under both addresses pass":
        device_case(told(10, consent=10, device="a"), told(20, consent=10, who="o", name="p", device="a"),
                    passes={"phone of p": [10, 50], "phone of o": [10, 50], "a": [10, 50]},
                    out={"phone of p": [9], "phone of o": [9], "a": [9]}),
    "withdrawn under the new address: nothing passes under either":
        device_case(told(10, consent=10, device="a"), told(20, who="o", name="p", device="a"),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "withdrawn under the old address after the change: nothing passes under either":
        device_case(told(10, consent=10, who="o", name="p", device="a"), told(20, device="a"),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "withdrawn under the old address, agreed anew under the new one: from then on, under both":
        device_case(told(10, consent=10, device="a"), told(20, device="a"),
                    told(30, consent=30, who="o", name="p", device="a"),
                    passes={"phone of p": [30], "phone of o": [30], "a": [30]},
                    out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "corrected under the new address to a later consent: the readings in the gap leave under both":
        device_case(told(10, consent=10, device="a"), told(20, consent=15, who="o", name="p", device="a"),
                    passes={"phone of p": [15], "phone of o": [15], "a": [15]},
                    out={"phone of p": [14], "phone of o": [14], "a": [14]}),
    "both addresses told at the same instant, one agrees and one does not: deny":
        device_case(told(10, consent=10, device="a"), told(10, who="o", name="p", device="a"),
                    passes={}, out={"phone of p": [15], "phone of o": [15], "a": [15]}),
    "linked through a third address: one person":
        device_case(told(10, consent=10, device="a"), told(11, consent=10, who="o", name="p", device="a"),
                    told(12, consent=10, who="o", name="m", device="a"),
                    told(20, who="n", name="m", device="a"),
                    passes={}, out={"phone of p": [15], "phone of o": [15], "phone of n": [15], "a": [15]}),
    "the same name and birthday, registered at another time: two people":
        device_case(told(10, consent=10, device="a"),
                    told(20, who="o", name="p", device="b", registered=2),
                    passes={"phone of p": [15, 25], "a": [25]}, out={"phone of o": [15, 25], "b": [25]}),
    "the same name and registration, another birthday: two people":
        device_case(told(10, consent=10, device="a"),
                    told(20, who="o", name="p", device="b", birthDay="1961-01-01"),
                    passes={"phone of p": [15, 25]}, out={"phone of o": [15, 25]}),
    "all the same but the name: two people":
        device_case(told(10, consent=10, device="a"), told(20, who="o", device="b"),
                    passes={"phone of p": [15, 25]}, out={"phone of o": [15, 25]}),
    "no birthday, the rest the same: two people, for all three must be there":
        device_case(told(10, consent=10, device="a", birthDay=None),
                    told(20, who="o", name="p", device="b", birthDay=None),
                    passes={"phone of p": [15, 25]}, out={"phone of o": [15, 25]}),
    "the name under the new address ends in a no-break blank: one person, withdrawn":
        device_case(told(10, consent=10, device="a"),
                    told(20, who="o", name="p\u00a0", device="a"),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "the name in capitals, decomposed and with two blanks: one person, withdrawn":
        device_case(told(10, consent=10, name="\u1e55", device="a"),
                    told(20, who="o", name=" P\u0301", device="a"),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "the birthday with blanks around it: one person, withdrawn":
        device_case(told(10, consent=10, device="a"),
                    told(20, who="o", name="p", device="a", birthDay=" 1960-01-01 "),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 25], "a": [15, 25]}),
    "another spelling of name and birthday under one address, registered anew: no address that was passed on":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="P ", birthDay="1960-01-01 ", registered=5, device="a"),
                    passes={"phone of p": [10, 25], "a": [10, 25]}, out={}),
    "withdrawn by a request that knows the record, under another spelling of the name":
        device_case(told(10, consent=10, name="P", device="a"), withdraws(20, by_name=True),
                    passes={}, out={"phone of p": [15, 25], "a": [15, 25]}),
    "the same telephone: two people, for it is never evidence":
        device_case(told(10, consent=10, device="a", phone="1"), told(20, who="o", device="b", phone="1"),
                    passes={"phone of p": [15, 25]}, out={"phone of o": [15, 25]}),

    # A recycled address
    "name, birthday and registration all differ: the address was passed on, nothing passes":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="m", birthDay="1970-01-01", registered=5, device="b"),
                    passes={}, out={"phone of p": [15, 25], "a": [15, 25], "b": [25]}),
    "nor under another address of either":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="m", birthDay="1970-01-01", registered=5, device="b"),
                    told(30, consent=10, who="o", name="p", device="a"),
                    passes={}, out={"phone of p": [15, 25], "phone of o": [15, 35], "a": [15, 35]}),
    "name and birthday differ, the registration is the same: one person":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="m", birthDay="1970-01-01", device="a"),
                    passes={"phone of p": [10, 25], "a": [10, 25]}, out={}),
    "name and registration differ, the birthday is the same: one person":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="m", registered=5, device="a"),
                    passes={"phone of p": [10, 25]}, out={}),
    "each of them corrected once, one at a time: one person":
        device_case(told(10, consent=10, device="a"), told(20, consent=10, name="m", device="a"),
                    told(21, consent=10, birthDay="1970-01-01", device="a"),
                    told(22, consent=10, registered=5, device="a"),
                    passes={"phone of p": [10, 25]}, out={}),
    "all differ, but one has no birthday: one person, for all three must be there":
        device_case(told(10, consent=10, device="a"),
                    told(20, consent=10, name="m", birthDay=None, registered=5, device="a"),
                    passes={"phone of p": [10, 25]}, out={}),
}
# fmt: on


@pytest.mark.parametrize("name", LINKED)
def test_readings_under_several_addresses(spark: Any, name: str) -> None:
    assert verdict(spark, LINKED, name, Window.FROM_CONSENT) == expected(LINKED[name])


def test_an_address_is_recycled_where_two_of_its_identities_have_nothing_in_common() -> None:
    draw = random.Random(3)
    for _ in range(2_000):
        told = [
            (draw.randint(1, 3), draw.choice("xyz"), draw.choice("uvw")) for _ in range(draw.randint(1, 6))
        ]
        apart = any(a != b and all(x != y for x, y in zip(a, b, strict=True)) for a in told for b in told)
        assert is_recycled(told) == apart
