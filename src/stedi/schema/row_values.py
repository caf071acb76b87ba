"""Columns of Arrow rows as arrays that are quick to compare and to sort."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Numbers = np.ndarray[Any, Any]


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


def text_ranks(column: "pa.ChunkedArray") -> "Numbers":
    """The rank of each text of a column without nulls, in the order of their bytes."""
    import numpy as np

    whole = coded(column)
    texts = whole.dictionary.to_pylist()
    rank = np.empty(len(texts), np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    found: Numbers = rank[whole.indices.to_numpy()]
    return found


def compacted(rows: "pa.Table") -> "pa.Table":
    """The same rows in one chunk, texts as dictionaries without any that no row has.

    A file holds the dictionaries of its columns: one must not tell of people who have no row in it.
    """
    import numpy as np
    import pyarrow as pa

    columns = []
    for column in rows.columns:
        whole = coded(column)
        if isinstance(whole, pa.DictionaryArray):
            codes = whole.indices.fill_null(-1).to_numpy()
            used = np.unique(codes[codes >= 0])
            place = np.full(len(whole.dictionary) + 1, -1, np.int32)
            place[used] = np.arange(len(used), dtype=np.int32)
            codes = place[codes]
            fewer = pa.array(codes, mask=codes < 0)
            whole = pa.DictionaryArray.from_arrays(fewer, whole.dictionary.take(pa.array(used)))
        columns.append(whole)
    return pa.table(columns, rows.schema.names)
