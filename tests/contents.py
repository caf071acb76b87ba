"""What a lake's newest release holds, so that two can be compared."""

from collections import Counter

import pyarrow.parquet as pq

from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.tables import DERIVED, STAGED


def contents(lake: Lake) -> dict[str, Counter[tuple[object, ...]]]:
    """The rows of every staged and derived table, in no order, and what became of the accepted ones."""
    told: dict[str, Counter[tuple[object, ...]]] = {}
    with reading(lake) as reader:
        for table in (*STAGED, *DERIVED):
            rows: Counter[tuple[object, ...]] = Counter()
            for file in reader.files(table):
                read = pq.ParquetFile(file.path).read(columns=table.names)
                rows.update(tuple(row.values()) for row in read.to_pylist())
            told[table.name] = rows
        for source, dispositions in reader.release.dispositions.items():
            told[f"{source} dispositions"] = Counter({(what,): n for what, n in dispositions.items()})
    return told
