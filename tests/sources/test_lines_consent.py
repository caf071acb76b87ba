"""Customer records: a grant needs strict evidence, a withdrawal little; one line a case."""

import io
import json

import pytest

from stedi.landing.customer import SOURCE, derive, judge
from stedi.sources.lines import read_blocks

LANDED_AT = 1_700_000_000_000
MINUTE = 60_000
C, U = 1_655_564_376_361, 1_655_564_400_000

GRANT = {
    "customerName": "Ana", "email": "Ana@test.com", "phone": "1", "birthDay": "1980-01-01",
    "serialNumber": "50f7b4f3-7af5-4b07-a421-7b902c8d2b7c", "registrationDate": C, "lastUpdateDate": U,
    "shareWithResearchAsOfDate": C,
}  # fmt: skip
WITHDRAWAL = {key: value for key, value in GRANT.items() if key != "shareWithResearchAsOfDate"}
NOT_GIVEN = None

# fmt: off
CASES = {
    # what: (record, consent since, counts from, why its consent is unreadable), or the reason of refusal
    "a grant": (GRANT, C, U),
    "consent absent": (WITHDRAWAL, NOT_GIVEN, U),
    "consent null": (GRANT | {"shareWithResearchAsOfDate": None}, NOT_GIVEN, U),
    "consent 0": (GRANT | {"shareWithResearchAsOfDate": 0}, NOT_GIVEN, U),
    "consent 0.0": (GRANT | {"shareWithResearchAsOfDate": 0.0}, NOT_GIVEN, U),
    "consent -0.0": (GRANT | {"shareWithResearchAsOfDate": -0.0}, NOT_GIVEN, U),
    "consent false": (GRANT | {"shareWithResearchAsOfDate": False}, NOT_GIVEN, U),
    "consent 0 in quotes": (GRANT | {"shareWithResearchAsOfDate": "0"}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent 1": (GRANT | {"shareWithResearchAsOfDate": 1}, NOT_GIVEN, U, "BAD_INSTANT"),
    "consent null in quotes": (GRANT | {"shareWithResearchAsOfDate": "null"}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent an object": (
        GRANT | {"shareWithResearchAsOfDate": {"$numberLong": str(C)}}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent a day with a zone": (
        GRANT | {"shareWithResearchAsOfDate": "2022-06-18T14:59:36Z"}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent unreadable, nothing else right": (
        {"email": "Ana@test.com", "shareWithResearchAsOfDate": "yes", "serialNumber": 5}, NOT_GIVEN,
        LANDED_AT, "BAD_TYPE"),
    "grant whose public sharing is 0": (GRANT | {"shareWithPublicAsOfDate": 0}, "NOT_GIVEN"),
    "consent negative": (GRANT | {"shareWithResearchAsOfDate": -C}, NOT_GIVEN, U, "BAD_INSTANT"),
    "consent a text": (GRANT | {"shareWithResearchAsOfDate": "yes"}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent empty": (GRANT | {"shareWithResearchAsOfDate": ""}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent true": (GRANT | {"shareWithResearchAsOfDate": True}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent NaN": (GRANT | {"shareWithResearchAsOfDate": float("nan")}, NOT_GIVEN, U, "BAD_NUMBER"),
    "consent in seconds": (GRANT | {"shareWithResearchAsOfDate": C // 1000}, NOT_GIVEN, U, "UNIT"),
    "consent in microseconds": (GRANT | {"shareWithResearchAsOfDate": C * 1000}, NOT_GIVEN, U, "UNIT"),
    "consent half a millisecond": (GRANT | {"shareWithResearchAsOfDate": C + 0.5}, NOT_GIVEN, U, "FRACTION"),
    "consent a list": (GRANT | {"shareWithResearchAsOfDate": [C]}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent in digits in quotes": (GRANT | {"shareWithResearchAsOfDate": str(C)}, NOT_GIVEN, U, "BAD_TYPE"),
    "consent in the future": (GRANT | {"shareWithResearchAsOfDate": LANDED_AT * 2}, LANDED_AT * 2, U),
    "only public and friends": (WITHDRAWAL | {"shareWithPublicAsOfDate": C}, NOT_GIVEN, U),
    "consent under a name that only folds alike": (
        WITHDRAWAL | {"\u017fhareWithResearchAsOfDate": C}, NOT_GIVEN, U),
    "consent under a key in another case": (WITHDRAWAL | {"SHAREWITHRESEARCHASOFDATE": C}, C, U),
    # A grant with any fault is refused.
    "grant without a serial number": (GRANT | {"serialNumber": None}, "MISSING"),
    "grant with a bad serial number": (GRANT | {"serialNumber": "x"}, "BAD_SERIAL"),
    "grant without a registration": (GRANT | {"registrationDate": None}, "MISSING"),
    "grant without an update time": (GRANT | {"lastUpdateDate": None}, "MISSING"),
    "grant from a clock an hour ahead": (GRANT | {"lastUpdateDate": LANDED_AT + 60 * MINUTE}, "FUTURE"),
    "grant from a clock a minute ahead": (GRANT | {"lastUpdateDate": LANDED_AT + MINUTE}, C, LANDED_AT),
    "grant with NaN in a field nobody declared": (GRANT | {"more": float("nan")}, "BAD_NUMBER"),
    "grant with a faulty public sharing": (GRANT | {"shareWithPublicAsOfDate": -1}, "BAD_INSTANT"),
    # A withdrawal with any fault but the e-mail's counts.
    "withdrawal from a clock a minute ahead": (
        WITHDRAWAL | {"lastUpdateDate": LANDED_AT + MINUTE}, NOT_GIVEN, LANDED_AT),
    "withdrawal from a clock an hour ahead": (
        WITHDRAWAL | {"lastUpdateDate": LANDED_AT + 60 * MINUTE}, NOT_GIVEN, LANDED_AT),
    "withdrawal without an update time": (WITHDRAWAL | {"lastUpdateDate": None}, NOT_GIVEN, LANDED_AT),
    "withdrawal, update in seconds": (WITHDRAWAL | {"lastUpdateDate": U // 1000}, NOT_GIVEN, LANDED_AT),
    "withdrawal with an e-mail and nothing else": ({"email": "Ana@test.com"}, NOT_GIVEN, LANDED_AT),
    "withdrawal with a bad serial number": (WITHDRAWAL | {"serialNumber": "x"}, NOT_GIVEN, U),
    "withdrawal with a number as name": (WITHDRAWAL | {"customerName": 5}, NOT_GIVEN, U),
    "withdrawal with a lone surrogate as name": (WITHDRAWAL | {"customerName": "\ud800"}, NOT_GIVEN, U),
    "withdrawal with NaN in a field nobody declared": (WITHDRAWAL | {"more": float("nan")}, NOT_GIVEN, U),
    "withdrawal without an e-mail": (WITHDRAWAL | {"email": None}, "MISSING"),
    "withdrawal with half an e-mail": (WITHDRAWAL | {"email": "ana"}, "BAD_EMAIL"),
}
# fmt: on


@pytest.mark.parametrize("shapes", [32, 0], ids=["proved", "one by one"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_record(case: tuple[object, ...], shapes: int) -> None:
    record, *expected = case
    # Good records before it teach the fast path the shapes of grants and withdrawals.
    content = "\n".join(json.dumps(r) for r in (GRANT, WITHDRAWAL, record)) + "\n"
    (block,) = read_blocks(
        io.BytesIO(content.encode()), SOURCE, landed_at=LANDED_AT, buckets=16, shapes=shapes
    )
    if len(expected) == 1:
        assert block.refused["reason"].to_pylist() == expected
        return
    last = block.accepted.to_pylist()[2]
    found = [last["sharewithresearchasofdate"], last["effective_at"], last["consent_fault"]]
    assert found == [*expected, None][:3]
    assert last["participant"] == "ana@test.com"


def test_a_withdrawal_keeps_its_own_time_from_a_clock_ahead() -> None:
    for ahead in (4 * MINUTE, 60 * MINUTE):
        record = json.dumps(WITHDRAWAL | {"lastUpdateDate": LANDED_AT + ahead})
        (block,) = read_blocks(io.BytesIO(record.encode()), SOURCE, landed_at=LANDED_AT, buckets=16)
        assert block.accepted["lastupdatedate"].to_pylist() == [LANDED_AT + ahead]


def test_derive_says_what_judge_says() -> None:
    import pyarrow as pa

    for updated_at in (U, LANDED_AT, LANDED_AT + 1):
        for consent_at in (None, C):
            values = {"lastupdatedate": updated_at, "sharewithresearchasofdate": consent_at}
            judged = judge(values, {}, LANDED_AT)
            assert isinstance(judged, dict)
            derived = derive({"lastupdatedate": pa.array([updated_at])}, LANDED_AT)
            assert (
                values | {key: column[0].as_py() for key, column in derived.items()} | {"consent_fault": None}
                == judged
            )


def test_what_is_forgiven_one_record_is_not_forgiven_the_next() -> None:
    """A record without consent may have any fault; what looks like it and gives consent may not."""
    for field in ("phone", "birthDay", "shareWithPublicAsOfDate"):
        lines = [
            json.dumps(GRANT | {field: value, "shareWithResearchAsOfDate": consent})
            for value in (True, False)
            for consent in (1, C)
        ]
        content = io.BytesIO("\n".join(lines).encode())
        blocks = list(read_blocks(content, SOURCE, landed_at=LANDED_AT, buckets=16))
        given = [at for b in blocks for at in b.accepted["sharewithresearchasofdate"].to_pylist()]
        assert given == [None, None]
        assert sorted(n for b in blocks for n in b.refused["_line"].to_pylist()) == [2, 4]
