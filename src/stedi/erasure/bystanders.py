"""The rows of everybody else, told by a number, so that a procedure can show that they are as they were."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stedi.engine.parquet import parquet_file
from stedi.erasure.finding import in_use, known_by
from stedi.erasure.person import Person
from stedi.lake.config import Lake
from stedi.schema.table import Table
from stedi.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

ROWS_AT_ONCE = 131_072
_ODD = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0x5BD1E9955BD1E995)


@dataclass(frozen=True)
class Others:
    """The rows of everybody else in a table.

    Attributes:
        rows: How many.
        digest: A sum over a hash of each, whatever their order.
    """

    rows: int
    digest: int


def others(lake: Lake, store: Store, person: Person) -> dict[str, Others]:
    """The rows of everybody else in the tables of use, to be the same afterwards."""
    return {each.name: _others(store, each, known_by(lake, person, each)) for each in in_use(erased=False)}


def _others(store: Store, each: Table, known: Mapping[str, Sequence[str]]) -> Others:
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = digest = 0
    for file in store.files(each):
        for batch in parquet_file(file.path).iter_batches(ROWS_AT_ONCE, columns=each.names):
            for name, theirs in known.items():
                batch = batch.filter(
                    pc.invert(pc.is_in(batch.column(name), value_set=pa.array(theirs, pa.string())))
                )
            rows += batch.num_rows
            digest += int(_row_hashes(batch.select(each.names)).sum(dtype=np.uint64))
    return Others(rows, digest % 2**64)


def _row_hashes(batch: "pa.RecordBatch") -> Hashes:
    """A hash of each row, equal where all its values are; 0.0 and -0.0 are, and so is every NaN."""
    mixed = [_mixed(_values(column) + np.uint64(n)) for n, column in enumerate(batch.columns)]
    return _mixed(functools.reduce(lambda one, other: _mixed(one) ^ other, mixed))


def _mixed(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(30))) * _ODD
    return values ^ (values >> np.uint64(27))


def _values(column: Any) -> Hashes:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        reals = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0
        found = np.where(np.isnan(reals), np.nan, reals).view(np.uint64)
    elif pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        found = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).view(np.uint64)
    else:
        encoded = column.fill_null("").dictionary_encode()
        texts = [_text(value) for value in encoded.dictionary.to_pylist()] or [0]
        found = np.array(texts, np.uint64)[encoded.indices.to_numpy(zero_copy_only=False)]
    is_null = pc.is_null(column).to_numpy(zero_copy_only=False)
    result: Hashes = np.where(is_null, _NULL, _mixed(found))
    return result


def _text(value: object) -> int:
    content = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
