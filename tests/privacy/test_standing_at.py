"""How a device stood when a reading was taken, whether few or many stretches are told of it."""

from random import Random
from typing import Any

import pytest

from privacy.compared import counted
from stedi.landing import step_trainer
from stedi.privacy.ownership import FEW_STRETCHES, standing_at
from stedi.trusted import devices
from tables.given import frame

Stretch = tuple[str, int, int | None, str, str | None]


def stretches(draw: Random, serial: str, many: int) -> list[Stretch]:
    found: list[Stretch] = []
    at = draw.choice((0, 5))
    for n in range(many):
        until = at + draw.randint(1, 9)
        standing = draw.choice(("owned", "owned", "ambiguous", "handover", "erased"))
        person = f"p{n}" if standing == "owned" else None
        is_open = n + 1 == many and draw.random() < 0.5
        found.append((serial, at, None if is_open else until, standing, person))
        at = until + draw.choice((0, 0, 3))
    return found


@pytest.mark.parametrize("many", [(0, 1, 3), (FEW_STRETCHES, FEW_STRETCHES + 1, 2), (200, 300, 1)])
def test_each_reading_has_the_stretch_that_covers_it(spark: Any, many: tuple[int, ...]) -> None:
    draw = Random(sum(many))
    told = [each for n, some in enumerate(many) for each in stretches(draw, f"d{n}", some)]
    last = max(at for _, at, *_ in told) + 20
    readings = [(f"d{draw.randrange(4)}", draw.randrange(last), float(n)) for n in range(600)]
    edges = {at + more for _, *span, _, _ in told for at in span if at is not None for more in (-1, 0, 1)}
    readings += [(serial, at, -1.0) for serial in ("d0", "d1") for at in edges if at >= 0]
    found = standing_at(
        frame(spark, step_trainer.TABLE, (
            {"serialnumber": serial, "sensorreadingtime": at, "distancefromobject": far}
            for serial, at, far in readings
        )),
        frame(spark, devices.TABLE, (
            {"serialnumber": serial, "owned_from": since, "owned_until": until, "standing": standing,
             "person": person} for serial, since, until, standing, person in told
        )),
    )  # fmt: skip
    expected = [
        next(
            (
                (serial, at, far, standing, person)
                for of, since, until, standing, person in told
                if of == serial and since <= at and (until is None or at < until)
            ),
            (serial, at, far, None, None),
        )
        for serial, at, far in readings
    ]
    columns = ("serialnumber", "sensorreadingtime", "distancefromobject", "standing", "person")
    assert sorted(counted(found, *columns).elements(), key=str) == sorted(expected, key=str)
