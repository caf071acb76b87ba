"""What links the records of one person under two addresses, written in the one spelling of all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stedi.privacy.identity import normalised_name
from stedi.privacy.python_rows import mapped

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

IDENTITY = ("registrationdate", "birthday", "customername")
"""What links the records of one person under two addresses, all three present and equal."""

IDENTITY_COLUMNS = "registrationdate bigint, birthday string, customername string"
SCHEMA = f"participant string, {IDENTITY_COLUMNS}, effective_at bigint"


def in_one_spelling(records: "DataFrame") -> "DataFrame":
    """Who was told of by which identity, with the birthday and name by which identities are compared.

    Args:
        records: Customer records: `participant`, `IDENTITY` and `effective_at` (UTC ms).

    Returns:
        `participant`, `IDENTITY` and the least `effective_at`, one row each.
    """
    from pyspark.sql import functions as F

    # Few distinct ones go to Python. Sail hands over batches of a table in memory with wrong offsets, too:
    # what was grouped is whole.
    named = ("participant", *IDENTITY)
    first = records.groupBy(*named).agg(F.min("effective_at").alias("effective_at"))
    spelled = mapped(first, SCHEMA, _normalised, SCHEMA)
    return spelled.groupBy(*named).agg(F.min("effective_at").alias("effective_at"))


def _normalised(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    for batch in batches:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in ("birthday", "customername"):
            # By a copy: arrow's functions read wrong bytes of some batches that Sail hands over.
            columns[name] = one_spelling(pa.array(columns[name].to_pylist(), pa.string()))
        yield pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def one_spelling(texts: "pa.Array") -> "pa.Array":
    """Each text of an array as `normalised_name` writes it; few texts of many are looked at one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = texts.cast(pa.string())
    plain = pc.ascii_trim_whitespace(pc.ascii_lower(texts))
    # Other letters, controls and blanks that stand together.
    odd = pc.fill_null(pc.match_substring_regex(plain, r"[^ -~]|  "), False)
    if not pc.any(odd).as_py():
        return plain
    spelled = [normalised_name(text) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(plain, odd, pa.array(spelled, pa.string()))
