"""Trusted readings of a sensor: those that pass on the terms of their address or device."""

from typing import TYPE_CHECKING, Any

from stedi.privacy.passing import Decided, decide
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def decided(readings: "pa.Table", terms: "pa.Table", staged: Table) -> Decided:
    """Decide on staged readings of one sensor.

    Args:
        readings: With the key of `staged`, a text as a dictionary, and its moment.
        terms: As `trusted.terms` makes them.
        staged: The declaration of their staged table.
    """
    import pyarrow as pa

    keys = readings[staged.participant]
    (coded,) = keys.chunks or [pa.array([], pa.string()).dictionary_encode()]
    return decide(coded, readings[staged.moment].to_numpy(), terms)


def build(readings: "pa.Table", decided: Decided, terms: "pa.Table", table: Table, only: Any) -> "pa.Table":
    """Give readings that pass their person, and the person's bucket.

    Args:
        readings: What was decided on.
        decided: How.
        terms: By which terms.
        table: The declaration of the trusted table.
        only: The places of the readings to give; all of them pass.
    """
    import pyarrow as pa

    term = pa.array(decided.term[only])
    people = terms["person"].combine_chunks()
    coded = people if pa.types.is_dictionary(people.type) else people.dictionary_encode()
    known = {
        "person": pa.DictionaryArray.from_arrays(coded.indices.take(term), coded.dictionary),
        "bucket": terms["person_bucket"].take(term),
    }
    taken = pa.array(only)
    columns = [known[name] if name in known else readings[name].take(taken) for name in table.names]
    return pa.table(columns, table.names)
