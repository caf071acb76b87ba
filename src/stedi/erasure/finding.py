"""Where a person stands in a lake: rows by table, and by which values they are known there."""

import functools
from collections.abc import Sequence
from typing import Any

from stedi.engine.parquet import read_parquet
from stedi.erasure.person import Person
from stedi.erasure.staged import Loss
from stedi.lake.config import Lake
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.table import Table
from stedi.store.store import Store
from stedi.tables import DERIVED

BY_EMAIL = ("participant", "person")
BY_KEY = "subject_key"
ABOUT_CONSENT = ("consent", "devices")
"""Trusted tables of states, not of use: they keep telling that a person withdrew."""


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
    import pyarrow.compute as pc

    found = (_theirs(read_parquet(file.path, list(known)), known) for file in store.files(each))
    return [pc.sum(theirs).as_py() or 0 for theirs in found]


def _theirs(content: Any, known: dict[str, list[str]]) -> Any:
    """Which rows hold one of the values by which a person is known; never null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    masks = (pc.is_in(content[n], value_set=pa.array(v, pa.string())) for n, v in known.items())
    return functools.reduce(pc.or_, masks)


def known_by(lake: Lake, person: Person, each: Table) -> dict[str, list[str]]:
    """The columns by which a derived table knows a person, and the person's values there."""
    if BY_KEY in each.names:
        key = lake.key("pseudonym")
        return {BY_KEY: [subject_key(p, key) for p in person.participants]}
    return {name: list(person.participants) for name in BY_EMAIL if name in each.names}
