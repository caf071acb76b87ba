"""Columns of Arrow rows as arrays that are quick to compare and to sort."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Numbers = np.ndarray[Any, Any]

MIX = 0x9E3779B97F4A7C15


def numbers_of(column: "pa.ChunkedArray") -> "list[Numbers]":
    """A column as whole numbers that are the same where its values are."""
    import numpy as np
    import pyarrow as pa

    whole = coded(column)
    if isinstance(whole, pa.DictionaryArray):
        return [whole.indices.fill_null(-1).to_numpy().astype(np.int64)]
    found = whole.fill_null(0).to_numpy()
    if found.dtype == np.float64:
        # Adding zero makes -0.0 and 0.0, which are equal, the same bits.
        found = (found + 0.0).view(np.int64)
    there = [whole.is_null().to_numpy(zero_copy_only=False).astype(np.int64)] if whole.null_count else []
    return [found.astype(np.int64), *there]


def coded(column: "pa.ChunkedArray") -> "pa.Array":
    """A column in one piece, a text as a dictionary in which each is told once."""
    import pyarrow as pa

    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if not column.num_chunks:
        return pa.array([], column.type)
    whole = (
        column.unify_dictionaries().combine_chunks()
        if pa.types.is_dictionary(column.type)
        else column.combine_chunks()
    )
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def hashed(values: "Sequence[Numbers]") -> "Numbers":
    """One number for each row, the same where all values are."""
    import numpy as np

    found = np.zeros(len(values[0]), np.uint64)
    for some in values:
        found = (found ^ some.view(np.uint64)) * np.uint64(MIX)
        found ^= found >> np.uint64(29)
    return found


def not_alone(hashes: "Numbers") -> "Numbers":
    """Where numbers stand that are there twice: the rows of all others need no second look."""
    import numpy as np

    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(hashes, twice)) if len(twice) else np.zeros(0, np.int64)


def text_ranks(column: "pa.ChunkedArray") -> "Numbers":
    """The rank of each text of a column without nulls, in the order of their bytes."""
    import numpy as np

    whole = coded(column)
    texts = whole.dictionary.to_pylist()
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    found: Numbers = rank[whole.indices.to_numpy()]
    return found


def in_one_piece(rows: "pa.Table") -> "pa.Table":
    """The same rows in one chunk, texts as dictionaries."""
    import pyarrow as pa

    return pa.table(list(map(coded, rows.columns)), rows.schema.names)


def compacted(rows: "pa.Table") -> "pa.Table":
    """The same rows in one chunk, texts as dictionaries without any that no row has.

    A file holds the dictionaries of its columns: one must not tell of people who have no row in it.
    """
    import numpy as np
    import pyarrow as pa

    columns = []
    for whole in map(coded, rows.columns):
        if isinstance(whole, pa.DictionaryArray):
            is_used = np.zeros(len(whole.dictionary), np.bool_)
            is_used[whole.indices.drop_null().to_numpy()] = True
            if not is_used.all():
                place = pa.array(np.cumsum(is_used, dtype=np.int32) - 1)
                fewer = whole.dictionary.filter(pa.array(is_used))
                whole = pa.DictionaryArray.from_arrays(place.take(whole.indices), fewer)
        columns.append(whole)
    return pa.table(columns, rows.schema.names)
