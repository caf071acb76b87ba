"""The term that holds when a reading was taken, whether few or many are told of its device."""

from random import Random

import pyarrow as pa
import pytest

from stedi.privacy.passing import term_of

Term = tuple[str, int, int | None]


def terms(draw: Random, key: str, many: int) -> list[Term]:
    found: list[Term] = []
    at = draw.choice((0, 5))
    for n in range(many):
        until = at + draw.randint(1, 9)
        is_open = n + 1 == many and draw.random() < 0.5
        found.append((key, at, None if is_open else until))
        at = until + draw.choice((0, 0, 3))
    return found


@pytest.mark.parametrize("many", [(0, 1, 3), (32, 33, 2), (200, 300, 1)])
def test_each_reading_has_the_term_that_covers_it(many: tuple[int, ...]) -> None:
    draw = Random(sum(many))
    told = [each for n, some in enumerate(many) for each in terms(draw, f"d{n}", some)]
    draw.shuffle(told)
    last = max(at for _, at, _ in told) + 20
    readings = [(f"d{draw.randrange(4)}", draw.randrange(last)) for _ in range(600)]
    edges = {at + more for _, *span in told for at in span if at is not None for more in (-1, 0, 1)}
    readings += [(key, at) for key in ("d0", "d1") for at in edges if at >= 0]
    keys, times = zip(*readings, strict=True)
    columns = (pa.array(column, kind) for column, kind in zip(
        zip(*told, strict=True), (pa.string(), pa.int64(), pa.int64()), strict=True
    ))  # fmt: skip
    found = term_of(
        pa.array(keys).dictionary_encode(),
        pa.array(times).to_numpy(),
        pa.table(list(columns), ["key", "since", "until"]),
    )
    assert found.tolist() == [
        next(
            (n for n, (of, since, until) in enumerate(told)
             if of == key and since <= at and (until is None or at < until)),
            -1,
        )
        for key, at in readings
    ]  # fmt: skip


def test_without_begin_and_end_a_term_always_holds() -> None:
    always = pa.nulls(1, pa.int64())
    told = pa.table([pa.array(["ana"]), always, always], ["key", "since", "until"])
    keys = pa.array(["ana", "ben", "ana"]).dictionary_encode()
    assert term_of(keys, pa.array([0, 5, 4_000_000_000_000]).to_numpy(), told).tolist() == [0, -1, 0]
