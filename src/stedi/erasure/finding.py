"""Where a person stands in a lake: rows by table, and by which values they are known there."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from stedi.config import Lake
from stedi.erasure.person import Person
from stedi.erasure.staged import Loss
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.table import Table
from stedi.store.store import Store
from stedi.tables import DERIVED

BY_EMAIL = ("participant", "person")
BY_KEY = "subject_key"
ABOUT_CONSENT = ("consent", "devices")
"""Trusted tables of states, not of use: they keep telling that a person withdrew."""


@dataclass(frozen=True)
class Others:
    """The rows of everybody else in a table.

    Attributes:
        rows: How many.
        digest: A sum over a hash of each, whatever their order.
    """

    rows: int
    digest: int


def in_use(*, erased: bool) -> tuple[Table, ...]:
    """The derived tables that a procedure empties of a person, the last built first."""
    return tuple(t for t in reversed(DERIVED) if erased or t.name not in ABOUT_CONSENT)


def derived_rows(lake: Lake, store: Store, person: Person, tables: Sequence[Table]) -> dict[str, Loss]:
    """Count a person's rows in derived tables, by table."""
    found = {}
    for each in tables:
        counts = _counts(store, each, known_by(lake, person, each))
        found[each.name] = Loss(sum(counts), sum(n > 0 for n in counts), store.rows(each))
    return found


def _counts(store: Store, each: Table, known: dict[str, list[str]]) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    counts = []
    for file in store.files(each):
        content = pq.ParquetFile(file.path).read(columns=list(known))
        masks = (pc.is_in(content[n], value_set=pa.array(v, pa.string())) for n, v in known.items())
        counts.append(pc.sum(functools.reduce(pc.or_, masks)).as_py() or 0)
    return counts


def known_by(lake: Lake, person: Person, each: Table) -> dict[str, list[str]]:
    """The columns by which a derived table knows a person, and the person's values there."""
    if BY_KEY in each.names:
        key = lake.key("pseudonym")
        return {BY_KEY: [subject_key(p, key) for p in person.participants]}
    return {name: list(person.participants) for name in BY_EMAIL if name in each.names}


def others(lake: Lake, store: Store, person: Person) -> dict[str, Others]:
    """The rows of everybody else in the tables of use, to be the same afterwards."""
    import duckdb

    found = {}
    with duckdb.connect() as connection:
        for each in in_use(erased=False):
            paths = [str(file.path) for file in store.files(each)]
            if not paths:
                found[each.name] = Others(0, 0)
                continue
            asked, values = [], []
            for name, theirs in known_by(lake, person, each).items():
                asked.append(f'coalesce("{name}" not in (select unnest(?::varchar[])), true)')
                values.append(theirs)
            columns = ", ".join(f'"{name}"' for name in each.names)
            row = connection.execute(
                f"select count(*), coalesce(sum(hash(({columns}))::hugeint), 0)"
                f" from read_parquet(?) where {' and '.join(asked)}",
                [paths, *values],
            ).fetchone()
            assert row is not None
            found[each.name] = Others(int(row[0]), int(row[1]))
    return found
